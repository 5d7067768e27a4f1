#define _GNU_SOURCE
#include "RefusedCalls.h"

#include "CConfinement.h"

#include <errno.h>
#include <linux/netlink.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

// System call numbers that the build's headers may lack (x86-64; the same on all architectures since 424).
#ifndef SYS_mount_setattr
#define SYS_mount_setattr 442
#endif
#ifndef SYS_quotactl_fd
#define SYS_quotactl_fd 443
#endif

#define CALL(name) {SYS_##name, #name}

// What applications do not need: the kernel's own state, mounts and namespaces, other processes' memory, clocks, keys,
// and interfaces with many past vulnerabilities. The list follows the defaults of container engines.
const struct confinement_refused confinement_refused[] = {
    CALL(acct), CALL(add_key), CALL(adjtimex), CALL(bpf), CALL(clock_adjtime), CALL(clock_settime),
    CALL(create_module), CALL(delete_module), CALL(fanotify_init), CALL(finit_module), CALL(fsconfig), CALL(fsmount),
    CALL(fsopen), CALL(fspick), CALL(get_kernel_syms), CALL(init_module), CALL(io_uring_enter),
    CALL(io_uring_register), CALL(io_uring_setup), CALL(ioperm), CALL(iopl), CALL(kcmp), CALL(kexec_file_load),
    CALL(kexec_load), CALL(keyctl), CALL(lookup_dcookie), CALL(modify_ldt), CALL(mount), CALL(mount_setattr),
    CALL(move_mount), CALL(name_to_handle_at), CALL(nfsservctl), CALL(open_by_handle_at), CALL(open_tree),
    CALL(perf_event_open), CALL(pidfd_getfd), CALL(pivot_root), CALL(process_vm_readv), CALL(process_vm_writev),
    CALL(ptrace), CALL(query_module), CALL(quotactl), CALL(quotactl_fd), CALL(reboot), CALL(request_key),
    CALL(setdomainname), CALL(sethostname), CALL(setns), CALL(settimeofday), CALL(swapoff), CALL(swapon), CALL(sysfs),
    CALL(_sysctl), CALL(syslog), CALL(umount2), CALL(unshare), CALL(uselib), CALL(userfaultfd), CALL(ustat),
    CALL(vhangup),
};
const size_t confinement_refused_count = sizeof confinement_refused / sizeof *confinement_refused;

// Calls that only some arguments make a refused one, with the capability that allows them.
static const struct {
    uint16_t call;
    const char *text;
} conditional[] = {
    {SYS_clone, "clone with new namespaces"},
    {SYS_personality, "personality"},
    {SYS_ioctl, "ioctl on a terminal's input or console"},
    {SYS_mknod, "mknod of a device"},
    {SYS_mknodat, "mknod of a device"},
    {SYS_chroot, "chroot, which needs SYS_CHROOT"},
    {SYS_setuid, "setuid, which needs SETUID"},
    {SYS_setreuid, "setreuid, which needs SETUID"},
    {SYS_setresuid, "setresuid, which needs SETUID"},
    {SYS_setgid, "setgid, which needs SETGID"},
    {SYS_setregid, "setregid, which needs SETGID"},
    {SYS_setresgid, "setresgid, which needs SETGID"},
    {SYS_setgroups, "setgroups, which needs SETGID"},
    {SYS_chown, "chown, which needs CHOWN"},
    {SYS_lchown, "lchown, which needs CHOWN"},
    {SYS_fchown, "fchown, which needs CHOWN"},
    {SYS_fchownat, "fchownat, which needs CHOWN"},
};

/// Names a refused socket, and returns the error that the filter would give without a listener.
static int name_socket(const struct seccomp_data *call, char *text, size_t size) {
    const int family = (int)call->args[0], type = (int)call->args[1] & 0xf;
    if (type == SOCK_RAW && (family == AF_INET || family == AF_INET6)) {
        snprintf(text, size, "socket of type SOCK_RAW, which needs NET_RAW");
        return EPERM;
    }
    if (family == AF_NETLINK) {
        snprintf(text, size, "socket of family AF_NETLINK, protocol %d", (int)call->args[2]);
        return EPROTONOSUPPORT;
    }
    snprintf(text, size, "socket of family %d", type == SOCK_PACKET ? AF_PACKET : family);
    return EAFNOSUPPORT;
}

static int name_call(const struct seccomp_data *call, char *text, size_t size) {
    if (call->nr == SYS_socket) return name_socket(call, text, size);
    for (size_t index = 0; index < sizeof conditional / sizeof *conditional; index++)
        if (conditional[index].call == call->nr) {
            snprintf(text, size, "%s", conditional[index].text);
            return EPERM;
        }
    for (size_t index = 0; index < confinement_refused_count; index++)
        if (confinement_refused[index].call == call->nr) {
            snprintf(text, size, "%s", confinement_refused[index].name);
            return EPERM;
        }
    snprintf(text, size, "system call %d", call->nr);
    return EPERM;
}

/// Reads a process's name while it waits for its answer: it may end as soon as it has one.
static void read_name(pid_t process, char *name, size_t size) {
    char path[64];
    name[0] = 0;
    snprintf(path, sizeof path, "/proc/%d/comm", process);
    FILE *file = fopen(path, "re");
    if (file == NULL) return;
    if (fgets(name, (int)size, file) == NULL) name[0] = 0;
    fclose(file);
    name[strcspn(name, "\n")] = 0;
    // A process chooses its name, and no control character of it may reach a terminal.
    for (char *byte = name; *byte != 0; byte++)
        if (*byte < ' ' || *byte > '~') *byte = '?';
}

int confinement_answer(int listener, struct confinement_refusal *refusal) {
    struct seccomp_notif call;
    memset(&call, 0, sizeof call);
    if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &call) != 0) return errno == ENOENT || errno == EINTR ? 0 : -1;
    refusal->process = (pid_t)call.pid;
    read_name(refusal->process, refusal->name, sizeof refusal->name);
    struct seccomp_notif_resp answer = {.id = call.id};
    answer.error = -name_call(&call.data, refusal->call, sizeof refusal->call);
    return ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &answer) == 0 ? 1 : 0;
}

void confinement_describe(const struct confinement_refusal *refusal, char *line, size_t size) {
    snprintf(line, size, "refused to process %d (%s): %s", refusal->process, refusal->name, refusal->call);
}
