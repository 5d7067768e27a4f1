#define _GNU_SOURCE
#include "CLinuxProcess.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#if defined(__x86_64__) || defined(__i386__)
#include <cpuid.h>
#endif

// Above every descriptor number that a new program receives.
enum { high_number = 200 };

// Runs between vfork and exec, in the parent's memory: only async-signal-safe functions are allowed.
static int arrange_files(const int *files, size_t count) {
    int high[high_number];
    if (count > high_number) return EINVAL;
    for (size_t i = 0; i < count; i++) {
        high[i] = files[i] < 0 ? -1 : fcntl(files[i], F_DUPFD_CLOEXEC, high_number);
        if (files[i] >= 0 && high[i] < 0) return errno;
    }
    for (size_t i = 0; i < count; i++) {
        if (high[i] < 0) {
            close((int)i);
        } else if (dup2(high[i], (int)i) < 0) {
            return errno;
        }
    }
    return 0;
}

pid_t linux_start(const char *program, char *const *arguments, char *const *environment, const int *files,
                  size_t file_count, int ends_with_parent, int own_session) {
    int report[2];
    if (pipe2(report, O_CLOEXEC) != 0) return -1;
    pid_t parent = getpid();
    // vfork: a copy of the page tables of a process that holds models takes long, and may fail for want of memory. No
    // handler of the parent may run in the child, which has the same memory.
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    pid_t child = vfork();
    if (child != 0) {
        int error = errno;
        pthread_sigmask(SIG_SETMASK, &before, NULL);
        errno = error;
    }
    if (child < 0) {
        int error = errno;
        close(report[0]);
        close(report[1]);
        errno = error;
        return -1;
    }
    if (child == 0) {
        int error = 0;
        if (ends_with_parent) {
            prctl(PR_SET_PDEATHSIG, SIGKILL);
            // The parent may have exited before the line above.
            if (getppid() != parent) _exit(127);
        }
        if (own_session) setsid();
        const struct sigaction standard = {.sa_handler = SIG_DFL};
        for (int number = 1; number < NSIG; number++) sigaction(number, &standard, NULL);
        sigset_t none;
        sigemptyset(&none);
        sigprocmask(SIG_SETMASK, &none, NULL);
        // The report pipe may have a number that is assigned below.
        int out = fcntl(report[1], F_DUPFD_CLOEXEC, high_number);
        if (out < 0) _exit(127);
        syscall(SYS_close_range, 3u, ~0u, 4u /* CLOSE_RANGE_CLOEXEC */);
        error = arrange_files(files, file_count);
        if (error == 0) {
            execve(program, arguments, environment);
            error = errno;
        }
        ssize_t ignored = write(out, &error, sizeof error);
        (void)ignored;
        _exit(127);
    }
    close(report[1]);
    int error = 0;
    ssize_t got;
    do {
        got = read(report[0], &error, sizeof error);
    } while (got < 0 && errno == EINTR);
    close(report[0]);
    if (got == (ssize_t)sizeof error) {
        waitpid(child, NULL, 0);
        errno = error;
        return -1;
    }
    return child;
}

int linux_duplicate(int file) { return fcntl(file, F_DUPFD_CLOEXEC, 3); }

int linux_process_file(pid_t process) { return (int)syscall(SYS_pidfd_open, process, 0); }

int linux_signal_process(int process_file, int number) {
    return (int)syscall(SYS_pidfd_send_signal, process_file, number, NULL, 0);
}

static int signal_pipe[2] = {-1, -1};

static void note_signal(int number) {
    int error = errno;
    unsigned char byte = (unsigned char)number;
    ssize_t ignored = write(signal_pipe[1], &byte, 1);
    (void)ignored;
    errno = error;
}

int linux_catch_signals(void) {
    if (signal_pipe[0] < 0 && pipe2(signal_pipe, O_CLOEXEC | O_NONBLOCK) != 0) return -1;
    struct sigaction action = {.sa_handler = note_signal, .sa_flags = SA_RESTART};
    sigemptyset(&action.sa_mask);
    const int numbers[] = {SIGINT, SIGTERM, SIGHUP};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        if (sigaction(numbers[i], &action, NULL) != 0) return -1;
    }
    signal(SIGPIPE, SIG_IGN);
    return signal_pipe[0];
}

int linux_lock(int file) {
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    return fcntl(file, F_SETLK, &lock);
}

pid_t linux_lock_holder(int file) {
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    if (fcntl(file, F_GETLK, &lock) != 0) return -1;
    return lock.l_type == F_UNLCK ? 0 : lock.l_pid;
}

int linux_socket_pair(int sockets[2]) { return socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets); }

ssize_t linux_send_file(int socket, const void *bytes, size_t count, int file) {
    union {
        struct cmsghdr head;
        char space[CMSG_SPACE(sizeof(int))];
    } control = {.head = {.cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS, .cmsg_len = CMSG_LEN(sizeof(int))}};
    struct iovec piece = {.iov_base = (void *)bytes, .iov_len = count};
    struct msghdr message = {
        .msg_iov = &piece, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control.space};
    memcpy(CMSG_DATA(&control.head), &file, sizeof file);
    return sendmsg(socket, &message, MSG_NOSIGNAL);
}

int linux_processor_leaf(uint32_t leaf, uint32_t subleaf, uint32_t registers[4]) {
#if defined(__x86_64__) || defined(__i386__)
    return __get_cpuid_count(leaf, subleaf, &registers[0], &registers[1], &registers[2], &registers[3]);
#else
    (void)leaf;
    (void)subleaf;
    (void)registers;
    return 0;
#endif
}
