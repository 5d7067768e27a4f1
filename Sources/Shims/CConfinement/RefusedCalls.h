#pragma once

// The system calls that no application gets, with their names; shared by the filter and by what names a refused call.

#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>

struct confinement_refused {
    uint16_t call;
    const char *name;
};

extern const struct confinement_refused confinement_refused[];
extern const size_t confinement_refused_count;

/// The highest number of a call that the rules know (mseal of Linux 6.10).
enum { confinement_last_call = 462 };
