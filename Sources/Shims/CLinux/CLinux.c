#define _GNU_SOURCE
#include "CLinux.h"

#include <fcntl.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif
#include <stdio.h>
#include <linux/openat2.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

int linux_open_beneath(int folder, const char *path, int flags, unsigned int mode) {
    struct open_how how = {
        .flags = (uint64_t)(unsigned int)flags,
        .mode = mode,
        .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS,
    };
    return (int)syscall(SYS_openat2, folder, path, &how, sizeof how);
}

int linux_rename(int folder, const char *from, const char *to, int may_replace) {
    return renameat2(folder, from, folder, to, may_replace ? 0 : RENAME_NOREPLACE);
}

int linux_exchange(int folder, const char *one, const char *other) {
    return renameat2(folder, one, folder, other, RENAME_EXCHANGE);
}

int linux_start_writing(int file) { return sync_file_range(file, 0, 0, SYNC_FILE_RANGE_WRITE); }

int linux_memory_file(const char *name) { return memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING); }

int linux_seal_memory_file(int file) {
    return fcntl(file, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE);
}

ssize_t linux_list_attributes(const char *path, char *names, size_t size) { return llistxattr(path, names, size); }

ssize_t linux_get_attribute(const char *path, const char *name, void *value, size_t size) {
    return lgetxattr(path, name, value, size);
}

int linux_set_attribute(const char *path, const char *name, const void *value, size_t size) {
    return setxattr(path, name, value, size, 0);
}

int linux_set_file_attribute(int file, const char *name, const void *value, size_t size) {
    return fsetxattr(file, name, value, size, 0);
}

const int linux_path_only = O_PATH;

const char *linux_entry_name(const struct dirent *entry) { return entry->d_name; }

uint32_t linux_device_major(uint64_t device) { return major(device); }
uint32_t linux_device_minor(uint64_t device) { return minor(device); }
uint64_t linux_make_device(uint32_t major_number, uint32_t minor_number) {
    return makedev(major_number, minor_number);
}

void linux_set_allocator_policy(size_t largest_kept_buffer, size_t kept_bytes, int heaps) {
#ifdef __GLIBC__
    mallopt(M_MMAP_THRESHOLD, (int)largest_kept_buffer);
    mallopt(M_TRIM_THRESHOLD, (int)kept_bytes);
    mallopt(M_ARENA_MAX, heaps);
#else
    (void)largest_kept_buffer;
    (void)kept_bytes;
    (void)heaps;
#endif
}

void linux_return_freed_memory(void) {
#ifdef __GLIBC__
    malloc_trim(0);
#endif
}
