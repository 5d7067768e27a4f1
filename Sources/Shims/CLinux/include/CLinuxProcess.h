#pragma once

// Child processes with a chosen set of open files, which end with their parent.

#include <stddef.h>
#include <stdint.h>

/// Starts a program with exactly these open files: `files[i]` of this process becomes descriptor `i` of the new one, -1
/// leaves it closed, and nothing else is inherited. Signal handlers and mask are reset. With `ends_with_parent`, the
/// kernel kills it when the calling thread exits (PR_SET_PDEATHSIG); with `own_session`, a terminal's Ctrl-C does not
/// reach it. Returns the process ID, or -1 with errno, also where exec fails.
int linux_start(const char *program, char *const *arguments, char *const *environment, const int *files,
                  size_t file_count, int ends_with_parent, int own_session);

/// Opens a pidfd, which can be polled for the process's exit; -1 with errno.
int linux_process_file(int process);

/// Duplicates a descriptor, closed on exec; -1 with errno.
int linux_duplicate(int file);

/// Sends a signal to the process of a pidfd; never to another process that reuses its ID.
int linux_signal_process(int process_file, int signal);

/// Opens a descriptor from which each later SIGINT, SIGTERM and SIGHUP of this process can be read as one byte; -1 with
/// errno.
int linux_catch_signals(void);

/// Locks an open file for this process, until it exits or closes the file; -1 with errno where another process holds
/// the lock.
int linux_lock(int file);

/// The ID of the process that holds a file's lock; 0 for none, -1 with errno.
int linux_lock_holder(int file);

/// Creates two connected stream sockets, closed on exec; -1 with errno.
int linux_socket_pair(int sockets[2]);

/// Sends bytes and a file descriptor over a Unix socket; returns the number of bytes sent, or -1 with errno.
long linux_send_file(int socket, const void *bytes, size_t count, int file);

/// Executes CPUID and stores its four registers; 0 where the processor has no such leaf.
int linux_processor_leaf(uint32_t leaf, uint32_t subleaf, uint32_t registers[4]);
