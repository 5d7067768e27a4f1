#define _GNU_SOURCE
#include "CConfinement.h"
#include "RefusedCalls.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/netlink.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#if !defined(__x86_64__)
#error "the filter's rules about other architectures' calls and about arguments are written for x86-64"
#endif

// The filter is a program of classic BPF (Documentation/userspace-api/seccomp_filter.rst). Its accumulator holds the
// call's number wherever a rule begins. Only the low half of an argument is compared: each argument that a rule reads
// is 32 bits wide for the kernel, too.
enum { longest = 768 };

struct program {
    struct sock_filter code[longest];
    size_t length;
    /// Whether a listener is told of a refused call, instead of an error at once.
    int names_refusals;
};

static void put(struct program *program, uint16_t code, uint32_t value, uint8_t if_true, uint8_t if_false) {
    // A program that is too long is not applied.
    if (program->length < longest)
        program->code[program->length] = (struct sock_filter){code, if_true, if_false, value};
    program->length++;
}

static void load(struct program *program, size_t offset) {
    put(program, BPF_LD | BPF_W | BPF_ABS, (uint32_t)offset, 0, 0);
}

static void load_argument(struct program *program, int index) {
    load(program, offsetof(struct seccomp_data, args) + sizeof(uint64_t) * (size_t)index);
}

static void answer(struct program *program, uint32_t action) { put(program, BPF_RET | BPF_K, action, 0, 0); }

static void refuse(struct program *program, int error) {
    answer(program, program->names_refusals ? SECCOMP_RET_USER_NOTIF : SECCOMP_RET_ERRNO | (uint32_t)error);
}

/// Begins a rule about one call; `end_rule` takes what it returns.
static size_t begin_rule(struct program *program, int call) {
    put(program, BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)call, 0, 0);
    return program->length - 1;
}

/// Allows a call that none of its rule's conditions has refused.
static void end_rule(struct program *program, size_t begin) {
    answer(program, SECCOMP_RET_ALLOW);
    if (begin < longest) program->code[begin].jf = (uint8_t)(program->length - begin - 1);
}

static void refuse_call(struct program *program, int call) {
    put(program, BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)call, 0, 1);
    refuse(program, EPERM);
}

static void refuse_value(struct program *program, uint32_t value, int error) {
    put(program, BPF_JMP | BPF_JEQ | BPF_K, value, 0, 1);
    refuse(program, error);
}

/// Refuses a call unless its argument is one of two values.
static void require_argument(struct program *program, int index, uint32_t first, uint32_t second) {
    load_argument(program, index);
    put(program, BPF_JMP | BPF_JEQ | BPF_K, first, 2, 0);
    put(program, BPF_JMP | BPF_JEQ | BPF_K, second, 1, 0);
    refuse(program, EPERM);
}

/// User or group numbers: an application without the capability has one of each, and -1 leaves a number as it is.
static void require_own(struct program *program, int call, int first_argument, int count, uint32_t own) {
    size_t rule = begin_rule(program, call);
    for (int index = 0; index < count; index++) require_argument(program, first_argument + index, own, UINT32_MAX);
    end_rule(program, rule);
}

static void put_sockets(struct program *program, int may_send_raw) {
    size_t rule = begin_rule(program, SYS_socket);
    load_argument(program, 1);
    put(program, BPF_ALU | BPF_AND | BPF_K, 0xf, 0, 0);
    // An old name for AF_PACKET.
    refuse_value(program, SOCK_PACKET, EAFNOSUPPORT);
    load_argument(program, 0);
    put(program, BPF_JMP | BPF_JEQ | BPF_K, AF_UNIX, 0, 1);
    answer(program, SECCOMP_RET_ALLOW);
    put(program, BPF_JMP | BPF_JEQ | BPF_K, AF_NETLINK, 0, 4);
    load_argument(program, 2);
    put(program, BPF_JMP | BPF_JEQ | BPF_K, NETLINK_ROUTE, 0, 1);
    answer(program, SECCOMP_RET_ALLOW);
    refuse(program, EPROTONOSUPPORT);
    put(program, BPF_JMP | BPF_JEQ | BPF_K, AF_INET, 2, 0);
    put(program, BPF_JMP | BPF_JEQ | BPF_K, AF_INET6, 1, 0);
    refuse(program, EAFNOSUPPORT);
    if (!may_send_raw) {
        load_argument(program, 1);
        put(program, BPF_ALU | BPF_AND | BPF_K, 0xf, 0, 0);
        refuse_value(program, SOCK_RAW, EPERM);
    }
    end_rule(program, rule);
}

static void put_terminals(struct program *program) {
    static const uint32_t requests[] = {TIOCSTI, TIOCLINUX, TIOCCONS};
    size_t rule = begin_rule(program, SYS_ioctl);
    load_argument(program, 1);
    for (size_t index = 0; index < sizeof requests / sizeof *requests; index++)
        refuse_value(program, requests[index], EPERM);
    end_rule(program, rule);
}

static void put_processes(struct program *program) {
    size_t rule = begin_rule(program, SYS_clone);
    load_argument(program, 0);
    put(program, BPF_JMP | BPF_JSET | BPF_K,
        CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWCGROUP | CLONE_NEWNET | CLONE_NEWUSER, 0,
        1);
    refuse(program, EPERM);
    end_rule(program, rule);

    // What changes a process's memory layout or its system calls' meaning; the rest says how uname(2) answers.
    static const uint32_t allowed[] = {PER_LINUX, PER_LINUX32, UNAME26, UNAME26 | PER_LINUX32, UINT32_MAX};
    rule = begin_rule(program, SYS_personality);
    load_argument(program, 0);
    for (size_t index = 0; index < sizeof allowed / sizeof *allowed; index++) {
        put(program, BPF_JMP | BPF_JEQ | BPF_K, allowed[index], 0, 1);
        answer(program, SECCOMP_RET_ALLOW);
    }
    refuse(program, EPERM);
    end_rule(program, rule);
}

static void put_device_files(struct program *program) {
    static const struct {
        int call, mode;
    } makers[] = {{SYS_mknod, 1}, {SYS_mknodat, 2}};
    for (int index = 0; index < 2; index++) {
        size_t rule = begin_rule(program, makers[index].call);
        load_argument(program, makers[index].mode);
        put(program, BPF_ALU | BPF_AND | BPF_K, S_IFMT, 0, 0);
        refuse_value(program, S_IFCHR, EPERM);
        refuse_value(program, S_IFBLK, EPERM);
        end_rule(program, rule);
    }
}

/// What the kernel refuses for want of a capability, and the filter can tell by the arguments alone: so the refusal can
/// be named.
static void put_capabilities(struct program *program, const struct confinement *confinement) {
    const uint64_t capabilities = confinement->capabilities;
    const int changes_user = capabilities >> CAP_SETUID & 1, changes_group = capabilities >> CAP_SETGID & 1;
    if (!(capabilities >> CAP_SYS_CHROOT & 1)) refuse_call(program, SYS_chroot);
    if (!changes_user) {
        require_own(program, SYS_setuid, 0, 1, confinement->user);
        require_own(program, SYS_setreuid, 0, 2, confinement->user);
        require_own(program, SYS_setresuid, 0, 3, confinement->user);
    }
    if (!changes_group) {
        require_own(program, SYS_setgid, 0, 1, confinement->group);
        require_own(program, SYS_setregid, 0, 2, confinement->group);
        require_own(program, SYS_setresgid, 0, 3, confinement->group);
        refuse_call(program, SYS_setgroups);
    }
    // Where processes can have other users, which of them owns a file is not the filter's to know.
    if (capabilities >> CAP_CHOWN & 1 || changes_user || changes_group) return;
    static const struct {
        int call, user;
    } owners[] = {{SYS_chown, 1}, {SYS_lchown, 1}, {SYS_fchown, 1}, {SYS_fchownat, 2}};
    for (int index = 0; index < 4; index++) {
        size_t rule = begin_rule(program, owners[index].call);
        require_argument(program, owners[index].user, confinement->user, UINT32_MAX);
        require_argument(program, owners[index].user + 1, confinement->group, UINT32_MAX);
        end_rule(program, rule);
    }
}

static void put_rules(struct program *program, const struct confinement *confinement) {
    load(program, offsetof(struct seccomp_data, arch));
    put(program, BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCH_X86_64, 1, 0);
    answer(program, SECCOMP_RET_KILL_PROCESS);
    load(program, offsetof(struct seccomp_data, nr));
    // x32 calls, which have other numbers for the same functions, and calls that the rules do not know yet: a C library
    // does without a call that the kernel lacks.
    put(program, BPF_JMP | BPF_JGT | BPF_K, confinement_last_call, 0, 1);
    answer(program, SECCOMP_RET_ERRNO | ENOSYS);
    // clone3's flags are in memory, which a filter cannot read; C libraries fall back to clone.
    put(program, BPF_JMP | BPF_JEQ | BPF_K, SYS_clone3, 0, 1);
    answer(program, SECCOMP_RET_ERRNO | ENOSYS);
    for (size_t index = 0; index < confinement_refused_count; index++)
        refuse_call(program, confinement_refused[index].call);
    put_processes(program);
    put_sockets(program, confinement->capabilities >> CAP_NET_RAW & 1);
    put_terminals(program);
    put_device_files(program);
    put_capabilities(program, confinement);
    answer(program, SECCOMP_RET_ALLOW);
}

int confinement_apply_filter(const struct confinement *confinement, int *listener) {
    struct program program = {.names_refusals = confinement->names_refusals};
    put_rules(&program, confinement);
    *listener = -1;
    if (program.length > longest) {
        errno = E2BIG;
        return -1;
    }
    struct sock_fprog filter = {.len = (unsigned short)program.length, .filter = program.code};
    const unsigned flags = program.names_refusals ? SECCOMP_FILTER_FLAG_NEW_LISTENER : 0;
    int result = (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &filter);
    if (result < 0) return -1;
    if (program.names_refusals) *listener = result;
    return 0;
}
