#include "graft_kernels.h"
#include "kernels.h"

#define COMPARE(operator)                                                              \
  for (int64_t i = 0; i < count; i++) result[i] = left[i] operator right[i] ? 1 : 0; \
  return

GRAFT_VECTORISED
void graft_compare(graft_comparison comparison, int64_t count, const float *left, const float *right,
                   float *restrict result) {
  switch (comparison) {
    case GRAFT_EQUAL: COMPARE(==);
    case GRAFT_NOT_EQUAL: COMPARE(!=);
    case GRAFT_LESS: COMPARE(<);
    case GRAFT_LESS_OR_EQUAL: COMPARE(<=);
  }
}
