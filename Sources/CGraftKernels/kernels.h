#pragma once

// One version of the function for each instruction set, chosen when the program is loaded.
#if defined(__x86_64__) && defined(__linux__)
#define GRAFT_VECTORISED __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define GRAFT_VECTORISED
#endif
