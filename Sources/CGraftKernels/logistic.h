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

// log(1 + e) for 0 <= e <= 1, as 2 artanh(e / (2 + e)): the argument is at most 1/3, where eight terms suffice.
GRAFT_INLINE float graft_log_of_one_plus(float e) {
  float s = e / (2 + e), q = s * s;
  float p = 2.0f / 15;
  p = p * q + 2.0f / 13;
  p = p * q + 2.0f / 11;
  p = p * q + 2.0f / 9;
  p = p * q + 2.0f / 7;
  p = p * q + 2.0f / 5;
  p = p * q + 2.0f / 3;
  return (p * q + 2) * s;
}

// 1 / (1 + e^-x), given e^-|x|.
GRAFT_INLINE float graft_sigmoid_from(float x, float e) { return (x >= 0 ? 1 : e) / (1 + e); }
