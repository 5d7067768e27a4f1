#pragma once

// What Linux offers and Swift cannot call by itself: variadic system calls, macros, and structures with a tail.
// No <sys/types.h>: with it Swift would take the threads' types for this module's own.

#include <dirent.h>
#include <stddef.h>
#include <stdint.h>

#include "CLinuxProcess.h"

/// Opens a path that may not leave a folder: openat2(2) with RESOLVE_BENEATH, RESOLVE_NO_SYMLINKS and
/// RESOLVE_NO_MAGICLINKS. Gives a descriptor, or -1 with errno.
int linux_open_beneath(int folder, const char *path, int flags, unsigned int mode);

/// Renames within a folder; where `may_replace` is 0, a file of the new name makes it fail with EEXIST.
int linux_rename(int folder, const char *from, const char *to, int may_replace);

/// Has two names of a folder change what they name, at once.
int linux_exchange(int folder, const char *one, const char *other);

/// The names of a file's extended attributes, each ended by NUL; a link is not followed.
long linux_list_attributes(const char *path, char *names, size_t size);

/// An extended attribute's value; a link is not followed.
long linux_get_attribute(const char *path, const char *name, void *value, size_t size);

/// Sets an extended attribute; links are followed, and so is the name of an open file in /proc.
int linux_set_attribute(const char *path, const char *name, const void *value, size_t size);

/// Sets an extended attribute of an open file.
int linux_set_file_attribute(int file, const char *name, const void *value, size_t size);

/// Has the kernel begin to write an open file to its disk, and does not wait for it.
int linux_start_writing(int file);

/// Makes an empty file in memory: memfd_create(2). Gives a descriptor, or -1 with errno.
int linux_memory_file(const char *name);

/// Makes a file in memory unchangeable for everybody, for ever. Gives 0, or -1 with errno.
int linux_seal_memory_file(int file);

/// O_PATH, which only GNU's own mode of the headers has.
extern const int linux_path_only;

/// The name of a folder's entry, ended by NUL; it lives as long as the entry.
const char *linux_entry_name(const struct dirent *entry);

uint32_t linux_device_major(uint64_t device);
uint32_t linux_device_minor(uint64_t device);
uint64_t linux_make_device(uint32_t major, uint32_t minor);

/// Sets from which size on the allocator maps a buffer of its own, how much free memory it keeps, and how many heaps the
/// threads share; changes numbers inside the allocator only, and does nothing where the C library has no such numbers.
void linux_set_allocator_policy(size_t largest_kept_buffer, size_t kept_bytes, int heaps);

/// Gives the memory back to the system that was freed and that the allocator still holds; does nothing where the C library
/// has no such call.
void linux_return_freed_memory(void);
