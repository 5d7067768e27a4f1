#define _GNU_SOURCE
#include "CGuest.h"
#include "CConfinement.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static int limit(int resource, uint64_t value) {
    struct rlimit both = {value, value};
    return value == 0 ? 0 : setrlimit(resource, &both);
}

static int take_processors(uint32_t count) {
    cpu_set_t available, taken;
    if (count == 0) return 0;
    if (sched_getaffinity(0, sizeof available, &available) != 0) return -1;
    CPU_ZERO(&taken);
    for (int processor = 0; processor < CPU_SETSIZE && count > 0; processor++) {
        if (!CPU_ISSET(processor, &available)) continue;
        CPU_SET(processor, &taken);
        count--;
    }
    return sched_setaffinity(0, sizeof taken, &taken);
}

// Runs in the child between fork and exec; returns only where a step failed.
static void become(const struct guest_application *application, int *report) {
    int null_file = open("/dev/null", O_RDWR);
    if (null_file < 0 || dup2(null_file, 0) < 0) return;
    int output = application->output >= 0 ? application->output : null_file;
    if (dup2(output, 1) < 0 || dup2(output, 2) < 0) return;
    int first = 3;
    if (application->socket >= 0) {
        // Moves the report socket away from descriptor 3. dup2 leaves the socket open across exec.
        int moved = fcntl(*report, F_DUPFD_CLOEXEC, 4);
        if (moved < 0) return;
        *report = moved;
        if (application->socket == 3 ? fcntl(3, F_SETFD, 0) != 0 : dup2(application->socket, 3) < 0) return;
        first = 4;
    }
    if ((*report > first && syscall(SYS_close_range, (unsigned)first, (unsigned)*report - 1, 0) != 0) ||
        syscall(SYS_close_range, (unsigned)*report + 1, ~0u, 0) != 0)
        return;

    sigset_t none;
    sigemptyset(&none);
    for (int signal_number = 1; signal_number < NSIG; signal_number++) signal(signal_number, SIG_DFL);
    if (sigprocmask(SIG_SETMASK, &none, NULL) != 0 || setsid() < 0) return;
    if (limit(RLIMIT_AS, application->memory) != 0 || limit(RLIMIT_STACK, application->stack) != 0 ||
        limit(RLIMIT_NOFILE, application->open_files) != 0 || take_processors(application->processors) != 0)
        return;
    if (application->root != NULL && chroot(application->root) != 0) return;
    const struct confinement confinement = {
        .user = application->user,
        .group = application->group,
        .capabilities = application->capabilities,
        .names_refusals = application->names_refusals,
    };
    if (confinement_take_identity(&confinement) != 0) return;
    umask(022);
    // Runs with the application's own permissions, so that a directory it may not enter fails.
    if (chdir(application->folder) != 0) return;
    int listener;
    if (confinement_apply_filter(&confinement, &listener) != 0) return;
    const int nothing_failed = 0;
    if (listener >= 0 && confinement_send(*report, &nothing_failed, sizeof nothing_failed, listener) < 0) return;
    execve(application->path, application->arguments, application->environment);
}

int guest_start(const struct guest_application *application, int *listener) {
    int ends[2];
    *listener = -1;
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) return -errno;
    pid_t child = fork();
    if (child < 0) {
        int code = -errno;
        close(ends[0]);
        close(ends[1]);
        return code;
    }
    if (child == 0) {
        become(application, &ends[1]);
        int code = errno;
        _exit(confinement_send(ends[1], &code, sizeof code, -1) == sizeof code ? 127 : 126);
    }
    close(ends[1]);
    // 0 comes with the listener, another number says what failed; nothing more comes after success, because exec closes
    // the socket.
    int code = 0, descriptor = -1;
    ssize_t got;
    while ((got = confinement_receive(ends[0], &code, sizeof code, &descriptor)) == sizeof code && code == 0)
        if (descriptor >= 0) *listener = descriptor;
    if (got < 0) code = errno;
    close(ends[0]);
    if (got == 0) return child;
    if (*listener >= 0) close(*listener);
    *listener = -1;
    waitpid(child, NULL, 0);
    return code != 0 ? -code : -EIO;
}
