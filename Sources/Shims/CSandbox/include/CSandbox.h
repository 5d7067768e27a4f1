#pragma once

// The parts of the sandbox that run before Swift's runtime starts threads, and between fork and exec.

#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/types.h>

/// The argv[0] with which this program's own file is started as a sandbox's process 1. The arguments after it are the
/// user and group (used where a user namespace has to be created) and `own` or `host` for the network.
///
/// A process must be single-threaded to enter a user namespace, so a constructor does the work before main. It creates
/// the namespaces, maps the IDs, blocks all signals, and forks: the child becomes process 1 and continues in main, and
/// the parent forwards signals and exits with the child's status. Where a step fails, the process writes it to standard
/// error and exits with `sandbox_entry_failure`.
extern const char *const sandbox_name;
extern const int sandbox_entry_failure;

/// Whether this process is a sandbox's process 1, and whether it is in a user namespace of its own.
int sandbox_is_inside(void);
int sandbox_has_user_namespace(void);

/// A program and its restrictions.
struct sandbox_application {
    const char *path;
    char *const *arguments;
    char *const *environment;
    const char *directory;
    uid_t user;
    gid_t group;
    /// Resource limits, each a resource and its value.
    const int *limited;
    const uint64_t *limits;
    size_t limit_count;
    /// The Landlock ruleset from sandbox_make_rules, or -1.
    int rules;
    /// Whether the process stops itself (SIGSTOP) before the program starts, for a tracer to attach.
    int stops;
    /// Its capabilities (CConfinement); of those that the sandbox lacks itself, it gets none.
    uint64_t capabilities;
};

/// The step of a start that failed.
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

/// Starts a program with its capabilities, the system call filter and Landlock rules. Standard input, output and error
/// are the caller's; every other descriptor is closed. Returns the process ID, or -1 with errno and the step that
/// failed. `listener` becomes the descriptor for sandbox_next_refusal, or -1 where refused calls cannot be named.
pid_t sandbox_start(const struct sandbox_application *application, enum sandbox_step *step, int *listener);

/// Waits for a refused system call, answers it, and writes a line about it, ended by NUL. Returns 1, 0 where its caller
/// has ended meanwhile, or -1 where no process is left that could call.
int sandbox_next_refusal(int listener, char *line, size_t size);

/// Makes the kernel's own files in a mounted proc read-only or empty; returns 0, or -1 with errno and the entry that
/// failed.
int sandbox_seal_proc(const char *folder, const char *null_file, char entry[64]);

/// Reaps all children and forwards all signals to `application` until it exits; returns its status from wait(2).
int sandbox_supervise(pid_t application);

/// The kernel's Landlock ABI version; 0 for none.
int sandbox_rules_version(void);

/// Creates a Landlock ruleset. The whole tree may be read and executed, files below `writable` may also be changed, and
/// TCP ports may be bound only if `ports` lists them (where `limits_ports` is not 0 and the kernel supports it).
/// Returns a descriptor, or -1.
int sandbox_make_rules(const char *const *writable, size_t writable_count, const uint16_t *ports, size_t port_count,
                       int limits_ports);

/// pivot_root(2); the old root is stacked on top of the new one.
int sandbox_pivot_root(const char *new_root, const char *old_root);

/// Restricts this process and its children to at most `count` of their processors.
int sandbox_limit_processors(uint32_t count);

/// Brings the loopback interface up.
int sandbox_loopback_up(void);

/// Sends and receives one byte over a socket, with a descriptor or (-1) without one. Both return 0, or -1 with errno;
/// receiving returns 1 at the end of the stream.
int sandbox_send_descriptor(int socket, int descriptor, uint8_t byte);
int sandbox_receive_descriptor(int socket, int *descriptor, uint8_t *byte);

/// Starts `path` with argv[0] `sandbox_name` and `arguments` after it. `job` and `control` become descriptors 3 and 4,
/// and the process is killed when the calling thread exits. Returns the process ID, or -1 with errno.
pid_t sandbox_spawn(const char *path, char *const *arguments, char *const *environment, int job, int control);
