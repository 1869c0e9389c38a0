// The exponential function and the logarithm for sixteen numbers at once, without calls into the C library's mathematics: right to about
// one unit in the last place for every float, subnormal ones, infinities and what is not a number included.
// scripts/check-elementary-functions compares them with the C library, in each instruction set.
#pragma once

#include "lanes.h"

#include <math.h>

// 2^n for -126 <= n <= 127.
GRAFT_INLINE void graft_power_of_two(const lane_bits *exponent, lanes *result) {
  *result = (lanes)(((lane_words)*exponent + 127) << 23);
}

// x = n·log 2 + r as in Cephes' expf, for -104 <= x <= 89: n, and e^r by a polynomial.
GRAFT_INLINE void graft_split_exp(const lanes *number, lane_bits *exponent, lanes *rest) {
  // Adding 1.5·2^23 rounds to an integer, which then stands in the lowest bits.
  const float magic = 12582912.0f;
  const int32_t magic_bits = 0x4b400000;
  lanes x = *number;
  lanes shifted = x * 1.44269504f + magic;
  lanes n = shifted - magic;
  lanes r = x - n * 0.693359375f + n * 2.12194440e-4f;
  lanes p = 1.9875691500e-4f;
  p = p * r + 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 5.0000001201e-1f;
  *rest = p * r * r + r + 1;
  *exponent = (lane_bits)shifted - magic_bits;
}

// e^x, multiplied by powers of two that are neither infinite nor subnormal, so that a result that is subnormal is rounded once.
GRAFT_INLINE void graft_exp(const lanes *number, lanes *result) {
  // Below the lower bound it is 0, above the upper one infinite. A comparison leaves what is not a number as it is.
  lanes x = *number, p, first, second;
  lane_bits n;
  x = x < -104.0f ? (lanes)-104.0f : x;
  x = x > 89.0f ? (lanes)89.0f : x;
  graft_split_exp(&x, &n, &p);
  lane_bits half = n >> 1, other = n - half;
  graft_power_of_two(&half, &first);
  graft_power_of_two(&other, &second);
  *result = p * first * second;
}

// e to the power of -|x|, in the same way.
GRAFT_INLINE void graft_exp_of_minus_magnitude(const lanes *number, lanes *result) {
  lanes x = -__builtin_elementwise_abs(*number), p, power;
  lane_bits n;
  x = x < -104.0f ? (lanes)-104.0f : x;
  graft_split_exp(&x, &n, &p);
  n += 24;
  graft_power_of_two(&n, &power);
  *result = p * power * 0x1p-24f;
}

// log x: -infinity of 0, and not a number below it. As in Cephes' logf, x is 2^n times a number from sqrt(1/2) to sqrt(2), whose
// logarithm a polynomial gives; that of 1 is 0.
GRAFT_INLINE void graft_log(const lanes *number, lanes *result) {
  const uint32_t root_of_a_half = 0x3f3504f3;
  lanes x = *number;
  lane_bits is_subnormal = x < 0x1p-126f;
  lane_words bits = (lane_words)(is_subnormal ? x * 0x1p23f : x);
  lane_bits exponent = (lane_bits)(bits - root_of_a_half) >> 23;
  lanes f = (lanes)(bits - ((lane_words)exponent << 23)) - 1;
  lanes n = __builtin_convertvector(exponent, lanes) - (is_subnormal ? (lanes)23 : (lanes)0);
  lanes p = 7.0376836292e-2f;
  p = p * f - 1.1514610310e-1f;
  p = p * f + 1.1676998740e-1f;
  p = p * f - 1.2420140846e-1f;
  p = p * f + 1.4249322787e-1f;
  p = p * f - 1.6668057665e-1f;
  p = p * f + 2.0000714765e-1f;
  p = p * f - 2.4999993993e-1f;
  p = p * f + 3.3333331174e-1f;
  lanes square = f * f;
  lanes rest = p * f * square - n * 2.12194440e-4f - 0.5f * square;
  lanes logarithm = f + rest + n * 0.693359375f;
  logarithm = x > 0 ? logarithm : (x == 0 ? (lanes)-INFINITY : (lanes)NAN);
  *result = x == INFINITY ? x : logarithm;
}
