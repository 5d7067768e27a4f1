// A hostile application. It tries each way out of its confinement that is known to have worked somewhere, and then what a
// service needs.
//
//   escape CAPABILITIES    the set that it should have, as a hexadecimal number
//
// It prints a line for each way, and exits with 0 if all of them are closed and nothing that a service needs is. Else the
// status is the place of the first one in its list, which is all that a machine without a console tells.

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/perf_event.h>
#include <linux/sched.h>
#include <net/if.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

static uint64_t expected;
static int place, first;

static void tell(const char *verdict, const char *name, int error) {
    printf("%s %d %s%s%s\n", verdict, place, name, error ? ": " : "", error ? strerror(error) : "");
    fflush(stdout);
}

/// A way out: closed if it failed.
static void way(const char *name, long result) {
    int error = errno;
    place++;
    if (result < 0) return tell("closed", name, error);
    tell("OPEN", name, 0);
    if (first == 0) first = place;
}

/// What a service needs: lost if it failed.
static void need(const char *name, long result) {
    int error = errno;
    place++;
    if (result >= 0) return tell("works", name, 0);
    tell("LOST", name, error);
    if (first == 0) first = place;
}

static int has(int capability) { return expected >> capability & 1; }

static long opened(const char *path, int flags) {
    int file = open(path, flags | O_CLOEXEC);
    if (file >= 0) close(file);
    return file;
}

/// Whether a file has content: an entry that is hidden reads as empty.
static long readable(const char *path) {
    char byte;
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) return -1;
    ssize_t got = read(file, &byte, 1);
    close(file);
    return got == 1 ? 0 : -1;
}

static long mounted(const char *type) { return mount("none", "/tmp/m", type, 0, NULL); }

static long device(const char *name, mode_t type, unsigned major_number, unsigned minor_number) {
    char path[64];
    snprintf(path, sizeof path, "/tmp/%s", name);
    if (mknod(path, type | 0600, makedev(major_number, minor_number)) != 0) return -1;
    return opened(path, O_RDWR);
}

/// Runs something in a child; 0 if the child says 0.
static long in_child(long (*body)(void), int *status) {
    fflush(stdout);
    pid_t child = fork();
    if (child < 0) return -1;
    if (child == 0) _exit(body() >= 0 ? 0 : 1);
    waitpid(child, status, 0);
    return WIFEXITED(*status) && WEXITSTATUS(*status) == 0 ? 0 : -1;
}

static long dump_core(void) {
    struct rlimit all = {RLIM_INFINITY, RLIM_INFINITY};
    setrlimit(RLIMIT_CORE, &all);
    if (chdir("/tmp") != 0) return -1;
    signal(SIGABRT, SIG_DFL);
    abort();
}

static long call_i386(void) {
    long number;
    __asm__ volatile("int $0x80" : "=a"(number) : "a"(20L /* getpid */) : "memory", "r8", "r9", "r10", "r11");
    return number == getpid() ? 0 : -1;
}

static long clone_namespace(void) { return syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, NULL, NULL, NULL, 0); }

static long clone3_namespace(void) {
    struct clone_args wanted = {.flags = CLONE_NEWUSER, .exit_signal = SIGCHLD};
    long child = syscall(SYS_clone3, &wanted, sizeof wanted);
    if (child == 0) _exit(0);
    return child;
}

static long terminal(unsigned long request) {
    char byte = 'x';
    int master = posix_openpt(O_RDWR | O_NOCTTY);
    if (master < 0 || grantpt(master) != 0 || unlockpt(master) != 0) return -1;
    int slave = open(ptsname(master), O_RDWR | O_NOCTTY);
    if (slave < 0) return -1;
    return ioctl(slave, request, &byte);
}

static long set_flags(const char *interface) {
    struct ifreq request = {.ifr_flags = 0};
    strcpy(request.ifr_name, interface);
    return ioctl(socket(AF_INET, SOCK_DGRAM, 0), SIOCSIFFLAGS, &request);
}

static void *thread(void *argument) { return argument; }

static long start_thread(void) {
    pthread_t started;
    errno = pthread_create(&started, NULL, thread, NULL);
    return errno == 0 && pthread_join(started, NULL) == 0 ? 0 : -1;
}

static long listen_at(int port) {
    struct sockaddr_in own = {.sin_family = AF_INET, .sin_port = htons(port)};
    int file = socket(AF_INET, SOCK_STREAM, 0);
    return file < 0 || bind(file, (struct sockaddr *)&own, sizeof own) != 0 ? -1 : listen(file, 1);
}

static uint64_t set_named(const char *name) {
    char line[256];
    uint64_t bits = ~0ull;
    FILE *file = fopen("/proc/self/status", "re");
    while (file && fgets(line, sizeof line, file))
        if (strncmp(line, name, strlen(name)) == 0) bits = strtoull(line + strlen(name), NULL, 16);
    if (file) fclose(file);
    return bits;
}

static long has_set(const char *name, uint64_t wanted) {
    errno = 0;
    return set_named(name) == wanted ? 0 : -1;
}

static long take_admin(void) {
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct sets[2];
    if (syscall(SYS_capget, &header, sets) != 0) return -1;
    sets[0].permitted |= 1u << CAP_SYS_ADMIN;
    sets[0].effective |= 1u << CAP_SYS_ADMIN;
    return syscall(SYS_capset, &header, sets);
}

static void try_mounts(void) {
    static const char *const types[] = {"devtmpfs", "proc", "sysfs",    "configfs", "debugfs",
                                        "tracefs",  "tmpfs", "securityfs", "devpts", "binfmt_misc"};
    mkdir("/tmp/m", 0755);
    for (size_t index = 0; index < sizeof types / sizeof *types; index++) way(types[index], mounted(types[index]));
    way("overlay", mount("none", "/tmp/m", "overlay", 0, "lowerdir=/bin"));
    way("bind mount", mount("/proc", "/tmp/m", NULL, MS_BIND, NULL));
    way("writable /proc/sys", mount(NULL, "/proc/sys", NULL, MS_REMOUNT | MS_BIND, NULL));
    way("uncovered /proc/sys", umount2("/proc/sys", MNT_DETACH));
    way("fsopen", syscall(SYS_fsopen, "tmpfs", 0));
    way("open_tree", syscall(SYS_open_tree, AT_FDCWD, "/", 1));
    way("move_mount", syscall(SYS_move_mount, AT_FDCWD, "/proc", AT_FDCWD, "/tmp/m", 0));
    way("pivot_root", syscall(SYS_pivot_root, "/tmp", "/tmp/m"));
    if (!has(CAP_SYS_CHROOT)) way("chroot", chroot("/tmp"));
    way("swapon", syscall(SYS_swapon, "/tmp/m", 0));
}

static void try_devices(void) {
    static const char *const paths[] = {
        "/dev/tpm0",  "/dev/tpmrm0", "/dev/ttyS0",        "/dev/console", "/dev/vda",     "/dev/mem",  "/dev/port",
        "/dev/kmsg",  "/dev/hvc0",   "/dev/vport0p1",     "/dev/tty0",    "/dev/dm-0",    "/dev/fuse", "/dev/kvm",
        "/dev/vsock", "/dev/loop0",  "/dev/loop-control", "/dev/fb0",     "/dev/sev-guest", "/dev/mapper/control",
    };
    for (size_t index = 0; index < sizeof paths / sizeof *paths; index++) way(paths[index], opened(paths[index], O_RDWR));
    way("the TPM's device file", device("tpm", S_IFCHR, 10, 224));
    way("the serial port's device file", device("ttyS0", S_IFCHR, 4, 64));
    way("the disk's device file", device("vda", S_IFBLK, 254, 0));
    way("the memory's device file", device("mem", S_IFCHR, 1, 1));
    way("TIOCSTI", terminal(TIOCSTI));
    way("TIOCLINUX", terminal(TIOCLINUX));
    way("TIOCCONS", terminal(TIOCCONS));
}

static void try_files(void) {
    static const char *const written[] = {
        "/proc/sys/kernel/core_pattern", "/proc/sys/kernel/modprobe", "/proc/sys/kernel/poweroff_cmd",
        "/proc/sys/kernel/hotplug", "/proc/sys/kernel/usermodehelper/bset", "/proc/sys/kernel/sysrq",
        "/proc/sys/kernel/hostname", "/proc/sys/vm/drop_caches", "/proc/sys/net/ipv4/ip_forward",
        "/proc/sys/user/max_user_namespaces", "/proc/sysrq-trigger", "/proc/irq/default_smp_affinity",
        "/proc/bus/pci/00/00.0", "/proc/acpi/wakeup", "/proc/scsi/scsi", "/proc/mtrr",
        "/proc/dynamic_debug/control", "/sys/power/state", "/sys/kernel/uevent_helper", "/sys/bus/pci/rescan",
        "/sys/kernel/mm/transparent_hugepage/enabled", "/proc/1/mem",
    };
    static const char *const read_from[] = {
        "/proc/kcore", "/proc/kmsg", "/proc/keys", "/proc/kpageflags", "/proc/timer_list", "/proc/iomem",
        "/proc/1/mem", "/proc/1/environ", "/proc/1/maps", "/sys/firmware/acpi/tables/DSDT",
        "/sys/kernel/security/lockdown", "/sys/kernel/debug/sleep_time", "/sys/kernel/tracing/trace",
    };
    for (size_t index = 0; index < sizeof written / sizeof *written; index++) {
        // A hidden file is /dev/null's.
        struct stat status;
        if (stat(written[index], &status) == 0 && S_ISCHR(status.st_mode)) continue;
        way(written[index], opened(written[index], O_WRONLY));
    }
    for (size_t index = 0; index < sizeof read_from / sizeof *read_from; index++)
        way(read_from[index], readable(read_from[index]));
    way("a folder in configfs", mkdir("/sys/kernel/config/escape", 0755));
    way("process 1's root", opened("/proc/1/root/", O_RDONLY | O_DIRECTORY));
    way("process 1's descriptors", opened("/proc/1/fd/0", O_RDONLY));
    int status = 0;
    in_child(dump_core, &status);
    errno = 0;
    way("a core dump", WCOREDUMP(status) || access("/tmp/core", F_OK) == 0 ? 0 : -1);
}

static void try_calls(void) {
    char buffer[256] = {0};
    struct iovec local = {buffer, sizeof buffer}, remote = {(void *)0x400000, sizeof buffer};
    struct perf_event_attr event = {.type = PERF_TYPE_SOFTWARE, .size = sizeof event};
    struct file_handle handle = {.handle_bytes = 0};
    int mount_number;
    struct timeval now = {1, 0};
    const int process = (int)syscall(SYS_pidfd_open, 1, 0);
    way("kexec_load", syscall(SYS_kexec_load, 0, 0, NULL, 0));
    way("kexec_file_load", syscall(SYS_kexec_file_load, 0, -1, 0, NULL, 4));
    way("init_module", syscall(SYS_init_module, buffer, 0, ""));
    way("finit_module", syscall(SYS_finit_module, 0, "", 0));
    way("delete_module", syscall(SYS_delete_module, "dm_mod", O_NONBLOCK));
    way("io_uring_setup", syscall(SYS_io_uring_setup, 1, buffer));
    way("bpf", syscall(SYS_bpf, 0 /* BPF_MAP_CREATE */, buffer, 72));
    way("perf_event_open", syscall(SYS_perf_event_open, &event, 0, -1, -1, 0));
    way("userfaultfd", syscall(SYS_userfaultfd, 1));
    way("keyctl", syscall(SYS_keyctl, 0 /* KEYCTL_GET_KEYRING_ID */, -3, 1));
    way("add_key", syscall(SYS_add_key, "user", "name", "x", 1, -3));
    way("request_key", syscall(SYS_request_key, "user", "name", "x", -3));
    way("iopl", syscall(SYS_iopl, 3));
    way("ioperm", syscall(SYS_ioperm, 0x3f8, 8, 1));
    way("modify_ldt", syscall(SYS_modify_ldt, 0, buffer, sizeof buffer));
    way("ptrace of process 1", ptrace(PTRACE_SEIZE, 1, NULL, NULL));
    way("ptrace", ptrace(PTRACE_TRACEME, 0, NULL, NULL));
    way("process_vm_readv", process_vm_readv(1, &local, 1, &remote, 1, 0));
    way("pidfd_getfd", syscall(SYS_pidfd_getfd, process, 0, 0));
    way("kcmp", syscall(SYS_kcmp, 1, getpid(), 0, 0, 0));
    way("setns to process 1", setns(process, CLONE_NEWNET));
    way("name_to_handle_at", name_to_handle_at(AT_FDCWD, "/", &handle, &mount_number, 0));
    way("open_by_handle_at", open_by_handle_at(AT_FDCWD, &handle, O_RDONLY));
    way("fanotify_init", syscall(SYS_fanotify_init, 0, 0));
    way("quotactl", syscall(SYS_quotactl, 0x800000 << 8, NULL, 0, NULL));
    way("acct", syscall(SYS_acct, NULL));
    way("syslog", syscall(SYS_syslog, 3, buffer, sizeof buffer));
    way("sethostname", sethostname("open", 4));
    way("settimeofday", settimeofday(&now, NULL));
    way("vhangup", syscall(SYS_vhangup));
    way("personality", personality(ADDR_NO_RANDOMIZE));
    way("an x32 call", syscall(0x40000000 | SYS_getpid));
    int status;
    way("an i386 call", in_child(call_i386, &status));
    way("a call of a newer kernel", syscall(463));
    // Nothing happens where it works: it only says what Ctrl-Alt-Del would do.
    way("reboot", syscall(SYS_reboot, 0xfee1dead, 672274793, 0, NULL));
}

static void try_namespaces(void) {
    static const struct {
        const char *name;
        int flag;
    } kinds[] = {{"user namespace", CLONE_NEWUSER},  {"mount namespace", CLONE_NEWNS},
                 {"process namespace", CLONE_NEWPID}, {"network namespace", CLONE_NEWNET},
                 {"host name's namespace", CLONE_NEWUTS}, {"IPC namespace", CLONE_NEWIPC},
                 {"cgroup namespace", CLONE_NEWCGROUP}};
    for (size_t index = 0; index < sizeof kinds / sizeof *kinds; index++) way(kinds[index].name, unshare(kinds[index].flag));
    int status;
    way("clone with a user namespace", in_child(clone_namespace, &status));
    way("clone3 with a user namespace", in_child(clone3_namespace, &status));
}

static void try_sockets(void) {
    static const struct {
        const char *name;
        int family, type, protocol;
    } kinds[] = {
        {"AF_PACKET", AF_PACKET, SOCK_RAW, 0},          {"SOCK_PACKET", AF_INET, SOCK_PACKET, 0},
        {"AF_VSOCK", AF_VSOCK, SOCK_STREAM, 0},         {"AF_ALG", AF_ALG, SOCK_SEQPACKET, 0},
        {"AF_KEY", AF_KEY, SOCK_RAW, 2},                {"AF_BLUETOOTH", AF_BLUETOOTH, SOCK_RAW, 1},
        {"NETLINK_AUDIT", AF_NETLINK, SOCK_RAW, 9},     {"NETLINK_KOBJECT_UEVENT", AF_NETLINK, SOCK_RAW, 15},
        {"NETLINK_GENERIC", AF_NETLINK, SOCK_RAW, 16},  {"NETLINK_NETFILTER", AF_NETLINK, SOCK_RAW, 12},
    };
    for (size_t index = 0; index < sizeof kinds / sizeof *kinds; index++)
        way(kinds[index].name, socket(kinds[index].family, kinds[index].type, kinds[index].protocol));
    if (!has(CAP_NET_RAW)) {
        way("a raw socket", socket(AF_INET, SOCK_RAW, IPPROTO_ICMP));
        way("a raw IPv6 socket", socket(AF_INET6, SOCK_RAW, IPPROTO_ICMPV6));
    }
    way("an interface's flags", set_flags("lo"));
}

static void try_capabilities(void) {
    way("CAP_SYS_ADMIN", take_admin());
    way("CAP_SYS_ADMIN in the bounding set", prctl(PR_CAPBSET_READ, CAP_SYS_ADMIN, 0, 0, 0) == 0 ? -1 : 0);
    if (!has(CAP_SETUID)) way("another user", setresuid(1234, 1234, 1234));
    if (!has(CAP_SETGID)) way("another group", setresgid(1234, 1234, 1234));
    if (!has(CAP_CHOWN) && !has(CAP_SETUID)) way("another's file", chown("/tmp/m", 1234, 1234));
    need("the permitted set", has_set("CapPrm:", expected));
    need("the effective set", has_set("CapEff:", expected));
    need("the bounding set", has_set("CapBnd:", expected));
    need("the inheritable set", has_set("CapInh:", geteuid() == 0 ? 0 : expected));
    need("the ambient set", has_set("CapAmb:", geteuid() == 0 ? 0 : expected));
    need("no new privileges", prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1 ? 0 : -1);
    need("a system call filter", prctl(PR_GET_SECCOMP, 0, 0, 0, 0) == 2 ? 0 : -1);
}

static void try_needs(void) {
    int pair[2];
    need("a thread", start_thread());
    need("port 80", listen_at(80));
    need("a Unix socket", socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
    need("an IPv6 socket", socket(AF_INET6, SOCK_DGRAM, 0));
    need("the list of interfaces", socket(AF_NETLINK, SOCK_RAW, 0));
    need("epoll", epoll_create1(0));
    need("memory for programs", (long)mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == -1 ? -1 : 0);
    need("a file in memory", memfd_create("file", 0));
    need("shared memory", shm_open("/escape", O_RDWR | O_CREAT, 0600));
    need("/dev/null", opened("/dev/null", O_RDWR));
    need("/dev/urandom", readable("/dev/urandom"));
    need("/dev/tty's file", access("/dev/tty", F_OK));
    need("a terminal", opened("/dev/ptmx", O_RDWR));
    need("the processors", readable("/proc/cpuinfo"));
    need("the memory's size", readable("/proc/meminfo"));
    need("a thread's name", prctl(PR_SET_NAME, "escape", 0, 0, 0));
    need("the own user", setresuid(geteuid(), geteuid(), geteuid()));
    need("the own file", chown("/tmp/m", geteuid(), (gid_t)-1));
    need("a named pipe", mkfifo("/tmp/pipe", 0600));
    if (has(CAP_SYS_CHROOT)) need("chroot", chroot("/"));
    if (has(CAP_NET_RAW)) need("a raw socket", socket(AF_INET, SOCK_RAW, IPPROTO_ICMP));
    if (has(CAP_SETUID)) need("another user", setresuid(0, 0, 1234));
}

int main(int count, char **words) {
    expected = count > 1 ? strtoull(words[1], NULL, 16) : 0;
    try_capabilities();
    try_mounts();
    try_devices();
    try_files();
    try_namespaces();
    try_sockets();
    try_needs();
    try_calls();
    if (first == 0) printf("all %d closed\n", place);
    return first > 255 ? 255 : first;
}
