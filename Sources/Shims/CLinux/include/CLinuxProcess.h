#pragma once

// Processes that are started with a chosen set of open files, and end with their parent.

#include <stddef.h>
#include <stdint.h>

/// Starts a program with exactly these open files: `files[i]` of this process is number `i` of the new one, -1 leaves
/// the number closed, and nothing else is inherited. Signals are as a new program expects them. With
/// `ends_with_parent`, the kernel ends it when the thread that called this ends; with `own_session`, a terminal's
/// Ctrl-C does not reach it. Gives the process's number, or -1 with errno, also where the program cannot be run.
int linux_start(const char *program, char *const *arguments, char *const *environment, const int *files,
                  size_t file_count, int ends_with_parent, int own_session);

/// A descriptor that can be polled for a process's end, or -1 with errno.
int linux_process_file(int process);

/// Another descriptor of an open file, closed on exec; -1 with errno.
int linux_duplicate(int file);

/// Sends a signal to the process that a descriptor stands for, and to no other that took its number later.
int linux_signal_process(int process_file, int signal);

/// A descriptor on which each SIGINT, SIGTERM and SIGHUP that this process gets is one byte, from now on; -1 with errno.
int linux_catch_signals(void);

/// Locks an open file for this process, until it ends or closes the file; -1 with errno where another holds the lock.
int linux_lock(int file);

/// The number of the process that holds a file's lock; 0 for none, -1 with errno.
int linux_lock_holder(int file);

/// Two connected stream sockets that no program inherits; -1 with errno.
int linux_socket_pair(int sockets[2]);

/// Sends bytes over a Unix socket, and an open file with them; gives how many bytes went, or -1 with errno.
long linux_send_file(int socket, const void *bytes, size_t count, int file);

/// Four numbers of the processor's own description of itself; 0 where it has no such leaf.
int linux_processor_leaf(uint32_t leaf, uint32_t subleaf, uint32_t registers[4]);
