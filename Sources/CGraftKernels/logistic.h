// The functions of the logistic curve in a form that compilers turn into vector code: calls into the C library's
// mathematics would keep a loop from it.
#pragma once

#include <stdint.h>
#include <string.h>

#define GRAFT_INLINE static inline __attribute__((always_inline))

// e to the power of x for x <= 0, within 1.2e-7 of itself; below -87 it stays at e^-87, about 1e-38. As in Cephes' expf, x is
// split into n·log 2 + r, and a polynomial gives e^r.
GRAFT_INLINE float graft_exp_of_negative(float x) {
  // Adding 1.5·2^23 rounds to an integer, which then stands in the lowest bits.
  const float magic = 12582912.0f;
  x = x < -87.0f ? -87.0f : x;
  float shifted = x * 1.44269504f + magic;
  float n = shifted - magic;
  float r = x - n * 0.693359375f + n * 2.12194440e-4f;
  float p = 1.9875691500e-4f;
  p = p * r + 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 5.0000001201e-1f;
  p = p * r * r + r + 1;
  uint32_t bits;
  memcpy(&bits, &shifted, sizeof bits);
  bits = (bits + 127) << 23;
  float power;
  memcpy(&power, &bits, sizeof power);
  return p * power;
}

// log(1 + e) for 0 <= e <= 1, within 1.6e-7 of itself: e times a polynomial, whose coefficients make the largest relative error as
// small as nine of them can (fitted by iteratively reweighted least squares at Chebyshev nodes).
GRAFT_INLINE float graft_log_of_one_plus(float e) {
  float p = -3.2440212e-3f;
  p = p * e + 1.98514443e-2f;
  p = p * e - 5.69594987e-2f;
  p = p * e + 1.06036514e-1f;
  p = p * e - 1.53055906e-1f;
  p = p * e + 1.96759388e-1f;
  p = p * e - 2.49541342e-1f;
  p = p * e + 3.33299637e-1f;
  p = p * e - 4.99999017e-1f;
  return (p * e + 1) * e;
}

// 1 / (1 + e^-x), given e^-|x|.
GRAFT_INLINE float graft_sigmoid_from(float x, float e) { return (x >= 0 ? 1 : e) / (1 + e); }
