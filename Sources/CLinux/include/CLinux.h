// What the system's interface has and Swift's own module of it leaves out.
#pragma once

#include <stddef.h>

/// Sets from which size on the allocator maps a buffer of its own, and how much free memory it keeps.
///
/// Changes numbers inside the allocator only; does nothing where the C library has no such numbers.
void adyton_allocator_keep(size_t largest_kept_buffer, size_t kept_bytes);
