#define _GNU_SOURCE
#include "CSandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

// Defined in Filter.c and Rules.c.
int sandbox_apply_filter(void);
int sandbox_apply_rules(int rules);

struct failure {
    enum sandbox_step step;
    int error;
};

static enum sandbox_step take_identity(const struct sandbox_application *application) {
    // An unprivileged user namespace does not allow setgroups; there, the groups grant no permissions.
    if (!sandbox_has_user_namespace() && setgroups(0, NULL) != 0) return sandbox_step_identity;
    if (setresgid(application->group, application->group, application->group) != 0) return sandbox_step_identity;
    for (int capability = 0; capability < 64; capability++) {
        if (prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) != 0 && errno != EINVAL) return sandbox_step_identity;
    }
    if (setresuid(application->user, application->user, application->user) != 0) return sandbox_step_identity;
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct none[2] = {{0}};
    if (syscall(SYS_capset, &header, none) != 0) return sandbox_step_identity;
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return sandbox_step_identity;
    return sandbox_step_none;
}

static enum sandbox_step become(const struct sandbox_application *application) {
    // The process is killed when process 1 exits, whatever keeps the namespace alive.
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    for (size_t index = 0; index < application->limit_count; index++) {
        struct rlimit limit = {application->limits[index], application->limits[index]};
        if (setrlimit(application->limited[index], &limit) != 0) return sandbox_step_limit;
    }
    enum sandbox_step step = take_identity(application);
    if (step != sandbox_step_none) return step;
    if (chdir(application->directory) != 0) return sandbox_step_directory;
    // Before the filter, so that what a tracer shows begins with it and the program.
    if (application->stops) raise(SIGSTOP);
    if (application->rules >= 0 && sandbox_apply_rules(application->rules) != 0) return sandbox_step_rules;
    if (sandbox_apply_filter() != 0) return sandbox_step_filter;
    for (int signal = 1; signal < NSIG; signal++) {
        struct sigaction action = {.sa_handler = SIG_DFL};
        sigaction(signal, &action, NULL);
    }
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    execve(application->path, application->arguments, application->environment);
    return sandbox_step_program;
}

pid_t sandbox_start(const struct sandbox_application *application, enum sandbox_step *step) {
    int report[2];
    *step = sandbox_step_fork;
    if (pipe2(report, O_CLOEXEC) != 0) return -1;
    pid_t process = fork();
    if (process == 0) {
        // Only system calls from here on.
        syscall(SYS_close_range, 3u, ~0u, 4u /* CLOSE_RANGE_CLOEXEC */);
        struct failure failure = {.step = become(application)};
        failure.error = errno;
        ssize_t ignored = write(report[1], &failure, sizeof failure);
        (void)ignored;
        _exit(127);
    }
    int saved = errno;
    close(report[1]);
    struct failure failure;
    ssize_t got = 0;
    if (process > 0) {
        do got = read(report[0], &failure, sizeof failure);
        while (got < 0 && errno == EINTR);
    }
    close(report[0]);
    errno = saved;
    if (process < 0) return -1;
    if (got == sizeof failure) {
        waitpid(process, NULL, 0);
        *step = failure.step;
        errno = failure.error;
        return -1;
    }
    *step = sandbox_step_none;
    return process;
}

int sandbox_supervise(pid_t application) {
    sigset_t all;
    sigfillset(&all);
    for (;;) {
        int status;
        pid_t ended;
        while ((ended = waitpid(-1, &status, WNOHANG)) > 0) {
            if (ended == application) return status;
        }
        siginfo_t info;
        if (sigwaitinfo(&all, &info) < 0) continue;
        if (info.si_signo != SIGCHLD && info.si_signo != SIGPIPE) kill(application, info.si_signo);
    }
}

int sandbox_pivot_root(const char *new_root, const char *old_root) {
    return (int)syscall(SYS_pivot_root, new_root, old_root);
}

int sandbox_limit_processors(uint32_t count) {
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) != 0) return -1;
    for (int processor = 0; processor < CPU_SETSIZE; processor++) {
        if (!CPU_ISSET(processor, &set)) continue;
        if (count == 0) CPU_CLR(processor, &set);
        else count--;
    }
    return sched_setaffinity(0, sizeof set, &set);
}

int sandbox_loopback_up(void) {
    int control = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (control < 0) return -1;
    struct ifreq request = {.ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING};
    int result = ioctl(control, SIOCSIFFLAGS, &request);
    int saved = errno;
    close(control);
    errno = saved;
    return result;
}

int sandbox_send_descriptor(int socket, int descriptor, uint8_t byte) {
    struct iovec part = {&byte, 1};
    _Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {0};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
    if (descriptor >= 0) {
        message.msg_control = control;
        message.msg_controllen = sizeof control;
        struct cmsghdr *header = CMSG_FIRSTHDR(&message);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(sizeof(int));
        memcpy(CMSG_DATA(header), &descriptor, sizeof(int));
    }
    ssize_t done;
    do done = sendmsg(socket, &message, MSG_NOSIGNAL);
    while (done < 0 && errno == EINTR);
    return done == 1 ? 0 : -1;
}

int sandbox_receive_descriptor(int socket, int *descriptor, uint8_t *byte) {
    struct iovec part = {byte, 1};
    _Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(int))];
    struct msghdr message = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
    ssize_t got;
    do got = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
    while (got < 0 && errno == EINTR);
    *descriptor = -1;
    if (got < 0) return -1;
    if (got == 0) return 1;
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    if (header && header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_RIGHTS &&
        header->cmsg_len == CMSG_LEN(sizeof(int))) {
        memcpy(descriptor, CMSG_DATA(header), sizeof(int));
    }
    return 0;
}
