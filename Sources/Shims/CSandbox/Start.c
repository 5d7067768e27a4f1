#define _GNU_SOURCE
#include "CSandbox.h"
#include "CConfinement.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

// Defined in Rules.c.
int sandbox_apply_rules(int rules);

struct failure {
    enum sandbox_step step;
    int error;
};

/// What the application may have of the capabilities that are wanted: no more than its sandbox has.
static uint64_t held(uint64_t wanted) {
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct sets[2] = {{0}};
    if (syscall(SYS_capget, &header, sets) != 0) return 0;
    return wanted & (sets[0].permitted | (uint64_t)sets[1].permitted << 32);
}

// A process that is filtered already by one with a listener cannot have another: its calls are refused without a name.
static int apply_filter(struct confinement *confinement, int *listener) {
    confinement->names_refusals = 1;
    if (confinement_apply_filter(confinement, listener) == 0) return 0;
    confinement->names_refusals = 0;
    return confinement_apply_filter(confinement, listener);
}

/// Sends a failure, or a start's listener, to the parent.
static void report(int socket, enum sandbox_step step, int listener) {
    struct failure failure = {.step = step, .error = errno};
    confinement_send(socket, &failure, sizeof failure, listener);
}

static enum sandbox_step become(const struct sandbox_application *application, int socket) {
    // The process is killed when process 1 exits, whatever keeps the namespace alive.
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    for (size_t index = 0; index < application->limit_count; index++) {
        struct rlimit limit = {application->limits[index], application->limits[index]};
        if (setrlimit(application->limited[index], &limit) != 0) return sandbox_step_limit;
    }
    struct confinement confinement = {
        .user = application->user,
        .group = application->group,
        .capabilities = held(application->capabilities),
        // There, the groups grant no permissions.
        .keeps_groups = sandbox_has_user_namespace(),
    };
    if (confinement_take_identity(&confinement) != 0) return sandbox_step_identity;
    if (chdir(application->directory) != 0) return sandbox_step_directory;
    // Before the filter, so that what a tracer shows begins with it and the program.
    if (application->stops) raise(SIGSTOP);
    if (application->rules >= 0 && sandbox_apply_rules(application->rules) != 0) return sandbox_step_rules;
    int listener;
    if (apply_filter(&confinement, &listener) != 0) return sandbox_step_filter;
    if (listener >= 0) report(socket, sandbox_step_none, listener);
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

pid_t sandbox_start(const struct sandbox_application *application, enum sandbox_step *step, int *listener) {
    int ends[2];
    *step = sandbox_step_fork;
    *listener = -1;
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) return -1;
    pid_t process = fork();
    if (process == 0) {
        // Only system calls from here on.
        syscall(SYS_close_range, 3u, ~0u, 4u /* CLOSE_RANGE_CLOEXEC */);
        report(ends[1], become(application, ends[1]), -1);
        _exit(127);
    }
    int saved = errno;
    close(ends[1]);
    // Nothing comes after a success but the listener: exec closes the socket.
    struct failure failure = {.step = sandbox_step_none};
    int descriptor = -1;
    while (process > 0 && failure.step == sandbox_step_none &&
           confinement_receive(ends[0], &failure, sizeof failure, &descriptor) == sizeof failure)
        if (descriptor >= 0) *listener = descriptor;
    close(ends[0]);
    errno = saved;
    if (process < 0) return -1;
    *step = failure.step;
    if (failure.step == sandbox_step_none) return process;
    if (*listener >= 0) close(*listener);
    *listener = -1;
    waitpid(process, NULL, 0);
    errno = failure.error;
    return -1;
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
    return confinement_send(socket, &byte, 1, descriptor) == 1 ? 0 : -1;
}

int sandbox_receive_descriptor(int socket, int *descriptor, uint8_t *byte) {
    ssize_t got = confinement_receive(socket, byte, 1, descriptor);
    return got < 0 ? -1 : got == 0;
}

int sandbox_next_refusal(int listener, char *line, size_t size) {
    struct confinement_refusal refusal;
    int result = confinement_answer(listener, &refusal);
    if (result > 0) confinement_describe(&refusal, line, size);
    return result;
}

int sandbox_seal_proc(const char *folder, const char *null_file, char entry[64]) {
    return confinement_seal_proc(folder, null_file, entry);
}
