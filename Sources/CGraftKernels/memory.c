#include "graft_kernels.h"

#include <stdlib.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif

void graft_return_free_memory(void) {
#ifdef __GLIBC__
  malloc_trim(0);
#endif
}

void graft_keep_freed_memory(void) {
#ifdef __GLIBC__
  // glibc keeps twice as much at the end of its heap as the largest block that it has mapped and unmapped, of 128 KiB at first:
  // less than a small picture takes, so that each would be decoded into pages that are new to the process. A block of some
  // megabytes, which is never touched, teaches it; programs that set M_TRIM_THRESHOLD keep what they have set.
  void *volatile block = malloc(4 << 20);
  free(block);
#endif
}
