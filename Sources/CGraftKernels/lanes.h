// Sixteen numbers side by side. As types of their own they are computed with vector instructions in a debug build, too, where a loop over
// sixteen floats would be a loop over sixteen floats.
#pragma once

#include "kernels.h"

#include <stdint.h>

enum { LANES = 16 };
typedef float lanes __attribute__((ext_vector_type(LANES)));
typedef double wide_lanes __attribute__((ext_vector_type(LANES)));
typedef int32_t lane_bits __attribute__((ext_vector_type(LANES)));
typedef uint32_t lane_words __attribute__((ext_vector_type(LANES)));
typedef uint8_t lane_bytes __attribute__((ext_vector_type(LANES)));

// They are passed by address: as an argument a vector would be bound to one instruction set.
GRAFT_INLINE void graft_load(const float *source, lanes *result) { __builtin_memcpy(result, source, sizeof *result); }
GRAFT_INLINE void graft_store(const lanes *values, float *result) { __builtin_memcpy(result, values, sizeof *values); }

// 1 where a byte is not 0, and else 0.
GRAFT_INLINE void graft_load_mask(const uint8_t *source, lane_bits *result) {
  lane_bytes bytes;
  __builtin_memcpy(&bytes, source, sizeof bytes);
  *result = __builtin_convertvector(bytes, lane_bits) != 0 ? 1 : (lane_bits)0;
}
