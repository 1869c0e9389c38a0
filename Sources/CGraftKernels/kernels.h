#pragma once

#include <stdint.h>

// One version of the function for each instruction set, chosen when the program is loaded. A program that compiles the versions one by
// one defines it as nothing.
#ifdef GRAFT_VECTORISED
#elif defined(__x86_64__) && defined(__linux__)
#define GRAFT_VECTORISED __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define GRAFT_VECTORISED
#endif

#define GRAFT_INLINE static inline __attribute__((always_inline))

GRAFT_INLINE int64_t rounded_up(int64_t count, int64_t step) { return (count + step - 1) / step * step; }

// Long rows of numbers are worked on in parts of one length; what each part does must not depend on the others.
#define GRAFT_PART 65536
void graft_parallel_parts(int64_t count, void (*body)(int64_t first, int64_t count, const void *context), const void *context);
