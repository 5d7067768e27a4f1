#pragma once

// What the kernel refuses to an application, in one place for the sealed machine's process 1 and for the developer's
// sandbox: capabilities, system calls, and the kernel's own files.

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/// Who an application is and what it may do.
struct confinement {
    uid_t user;
    gid_t group;
    /// The capabilities that it gets, a bit for each number of linux/capability.h.
    uint64_t capabilities;
    /// Whether its supplementary groups stay: an unprivileged user namespace forbids to change them.
    int keeps_groups;
    /// Whether a listener is told of each refused call. The caller's answer is then the only one that the call gets.
    int names_refusals;
};

/// Takes user, group and capabilities, and gives up all others for this process and its descendants
/// (no_new_privs included). Returns 0, or -1 with errno.
///
/// Root gets the capabilities as its bounding set, so that its programs have them; another user gets them as ambient
/// capabilities. Nothing is inheritable for root.
int confinement_take_identity(const struct confinement *confinement);

/// Applies the system call filter to this process and its descendants; call it last before execve(2), with
/// no_new_privs set. Returns 0, or -1 with errno. `listener` becomes the descriptor that tells of refused calls, or -1
/// where nobody wants to know.
int confinement_apply_filter(const struct confinement *confinement, int *listener);

/// A system call that the filter refused.
struct confinement_refusal {
    pid_t process;
    /// The process's name, which it chose itself; ended by NUL.
    char name[32];
    /// The call and, where one would have helped, the capability; ended by NUL.
    char call[96];
};

/// Receives one refused call from a listener and answers it with its error. Returns 1; 0 where the caller is gone by
/// now; -1 where no caller is left. It blocks: poll first where that matters.
int confinement_answer(int listener, struct confinement_refusal *refusal);

/// Writes a refusal as a line of text, ended by NUL: the call, the process and its name.
void confinement_describe(const struct confinement_refusal *refusal, char *line, size_t size);

/// Makes the kernel's own files read-only or empty in a mounted proc: everything but the processes' directories.
/// `null_file` is a file that reads as empty, such as /dev/null. Returns 0, or -1 with errno, and the entry's name that
/// failed in `entry`.
int confinement_seal_proc(const char *folder, const char *null_file, char entry[64]);

/// Sends and receives at most `size` bytes over a socket, with a descriptor or (-1) without one. Both return the number
/// of bytes (0 at the end of the stream), or -1 with errno.
ssize_t confinement_send(int socket, const void *bytes, size_t size, int descriptor);
ssize_t confinement_receive(int socket, void *bytes, size_t size, int *descriptor);
