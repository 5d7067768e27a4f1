#pragma once

// System calls of process 1 that Swift cannot make directly. Unless stated otherwise, each returns 0 or a positive
// result, or a negated errno.

#include <stdint.h>
#include <stddef.h>
#include <sys/types.h>

int guest_mount(const char *source, const char *target, const char *type, unsigned long flags, const char *options);
int guest_unmount(const char *target);
int guest_make_folder(const char *path, unsigned int mode);
int guest_make_device(const char *path, int is_block, unsigned int mode, unsigned int major, unsigned int minor);
int guest_make_link(const char *target, const char *path);
int guest_remove(const char *path);
/// Removes a directory; in the kernel's own file systems it need not be empty.
int guest_remove_folder(const char *path);
int guest_set_owner(const char *path, unsigned int user, unsigned int group);
int guest_set_mode(const char *path, unsigned int mode);
/// Whether a path exists.
int guest_exists(const char *path);
/// Checks that a path is an executable regular file; 0 or a negated errno.
int guest_check_program(const char *path);
/// Reads a device node's major and minor number.
int guest_device_number(const char *path, unsigned int *major, unsigned int *minor);

int guest_open(const char *path, int flags);
void guest_close(int file);
ssize_t guest_read(int file, void *buffer, size_t count);
ssize_t guest_write(int file, const void *bytes, size_t count);
/// Lists the names in a directory, each ended by NUL; returns the bytes used, or -E2BIG.
ssize_t guest_list(const char *folder, char *names, size_t size);

/// Loads a kernel module, which the kernel decompresses where `is_compressed` is set, and waits until it is
/// initialized.
int guest_load_module(int file, int is_compressed);
int guest_ioctl(int file, unsigned long request, void *argument);
int guest_make_socket(void);
/// Listens on a TCP port of all IPv4 addresses; returns the socket.
int guest_listen_tcp(uint16_t port, int backlog);
/// Moves this thread, and all that it starts afterwards, to a new network namespace with a loopback interface only.
int guest_leave_network(void);
/// Starts a TCP connection without blocking; returns the socket.
int guest_connect(uint32_t address, uint16_t port);
/// The result of a started connection; 0 or a negated errno.
int guest_connection(int socket);
int guest_set_hostname(const char *name);
int guest_set_clock(uint64_t seconds);
/// Milliseconds since boot.
uint64_t guest_uptime(void);
/// Makes a file this process's standard input, output and error.
int guest_redirect_output(int file);
/// The number of bytes in a terminal driver's output queue; a negated errno where it is unknown.
int guest_output_left(int file);
/// Makes a directory the new root.
int guest_change_root(const char *folder);
/// Makes this process non-dumpable: other processes cannot read its memory, and it leaves no core dump.
int guest_protect_itself(void);
/// Whether QEMU emulates this processor (TCG), according to CPUID; the untrusted host controls the answer.
int guest_is_emulated(void);
// 1 where the processor has RDRAND (CPUID, leaf 1, ECX bit 30).
int guest_has_random_instruction(void);
/// Powers the machine off; returns only where the kernel refuses.
void guest_power_off(void);

/// Blocks the signals that process 1 handles, and returns a signalfd for them.
int guest_open_signals(void);
/// Reads the next signal's number; 0 for none.
int guest_next_signal(int file);
/// Reaps one exited child; returns its process ID, 0 for none yet, or -ECHILD, and its exit status or signal.
int guest_reap(int *exit_status, int *signal);
/// Sends a signal to one process, or with -1 to all but process 1.
int guest_signal(int process, int signal);

/// Listens on a Unix stream socket that only one user may connect to; returns the socket, or a negated errno.
int guest_listen(const char *path, unsigned int user, unsigned int group, int backlog);
/// Accepts a connection without blocking; returns the socket, or a negated errno.
int guest_accept(int socket);
/// Sends as much as the socket accepts without blocking; never raises SIGPIPE.
ssize_t guest_send(int socket, const void *bytes, size_t count);
/// Fills a buffer with random bytes from the kernel; 0 or a negated errno.
int guest_random(void *buffer, size_t count);
/// Starts a detached thread; 0 or a negated errno.
int guest_start_thread(void *(*body)(void *), void *argument);

/// Requests a key from the SEV-SNP firmware that is derived from the chip's secret and the measured values selected by
/// `fields` (SEV-SNP Firmware ABI, MSG_KEY_REQ); 0 or a negated errno.
int guest_snp_derived_key(int device, uint64_t fields, uint8_t key[32]);

/// Poll events of guest_wait.
enum { guest_readable = 1, guest_writable = 4, guest_hung_up = 16 };
/// Waits until one of at most 64 descriptors is ready or the timeout expires; `found` receives the events.
int guest_wait(const int *files, const int16_t *wanted, int16_t *found, size_t count, int milliseconds);

/// The parameters of an application's start; lists end with NULL, and a limit of 0 is no limit.
struct guest_application {
    const char *path;
    char *const *arguments;
    char *const *environment;
    const char *folder;
    uint32_t user, group;
    uint64_t memory, stack, open_files;
    uint32_t processors;
    int output;
    /// The directory that becomes its root file system, or NULL.
    const char *root;
    /// A socket that it inherits as descriptor 3, or -1.
    int socket;
    /// Its capabilities (CConfinement), and whether the caller is told of refused system calls.
    uint64_t capabilities;
    int names_refusals;
};
/// Starts an application, confined; returns its process ID, or the negated errno of the step that failed, up to and
/// including exec. `listener` becomes the descriptor for guest_next_refusal, or -1 without `names_refusals`.
int guest_start(const struct guest_application *application, int *listener);
/// Answers one refused system call of a listener that is readable, and writes a line about it, ended by NUL. Returns 1,
/// 0 where the caller has ended meanwhile, or a negated errno.
int guest_next_refusal(int listener, char *line, size_t size);
/// Makes the kernel's own files in /proc read-only or empty; returns 0 or a negated errno, and the entry that failed.
int guest_seal_proc(char entry[64]);

extern const unsigned long guest_flag_read_only, guest_flag_no_devices, guest_flag_no_programs, guest_flag_no_set_user,
    guest_flag_move, guest_flag_bind, guest_flag_remount;
