#define _GNU_SOURCE
#include "CSandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

const char *const sandbox_name = "adyton-sandbox";
const int sandbox_entry_failure = 125;

static int is_inside;
static int has_user_namespace;
static volatile pid_t inner;

int sandbox_is_inside(void) { return is_inside; }
int sandbox_has_user_namespace(void) { return has_user_namespace; }

static void give_up(const char *step) {
    fprintf(stderr, "adyton: the sandbox cannot be entered: %s: %s (sandbox.entry)\n", step, strerror(errno));
    _exit(sandbox_entry_failure);
}

static int write_file(const char *path, const char *text) {
    int file = open(path, O_WRONLY | O_CLOEXEC);
    if (file < 0) return -1;
    ssize_t done = write(file, text, strlen(text));
    int saved = errno;
    close(file);
    errno = saved;
    return done == (ssize_t)strlen(text) ? 0 : -1;
}

static void map_id(const char *file, const char *inside, unsigned long outside) {
    char line[64];
    snprintf(line, sizeof line, "%lu %lu 1", strtoul(inside, NULL, 10), outside);
    if (write_file(file, line) != 0) give_up(file);
}

static void forward(int signal) {
    if (inner > 0) kill(inner, signal);
}

// The process outside of the new PID namespace: it forwards signals, waits, and exits with process 1's status.
static void wait_outside(void) {
    sigset_t all;
    sigfillset(&all);
    struct sigaction action = {.sa_handler = forward};
    const int forwarded[] = {SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2, SIGWINCH};
    for (size_t index = 0; index < sizeof forwarded / sizeof *forwarded; index++) {
        sigaction(forwarded[index], &action, NULL);
    }
    sigprocmask(SIG_UNBLOCK, &all, NULL);
    // It closes all descriptors, so that readers of pipes see end of file.
    syscall(SYS_close_range, 3u, ~0u, 0u);
    int status = 0;
    while (waitpid(inner, &status, 0) < 0) {
        if (errno != EINTR) _exit(sandbox_entry_failure);
    }
    _exit(WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status));
}

__attribute__((constructor(101))) static void enter(int count, char **arguments) {
    if (count != 4 || strcmp(arguments[0], sandbox_name) != 0) return;
    sigset_t all;
    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, NULL);
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) give_up("PR_SET_PDEATHSIG");

    uid_t user = geteuid();
    gid_t group = getegid();
    int namespaces = CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWCGROUP;
    if (strcmp(arguments[3], "own") == 0) namespaces |= CLONE_NEWNET;
    // Root in a container may lack the privileges, but may still be allowed a user namespace.
    if (user != 0 || (unshare(namespaces) != 0 && errno == EPERM)) {
        if (unshare(namespaces | CLONE_NEWUSER) != 0) give_up("unshare");
        has_user_namespace = 1;
        if (write_file("/proc/self/setgroups", "deny") != 0) give_up("/proc/self/setgroups");
        map_id("/proc/self/uid_map", arguments[1], user);
        map_id("/proc/self/gid_map", arguments[2], group);
    }
    // Later mounts do not propagate to the host.
    if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0) give_up("mount --make-rprivate");

    inner = fork();
    if (inner < 0) give_up("fork");
    if (inner > 0) wait_outside();
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) give_up("PR_SET_PDEATHSIG");
    is_inside = 1;
}

pid_t sandbox_spawn(const char *path, char *const *arguments, char *const *environment, int job, int control) {
    pid_t parent = getpid();
    pid_t process = fork();
    if (process != 0) return process;
    // Only system calls from here on: the other threads do not exist in the child, and their locks stay locked.
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != parent) _exit(sandbox_entry_failure);
    // Both descriptors are moved first, because either may have the other's number.
    int safe_job = fcntl(job, F_DUPFD, 10), safe_control = fcntl(control, F_DUPFD, 10);
    if (dup2(safe_job, 3) != 3 || dup2(safe_control, 4) != 4) _exit(sandbox_entry_failure);
    syscall(SYS_close_range, 5u, ~0u, 0u);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    execve(path, arguments, environment);
    _exit(sandbox_entry_failure);
}
