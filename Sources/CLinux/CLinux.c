#include "CLinux.h"

#include <stdlib.h>

#ifdef __GLIBC__
#include <malloc.h>
#endif

void adyton_allocator_keep(size_t largest_kept_buffer, size_t kept_bytes) {
#ifdef __GLIBC__
    mallopt(M_MMAP_THRESHOLD, (int)largest_kept_buffer);
    mallopt(M_TRIM_THRESHOLD, (int)kept_bytes);
#else
    (void)largest_kept_buffer;
    (void)kept_bytes;
#endif
}
