#define _GNU_SOURCE
#include "CConfinement.h"

#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static int set_capabilities(uint64_t capabilities, uint64_t inheritable) {
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct sets[2];
    for (int half = 0; half < 2; half++) {
        sets[half].effective = sets[half].permitted = (uint32_t)(capabilities >> (32 * half));
        sets[half].inheritable = (uint32_t)(inheritable >> (32 * half));
    }
    return (int)syscall(SYS_capset, &header, sets);
}

int confinement_take_identity(const struct confinement *wanted) {
    if (!wanted->keeps_groups && setgroups(0, NULL) != 0) return -1;
    if (setresgid(wanted->group, wanted->group, wanted->group) != 0) return -1;
    for (int number = 0; number < 64; number++) {
        if (wanted->capabilities >> number & 1) continue;
        // The kernel knows fewer than 64.
        if (prctl(PR_CAPBSET_DROP, number, 0, 0, 0) != 0 && errno != EINVAL) return -1;
    }
    // Root's programs get what the bounding set has. Another user's programs get the ambient set, which has to be
    // inheritable, too.
    const uint64_t ambient = wanted->user == 0 ? 0 : wanted->capabilities;
    if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) != 0) return -1;
    if (ambient != 0 && prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) != 0) return -1;
    if (setresuid(wanted->user, wanted->user, wanted->user) != 0) return -1;
    if (set_capabilities(wanted->capabilities, ambient) != 0) return -1;
    for (int number = 0; number < 64; number++) {
        if (ambient >> number & 1 && prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, number, 0, 0) != 0) return -1;
    }
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}
