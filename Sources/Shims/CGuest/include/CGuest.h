#pragma once

// The system calls of process 1 that Swift cannot make by itself. Each gives 0 or a positive result, or a negative errno.

#include <stdint.h>
#include <stddef.h>
#include <sys/types.h>

int guest_mount(const char *source, const char *target, const char *type, unsigned long flags, const char *options);
int guest_unmount(const char *target);
int guest_make_folder(const char *path, unsigned int mode);
int guest_make_device(const char *path, int is_block, unsigned int mode, unsigned int major, unsigned int minor);
int guest_make_link(const char *target, const char *path);
int guest_remove(const char *path);
/// Removes a folder, which the kernel's own file systems do even where it is not empty.
int guest_remove_folder(const char *path);
int guest_set_owner(const char *path, unsigned int user, unsigned int group);
int guest_set_mode(const char *path, unsigned int mode);
/// Whether a path leads anywhere.
int guest_exists(const char *path);
/// Whether a path is a regular file with a right to execute; 0 or a negative errno.
int guest_check_program(const char *path);
/// Major and minor number of a device's node.
int guest_device_number(const char *path, unsigned int *major, unsigned int *minor);

int guest_open(const char *path, int flags);
void guest_close(int file);
ssize_t guest_read(int file, void *buffer, size_t count);
ssize_t guest_write(int file, const void *bytes, size_t count);
/// The names in a folder, each ended by NUL; gives the bytes they take, or -E2BIG.
ssize_t guest_list(const char *folder, char *names, size_t size);

/// Loads a module that the kernel unpacks itself, and waits until it runs.
int guest_load_module(int file, int is_compressed);
int guest_ioctl(int file, unsigned long request, void *argument);
int guest_make_socket(void);
/// Listens on a TCP port of every IPv4 address; gives the socket.
int guest_listen_tcp(uint16_t port, int backlog);
/// Gives this thread, and all that it starts from then on, a network of its own with nothing but a loopback interface.
int guest_leave_network(void);
/// Asks a TCP port for a connection, without waiting; gives the socket.
int guest_connect(uint32_t address, uint16_t port);
/// Whether the connection that was asked for has come about; 0 or a negative errno.
int guest_connection(int socket);
int guest_set_hostname(const char *name);
int guest_set_clock(uint64_t seconds);
/// Milliseconds since the machine's start.
uint64_t guest_uptime(void);
/// Makes a file this process's standard input, output and error.
int guest_redirect_output(int file);
/// Bytes that a terminal's driver still has to put out; negative errno where it cannot tell.
int guest_output_left(int file);
/// Enters a folder as the new root.
int guest_change_root(const char *folder);
/// Makes this process unreadable for others, and leaves no core behind.
int guest_protect_itself(void);
/// Whether QEMU computes this processor in software; what it says of itself, and so the host's word.
int guest_is_emulated(void);
/// Powers off; comes back only where the kernel refuses.
void guest_power_off(void);

/// Blocks the signals that process 1 waits for, and gives a descriptor that tells of them.
int guest_open_signals(void);
/// The next signal's number, or 0 for none.
int guest_next_signal(int file);
/// Takes one ended child; gives its id, 0 for none yet, or -ECHILD, and how it ended.
int guest_reap(int *exit_status, int *signal);
/// Sends a signal to one process, or with -1 to all but process 1.
int guest_signal(int process, int signal);

/// Listens on a Unix stream socket that only one user may connect to; gives the socket, or a negative errno.
int guest_listen(const char *path, unsigned int user, unsigned int group, int backlog);
/// The next connection without waiting; gives the socket, or a negative errno.
int guest_accept(int socket);
/// Sends what the socket takes without waiting; never raises a signal.
ssize_t guest_send(int socket, const void *bytes, size_t count);
/// Random bytes of the kernel's; 0 or a negative errno.
int guest_random(void *buffer, size_t count);
/// Starts a thread that nobody waits for; 0 or a negative errno.
int guest_start_thread(void *(*body)(void *), void *argument);

/// Asks SEV-SNP's firmware for a key that depends on the chip and on what `fields` chooses of what was measured
/// (SEV-SNP Firmware ABI, MSG_KEY_REQ); 0 or a negative errno.
int guest_snp_derived_key(int device, uint64_t fields, uint8_t key[32]);

/// What guest_wait looks for on a descriptor.
enum { guest_readable = 1, guest_writable = 4, guest_hung_up = 16 };
/// Waits until one of up to 64 descriptors is as wanted, or time is up; `found` says how each is.
int guest_wait(const int *files, const int16_t *wanted, int16_t *found, size_t count, int milliseconds);

/// An application as it is to be started; lists end with NULL, 0 stands for no limit.
struct guest_application {
    const char *path;
    char *const *arguments;
    char *const *environment;
    const char *folder;
    uint32_t user, group;
    uint64_t memory, stack, open_files;
    uint32_t processors;
    int output;
    /// The folder that is its whole file system, or NULL.
    const char *root;
    /// A socket that it finds as descriptor 3, or -1.
    int socket;
};
/// Starts an application; gives its id, or a negative errno of what failed, up to its exec.
int guest_start(const struct guest_application *application);

extern const unsigned long guest_flag_read_only, guest_flag_no_devices, guest_flag_no_programs, guest_flag_no_set_user,
    guest_flag_move, guest_flag_bind, guest_flag_remount;
