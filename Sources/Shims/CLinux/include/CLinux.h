#pragma once

// Linux interfaces that Swift cannot call directly: variadic system calls, macros, and structures with a flexible array
// member. Unless stated otherwise, functions return -1 with errno on failure. <sys/types.h> is not included: with it
// Swift would attribute the pthread types to this module.

#include <dirent.h>
#include <stddef.h>
#include <stdint.h>

#include "CLinuxProcess.h"

/// Opens a path that must not leave a directory: openat2(2) with RESOLVE_BENEATH, RESOLVE_NO_SYMLINKS and
/// RESOLVE_NO_MAGICLINKS. Returns a descriptor, or -1 with errno.
int linux_open_beneath(int folder, const char *path, int flags, unsigned int mode);

/// Renames a file within a directory; where `may_replace` is 0, it fails with EEXIST if the new name exists.
int linux_rename(int folder, const char *from, const char *to, int may_replace);

/// Exchanges two names in a directory atomically.
int linux_exchange(int folder, const char *one, const char *other);

/// Lists the names of a file's extended attributes, each ended by NUL; symbolic links are not followed.
long linux_list_attributes(const char *path, char *names, size_t size);

/// Reads an extended attribute's value; symbolic links are not followed.
long linux_get_attribute(const char *path, const char *name, void *value, size_t size);

/// Sets an extended attribute; symbolic links are followed, including those of open files in /proc.
int linux_set_attribute(const char *path, const char *name, const void *value, size_t size);

/// Sets an extended attribute of an open file.
int linux_set_file_attribute(int file, const char *name, const void *value, size_t size);

/// Starts writeback of an open file without waiting for it.
int linux_start_writing(int file);

/// Creates an empty file in memory: memfd_create(2). Returns a descriptor, or -1 with errno.
int linux_memory_file(const char *name);

/// Seals a file in memory permanently against changes by any process. Returns 0, or -1 with errno.
int linux_seal_memory_file(int file);

/// O_PATH, which the headers define with _GNU_SOURCE only.
extern const int linux_path_only;

/// The name of a directory entry, ended by NUL; valid as long as the entry.
const char *linux_entry_name(const struct dirent *entry);

uint32_t linux_device_major(uint64_t device);
uint32_t linux_device_minor(uint64_t device);
uint64_t linux_make_device(uint32_t major, uint32_t minor);

/// Sets the size from which the allocator maps a buffer separately, how much free memory it keeps, and how many arenas
/// the threads share. It changes allocator parameters only, and does nothing where the C library has none.
void linux_set_allocator_policy(size_t largest_kept_buffer, size_t kept_bytes, int heaps);

/// Returns freed memory that the allocator still holds to the system; does nothing where the C library has no such
/// call.
void linux_return_freed_memory(void);
