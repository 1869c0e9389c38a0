// The functions of the logistic curve for sixteen numbers at once.
#pragma once

#include "elementary.h"

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
