#define _GNU_SOURCE
#include "CGuest.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

// Capabilities over the machine rather than its files; they are dropped even for an application that runs as root.
static const int refused_rights[] = {
    CAP_SYS_MODULE, CAP_SYS_RAWIO, CAP_SYS_BOOT, CAP_SYS_TIME, CAP_MKNOD, CAP_SYSLOG, CAP_MAC_ADMIN,
    CAP_MAC_OVERRIDE, CAP_BPF, CAP_PERFMON, CAP_SYS_PTRACE,
};

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
        // Moves the report pipe away from descriptor 3. dup2 leaves the socket open across exec.
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
    for (size_t index = 0; index < sizeof refused_rights / sizeof *refused_rights; index++)
        if (prctl(PR_CAPBSET_DROP, refused_rights[index], 0, 0, 0) != 0 && errno != EINVAL) return;
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return;
    if (application->root != NULL && chroot(application->root) != 0) return;
    if (setgroups(0, NULL) != 0 || setresgid(application->group, application->group, application->group) != 0 ||
        setresuid(application->user, application->user, application->user) != 0)
        return;
    umask(022);
    // Runs with the application's own permissions, so that a directory it may not enter fails.
    if (chdir(application->folder) != 0) return;
    execve(application->path, application->arguments, application->environment);
}

int guest_start(const struct guest_application *application) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) return -errno;
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
        // The parent reads a whole number, or nothing after success, because exec closes the pipe.
        _exit(write(ends[1], &code, sizeof code) == sizeof code ? 127 : 126);
    }
    close(ends[1]);
    int code = 0;
    ssize_t got = guest_read(ends[0], &code, sizeof code);
    close(ends[0]);
    if (got == 0) return child;
    waitpid(child, NULL, 0);
    return got == sizeof code && code != 0 ? -code : -EIO;
}
