#define _GNU_SOURCE
#include "CGuest.h"
#include "CConfinement.h"

#include <cpuid.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/module.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/reboot.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static int result(long value) { return value < 0 ? -errno : (int)value; }

const unsigned long guest_flag_read_only = MS_RDONLY, guest_flag_no_devices = MS_NODEV,
                    guest_flag_no_programs = MS_NOEXEC, guest_flag_no_set_user = MS_NOSUID, guest_flag_move = MS_MOVE,
                    guest_flag_bind = MS_BIND, guest_flag_remount = MS_REMOUNT;

int guest_mount(const char *source, const char *target, const char *type, unsigned long flags, const char *options) {
    return result(mount(source, target, type, flags, options));
}
int guest_unmount(const char *target) { return result(umount2(target, MNT_DETACH)); }
int guest_make_folder(const char *path, unsigned int mode) { return result(mkdir(path, mode)); }
int guest_make_device(const char *path, int is_block, unsigned int mode, unsigned int major_number,
                      unsigned int minor_number) {
    mode_t old = umask(0);
    int code = result(mknod(path, (is_block ? S_IFBLK : S_IFCHR) | mode, makedev(major_number, minor_number)));
    umask(old);
    return code;
}
int guest_make_link(const char *target, const char *path) { return result(symlink(target, path)); }
int guest_remove(const char *path) {
    if (unlink(path) == 0) return 0;
    return errno == EISDIR ? result(rmdir(path)) : -errno;
}
int guest_remove_folder(const char *path) { return result(rmdir(path)); }
int guest_set_owner(const char *path, unsigned int user, unsigned int group) {
    return result(chown(path, user, group));
}
int guest_set_mode(const char *path, unsigned int mode) { return result(chmod(path, mode)); }
int guest_exists(const char *path) { return access(path, F_OK) == 0; }
int guest_check_program(const char *path) {
    struct stat status;
    if (stat(path, &status) != 0) return -errno;
    return S_ISREG(status.st_mode) && (status.st_mode & 0111) ? 0 : -EACCES;
}
int guest_device_number(const char *path, unsigned int *major_number, unsigned int *minor_number) {
    struct stat status;
    if (stat(path, &status) != 0) return -errno;
    *major_number = major(status.st_rdev);
    *minor_number = minor(status.st_rdev);
    return 0;
}

int guest_open(const char *path, int flags) { return result(open(path, flags | O_CLOEXEC, 0600)); }
void guest_close(int file) { close(file); }
ssize_t guest_read(int file, void *buffer, size_t count) {
    ssize_t got;
    do got = read(file, buffer, count);
    while (got < 0 && errno == EINTR);
    return got < 0 ? -errno : got;
}
ssize_t guest_write(int file, const void *bytes, size_t count) {
    ssize_t put;
    do put = write(file, bytes, count);
    while (put < 0 && errno == EINTR);
    return put < 0 ? -errno : put;
}
ssize_t guest_list(const char *folder, char *names, size_t size) {
    DIR *stream = opendir(folder);
    if (stream == NULL) return -errno;
    size_t used = 0;
    struct dirent *entry;
    while ((entry = readdir(stream)) != NULL) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
        size_t length = strlen(entry->d_name) + 1;
        if (used + length > size) {
            closedir(stream);
            return -E2BIG;
        }
        memcpy(names + used, entry->d_name, length);
        used += length;
    }
    closedir(stream);
    return (ssize_t)used;
}

int guest_load_module(int file, int is_compressed) {
    return result(syscall(SYS_finit_module, file, "", is_compressed ? MODULE_INIT_COMPRESSED_FILE : 0));
}
int guest_ioctl(int file, unsigned long request, void *argument) { return result(ioctl(file, request, argument)); }
int guest_make_socket(void) { return result(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)); }
int guest_listen_tcp(uint16_t port, int backlog) {
    int file = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (file < 0) return -errno;
    struct sockaddr_in own = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_ANY)};
    if (bind(file, (struct sockaddr *)&own, sizeof own) == 0 && listen(file, backlog) == 0) return file;
    int code = -errno;
    close(file);
    return code;
}
int guest_leave_network(void) { return result(unshare(CLONE_NEWNET)); }
int guest_connect(uint32_t address, uint16_t port) {
    int file = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (file < 0) return -errno;
    struct sockaddr_in target = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(address)};
    if (connect(file, (struct sockaddr *)&target, sizeof target) == 0 || errno == EINPROGRESS) return file;
    int code = -errno;
    close(file);
    return code;
}
int guest_connection(int socket) {
    int code = 0;
    socklen_t size = sizeof code;
    if (getsockopt(socket, SOL_SOCKET, SO_ERROR, &code, &size) != 0) return -errno;
    return -code;
}
int guest_set_hostname(const char *name) { return result(sethostname(name, strlen(name))); }
int guest_set_clock(uint64_t seconds) {
    struct timespec time = {.tv_sec = (time_t)seconds};
    return result(clock_settime(CLOCK_REALTIME, &time));
}
uint64_t guest_uptime(void) {
    struct timespec time;
    clock_gettime(CLOCK_BOOTTIME, &time);
    return (uint64_t)time.tv_sec * 1000 + (uint64_t)time.tv_nsec / 1000000;
}
int guest_output_left(int file) {
    int count = 0;
    return ioctl(file, TIOCOUTQ, &count) == 0 ? count : -errno;
}
int guest_redirect_output(int file) {
    for (int number = 0; number <= 2; number++)
        if (dup2(file, number) < 0) return -errno;
    return 0;
}
int guest_change_root(const char *folder) {
    if (chdir(folder) != 0 || mount(".", "/", NULL, MS_MOVE, NULL) != 0 || chroot(".") != 0) return -errno;
    return result(chdir("/"));
}
int guest_protect_itself(void) {
    struct rlimit none = {0, 0};
    if (setrlimit(RLIMIT_CORE, &none) != 0) return -errno;
    return result(prctl(PR_SET_DUMPABLE, 0, 0, 0, 0));
}
int guest_next_refusal(int listener, char *line, size_t size) {
    struct confinement_refusal refusal;
    int answered = confinement_answer(listener, &refusal);
    if (answered < 0) return -errno;
    if (answered > 0) confinement_describe(&refusal, line, size);
    return answered;
}
int guest_seal_proc(char entry[64]) { return result(confinement_seal_proc("/proc", "/dev/null", entry)); }
int guest_is_emulated(void) {
    unsigned int highest, name[3];
    __cpuid(0x40000000, highest, name[0], name[1], name[2]);
    return memcmp(name, "TCGTCGTCGTCG", sizeof name) == 0;
}
int guest_has_random_instruction(void) {
    unsigned int highest, name[3];
    __cpuid(1, highest, name[0], name[1], name[2]);
    return (name[1] >> 30) & 1;
}
void guest_power_off(void) {
    sync();
    reboot(RB_POWER_OFF);
}

int guest_open_signals(void) {
    sigset_t all;
    sigfillset(&all);
    // Signals for faults are not blocked: they have to end process 1, and so the machine.
    static const int raised[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP, SIGABRT, SIGSYS};
    for (size_t index = 0; index < sizeof raised / sizeof *raised; index++) sigdelset(&all, raised[index]);
    if (sigprocmask(SIG_SETMASK, &all, NULL) != 0) return -errno;
    return result(signalfd(-1, &all, SFD_CLOEXEC | SFD_NONBLOCK));
}
int guest_next_signal(int file) {
    struct signalfd_siginfo information;
    return guest_read(file, &information, sizeof information) == sizeof information ? (int)information.ssi_signo : 0;
}
int guest_reap(int *exit_status, int *signal) {
    int status = 0;
    pid_t child = waitpid(-1, &status, WNOHANG | __WALL);
    if (child < 0) return -errno;
    *exit_status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    *signal = WIFSIGNALED(status) ? WTERMSIG(status) : -1;
    return child;
}
int guest_signal(int process, int signal) { return result(kill(process, signal)); }

int guest_wait(const int *files, const int16_t *wanted, int16_t *found, size_t count, int milliseconds) {
    struct pollfd polled[64];
    if (count > 64) return -EINVAL;
    for (size_t index = 0; index < count; index++)
        polled[index] = (struct pollfd){.fd = files[index], .events = wanted[index]};
    int ready = poll(polled, count, milliseconds);
    if (ready < 0 && errno != EINTR) return -errno;
    for (size_t index = 0; index < count; index++) found[index] = ready > 0 ? polled[index].revents : 0;
    return ready < 0 ? 0 : ready;
}
