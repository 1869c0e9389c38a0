#include "graft_kernels.h"
#include "kernels.h"

#define COMPARE(operator, type)                                                                          \
  for (int64_t i = 0; i < count; i++) result[i] = (type)left[i] operator (type)right[i] ? 1 : 0; \
  return

// `type` holds the numbers of both sides exactly.
#define COMPARISON(name, left_type, right_type, type)                                                       \
  GRAFT_VECTORISED                                                                                          \
  void name(graft_comparison comparison, int64_t count, const left_type *left, const right_type *right,     \
            float *restrict result) {                                                                       \
    switch (comparison) {                                                                                   \
      case GRAFT_EQUAL: COMPARE(==, type);                                                                  \
      case GRAFT_NOT_EQUAL: COMPARE(!=, type);                                                              \
      case GRAFT_LESS: COMPARE(<, type);                                                                    \
      case GRAFT_LESS_OR_EQUAL: COMPARE(<=, type);                                                          \
    }                                                                                                       \
  }

COMPARISON(graft_compare, float, float, float)
COMPARISON(graft_compare_integers, int32_t, int32_t, int32_t)
COMPARISON(graft_compare_integers_with_floats, int32_t, float, double)
COMPARISON(graft_compare_floats_with_integers, float, int32_t, double)
