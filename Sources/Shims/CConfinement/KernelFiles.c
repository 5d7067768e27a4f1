#define _GNU_SOURCE
#include "CConfinement.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>

// Entries that describe the kernel's memory and addresses, its keys, or the machine's hardware: no service reads them.
static const char *const hidden[] = {
    "acpi",       "allocinfo", "asound",     "iomem",       "ioports",     "kallsyms",    "kcore",
    "key-users",  "keys",      "kmsg",       "kpagecgroup", "kpagecount",  "kpageflags",  "latency_stats",
    "sched_debug", "scsi",     "slabinfo",   "timer_list",  "vmallocinfo",
};

static int is_hidden(const char *name) {
    for (size_t index = 0; index < sizeof hidden / sizeof *hidden; index++)
        if (strcmp(name, hidden[index]) == 0) return 1;
    return 0;
}

static const unsigned long flags = MS_NOSUID | MS_NODEV | MS_NOEXEC;

static int seal(const char *path, const char *name, const struct stat *status, const char *null_file) {
    const int is_folder = S_ISDIR(status->st_mode);
    if (is_hidden(name)) {
        if (is_folder) return mount("tmpfs", path, "tmpfs", flags | MS_RDONLY, "size=4k,nr_inodes=2,mode=0555");
        return mount(null_file, path, NULL, MS_BIND, NULL);
    }
    // What nobody may write to is as safe without a mount of its own.
    if (!is_folder && (status->st_mode & 0222) == 0) return 0;
    if (mount(path, path, NULL, MS_BIND | MS_REC, NULL) != 0) return -1;
    return mount(NULL, path, NULL, MS_BIND | MS_REMOUNT | MS_RDONLY | flags, NULL);
}

int confinement_seal_proc(const char *folder, const char *null_file, char entry[64]) {
    entry[0] = 0;
    DIR *stream = opendir(folder);
    if (stream == NULL) return -1;
    int result = 0;
    struct dirent *found;
    while (result == 0 && (errno = 0, found = readdir(stream)) != NULL) {
        // The processes' own directories stay as they are: the kernel checks who may change what in them.
        if (found->d_name[0] == '.' || isdigit((unsigned char)found->d_name[0])) continue;
        char path[512];
        struct stat status;
        snprintf(entry, 64, "%.63s", found->d_name);
        snprintf(path, sizeof path, "%s/%s", folder, found->d_name);
        if (lstat(path, &status) != 0) result = -1;
        else if (!S_ISLNK(status.st_mode)) result = seal(path, found->d_name, &status, null_file);
    }
    int saved = errno;
    closedir(stream);
    errno = saved;
    return result != 0 || saved != 0 ? -1 : 0;
}
