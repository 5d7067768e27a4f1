#pragma once

// What a sandbox needs of Linux before Swift's runtime starts its threads, and between fork and exec.

#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/types.h>

/// The name under which this program's own file is started to become a sandbox's process 1. The arguments after it are
/// the wanted user and group (used where a user namespace has to be made) and `own` or `host` for the network.
///
/// A process in a user namespace has to be alone in it when it enters, so all of it happens in a constructor, before
/// main: namespaces are made, ids mapped, all signals blocked, and a child becomes process 1 and goes on to main, while
/// its parent forwards signals and ends as the child ends. Where a step fails, the process writes it to standard error
/// and exits with `sandbox_entry_failure`.
extern const char *const sandbox_name;
extern const int sandbox_entry_failure;

/// Whether this process is a sandbox's process 1, and whether it is in a user namespace of its own.
int sandbox_is_inside(void);
int sandbox_has_user_namespace(void);

/// A program, and what it is left with.
struct sandbox_application {
    const char *path;
    char *const *arguments;
    char *const *environment;
    const char *directory;
    uid_t user;
    gid_t group;
    /// Limits that are set, each a resource and its value.
    const int *limited;
    const uint64_t *limits;
    size_t limit_count;
    /// Landlock's rules from sandbox_make_rules, or -1.
    int rules;
};

/// Which step of a start failed.
enum sandbox_step {
    sandbox_step_none,
    sandbox_step_fork,
    sandbox_step_identity,
    sandbox_step_limit,
    sandbox_step_directory,
    sandbox_step_rules,
    sandbox_step_filter,
    sandbox_step_program,
};

/// Starts a program without privileges, with a system call filter and Landlock's rules; standard input, output and error
/// are the caller's, every other descriptor is closed. Gives the process, or -1 with errno and the step that failed.
pid_t sandbox_start(const struct sandbox_application *application, enum sandbox_step *step);

/// Reaps every child and forwards every signal to `application` until that one ends; gives its status as wait(2) does.
int sandbox_supervise(pid_t application);

/// The version of Landlock that the kernel has, 0 for none.
int sandbox_rules_version(void);

/// Makes Landlock's rules: the whole tree may be read and executed, what lies below `writable` changed as well, and TCP
/// ports bound only where `ports` says (when `limits_ports` is not 0 and the kernel can). Gives a descriptor, or -1.
int sandbox_make_rules(const char *const *writable, size_t writable_count, const uint16_t *ports, size_t port_count,
                       int limits_ports);

/// pivot_root(2), the old root on top of the new one.
int sandbox_pivot_root(const char *new_root, const char *old_root);

/// Leaves this process and its children at most `count` of the processors that they have.
int sandbox_limit_processors(uint32_t count);

/// Sets the loopback interface up.
int sandbox_loopback_up(void);

/// Sends a descriptor (or, with -1, none) and a byte over a socket; receives them. Both give 0, or -1 with errno;
/// receiving gives 1 at the end of the stream.
int sandbox_send_descriptor(int socket, int descriptor, uint8_t byte);
int sandbox_receive_descriptor(int socket, int *descriptor, uint8_t *byte);

/// Starts `path` under the name `sandbox_name` with `arguments` after it; `job` and `control` become descriptors 3 and 4,
/// and the process dies with the caller. Gives the process, or -1 with errno.
pid_t sandbox_spawn(const char *path, char *const *arguments, char *const *environment, int job, int control);
