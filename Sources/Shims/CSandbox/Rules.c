#define _GNU_SOURCE
#include "CSandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

// Landlock's interface (Documentation/userspace-api/landlock.rst), which is newer than the headers of some build
// systems; access rights by the ABI version that introduced them.
#define CREATE_RULESET 444
#define ADD_RULE 445
#define RESTRICT_SELF 446

struct ruleset {
    uint64_t files, network;
};
struct __attribute__((packed)) path_rule {
    uint64_t allowed;
    int32_t folder;
};
struct port_rule {
    uint64_t allowed, port;
};

enum {
    right_execute = 1 << 0,
    right_write_file = 1 << 1,
    right_read_file = 1 << 2,
    right_read_folder = 1 << 3,
    rights_version_1 = (1 << 13) - 1,
    rights_version_2 = (1 << 14) - 1,
    rights_version_3 = (1 << 15) - 1,
    rights_version_5 = (1 << 16) - 1,
    right_bind = 1 << 0,
};

int sandbox_rules_version(void) {
    int version = (int)syscall(CREATE_RULESET, NULL, 0, 1u);
    return version < 0 ? 0 : version;
}

static uint64_t rights(int version) {
    if (version >= 5) return rights_version_5;
    if (version >= 3) return rights_version_3;
    return version == 2 ? rights_version_2 : rights_version_1;
}

static int allow(int rules, const char *path, uint64_t allowed) {
    int folder = open(path, O_PATH | O_CLOEXEC);
    if (folder < 0) return -1;
    struct path_rule rule = {.allowed = allowed, .folder = folder};
    int result = (int)syscall(ADD_RULE, rules, 1, &rule, 0u);
    int saved = errno;
    close(folder);
    errno = saved;
    return result;
}

int sandbox_make_rules(const char *const *writable, size_t writable_count, const uint16_t *ports, size_t port_count,
                       int limits_ports) {
    int version = sandbox_rules_version();
    if (version == 0) {
        errno = EOPNOTSUPP;
        return -1;
    }
    const int with_ports = limits_ports && version >= 4;
    struct ruleset handled = {.files = rights(version), .network = with_ports ? right_bind : 0};
    int rules = (int)syscall(CREATE_RULESET, &handled, version >= 4 ? sizeof handled : sizeof handled.files, 0u);
    if (rules < 0) return -1;
    int failed = allow(rules, "/", right_execute | right_read_file | right_read_folder) != 0;
    for (size_t index = 0; index < writable_count && !failed; index++) {
        failed = allow(rules, writable[index], handled.files) != 0;
    }
    for (size_t index = 0; index < port_count && with_ports && !failed; index++) {
        struct port_rule rule = {.allowed = right_bind, .port = ports[index]};
        failed = syscall(ADD_RULE, rules, 2, &rule, 0u) != 0;
    }
    if (!failed) return rules;
    int saved = errno;
    close(rules);
    errno = saved;
    return -1;
}

int sandbox_apply_rules(int rules) { return (int)syscall(RESTRICT_SELF, rules, 0u); }
