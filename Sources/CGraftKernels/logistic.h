// The functions of the logistic curve for sixteen numbers at once, without calls into the C library's mathematics.
#pragma once

#include "kernels.h"

#include <stdint.h>

// Sixteen numbers side by side. As types of their own they are computed with vector instructions in a debug build, too, where a loop over
// sixteen floats would be a loop over sixteen floats.
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

// e to the power of -|x|, within 1.2e-7 of itself; beyond 87 it stays at e^-87, about 1e-38. As in Cephes' expf, -|x| is split into
// n·log 2 + r, and a polynomial gives e^r.
GRAFT_INLINE void graft_exp_of_minus_magnitude(const lanes *number, lanes *result) {
  // Adding 1.5·2^23 rounds to an integer, which then stands in the lowest bits.
  const float magic = 12582912.0f;
  lanes x = -__builtin_elementwise_abs(*number);
  x = x < -87.0f ? (lanes)-87.0f : x;
  lanes shifted = x * 1.44269504f + magic;
  lanes n = shifted - magic;
  lanes r = x - n * 0.693359375f + n * 2.12194440e-4f;
  lanes p = 1.9875691500e-4f;
  p = p * r + 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 5.0000001201e-1f;
  p = p * r * r + r + 1;
  lane_words power = ((lane_words)shifted + 127) << 23;
  *result = p * (lanes)power;
}

// log(1 + e) for 0 <= e <= 1, within 1.6e-7 of itself: e times a polynomial, whose coefficients make the largest relative error as
// small as nine of them can (fitted by iteratively reweighted least squares at Chebyshev nodes).
GRAFT_INLINE void graft_log_of_one_plus(const lanes *power, lanes *result) {
  lanes e = *power, p = -3.2440212e-3f;
  p = p * e + 1.98514443e-2f;
  p = p * e - 5.69594987e-2f;
  p = p * e + 1.06036514e-1f;
  p = p * e - 1.53055906e-1f;
  p = p * e + 1.96759388e-1f;
  p = p * e - 2.49541342e-1f;
  p = p * e + 3.33299637e-1f;
  p = p * e - 4.99999017e-1f;
  *result = (p * e + 1) * e;
}

// log x for x >= 1, within 2e-7 of log 2 or of itself: the exponent is a multiple of log 2, and the rest lies between 1 and 2. What is
// not finite becomes what is not a number.
GRAFT_INLINE void graft_log_from_one(const lanes *number, lanes *result) {
  lane_words bits = (lane_words)*number, rest = (bits & 0x7fffff) | 0x3f800000;
  lanes exponent = __builtin_convertvector((lane_bits)(bits >> 23) - 127, lanes), above = (lanes)rest - 1, logarithm;
  graft_log_of_one_plus(&above, &logarithm);
  *result = exponent * 0.693147181f + logarithm + (*number - *number);
}

// 1 / (1 + e^-x), given e^-|x|.
GRAFT_INLINE void graft_sigmoid_from(const lanes *x, const lanes *power, lanes *result) {
  lanes e = *power;
  *result = (*x >= 0 ? (lanes)1 : e) / (1 + e);
}

// The cross entropy of logits is `linear` + log(1 + `power`), with a power from 0 to 1: where many are added up, one logarithm of a
// product does. `slopes` is the derivative by the logits.
GRAFT_INLINE void graft_cross_entropy_terms(const lanes *logits, const lanes *targets, lanes *linear, lanes *power,
                                            lanes *slopes) {
  lanes x = *logits, probability;
  graft_exp_of_minus_magnitude(&x, power);
  graft_sigmoid_from(&x, power, &probability);
  *slopes = probability - *targets;
  *linear = (x > 0 ? x : 0) - x * *targets;
}

// The cross entropy of logits, and its derivative by them.
GRAFT_INLINE void graft_cross_entropy_of_logits(const lanes *logits, const lanes *targets, lanes *losses, lanes *slopes) {
  lanes linear, power, logarithm;
  graft_cross_entropy_terms(logits, targets, &linear, &power, slopes);
  graft_log_of_one_plus(&power, &logarithm);
  *losses = linear + logarithm;
}
