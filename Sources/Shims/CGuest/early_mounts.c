// Mounts /proc, /dev and /sys before Swift's runtime starts. The runtime opens /proc and reads random numbers from /dev
// at start; without them it aborts, or seeds its hashing with predictable values.

#include <errno.h>
#include <fcntl.h>
#include <sys/mount.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

__attribute__((constructor(101))) static void guest_mount_early(void) {
    // A test may run as process 1 of a container, which has no such directory.
    if (getpid() != 1 || access("/adyton", F_OK) != 0) return;
    mkdir("/proc", 0755);
    mkdir("/dev", 0755);
    mkdir("/sys", 0755);
    mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL);
    mount("devtmpfs", "/dev", "devtmpfs", MS_NOSUID | MS_NOEXEC, "mode=0755");
    mount("sysfs", "/sys", "sysfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL);
    // The kernel found no console before /dev existed; where it did, its descriptors stay.
    int null_file = open("/dev/null", O_RDWR);
    while (null_file >= 0 && null_file < 2) null_file = dup(null_file);
    if (null_file > 2) close(null_file);
    // Swift seeds its hashing next: wait until the kernel's random number generator is initialized.
    char byte;
    while (getrandom(&byte, 1, 0) < 0 && errno == EINTR) {
    }
}
