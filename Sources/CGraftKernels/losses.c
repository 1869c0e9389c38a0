#include "graft_kernels.h"
#include "kernels.h"

#include <math.h>

void graft_softmax(int64_t rows, int64_t length, const float *logits, float *probabilities) {
  for (int64_t row = 0; row < rows; row++, logits += length, probabilities += length) {
    float largest = -INFINITY;
    for (int64_t i = 0; i < length; i++) largest = fmaxf(largest, logits[i]);
    double total = 0;
    for (int64_t i = 0; i < length; i++) total += probabilities[i] = expf(logits[i] - largest);
    for (int64_t i = 0; i < length; i++) probabilities[i] = (float)(probabilities[i] / total);
  }
}

void graft_softmax_backward(int64_t rows, int64_t length, const float *probabilities, const float *gradient,
                            float *result) {
  for (int64_t row = 0; row < rows; row++, probabilities += length, gradient += length, result += length) {
    double weighted = 0;
    for (int64_t i = 0; i < length; i++) weighted += (double)probabilities[i] * gradient[i];
    for (int64_t i = 0; i < length; i++) result[i] = (float)(probabilities[i] * (gradient[i] - weighted));
  }
}

static inline float sigmoid_cross_entropy(float x, float target, float scale, float *gradient) {
  float e = expf(-fabsf(x));
  float probability = x >= 0 ? 1 / (1 + e) : e / (1 + e);
  *gradient = scale * (probability - target);
  return fmaxf(x, 0) - x * target + log1pf(e);
}

double graft_sigmoid_cross_entropy(int64_t count, const float *logits, const float *targets, float scale, float *losses,
                                   float *gradients) {
  double total = 0;
  for (int64_t i = 0; i < count; i++) {
    float gradient, loss = sigmoid_cross_entropy(logits[i], targets[i], scale, &gradient);
    if (losses) losses[i] = loss;
    if (gradients) gradients[i] = gradient;
    total += loss;
  }
  return total;
}

double graft_sigmoid_cross_entropy_bytes(int64_t count, const float *logits, const uint8_t *targets, float scale,
                                         float *losses, float *gradients) {
  double total = 0;
  for (int64_t i = 0; i < count; i++) {
    float gradient, loss = sigmoid_cross_entropy(logits[i], targets[i] ? 1 : 0, scale, &gradient);
    if (losses) losses[i] = loss;
    if (gradients) gradients[i] = gradient;
    total += loss;
  }
  return total;
}

double graft_softmax_cross_entropy(int64_t rows, int64_t classes, const float *logits, const float *targets, float scale,
                                   float *losses, float *gradients) {
  double total = 0;
  for (int64_t row = 0; row < rows; row++, logits += classes, targets += classes) {
    float largest = -INFINITY;
    for (int64_t i = 0; i < classes; i++) largest = fmaxf(largest, logits[i]);
    double sum = 0, loss = 0, mass = 0;
    for (int64_t i = 0; i < classes; i++) sum += exp((double)logits[i] - largest);
    double logarithm = log(sum) + largest;
    for (int64_t i = 0; i < classes; i++) {
      if (targets[i] != 0) loss += targets[i] * (logarithm - logits[i]);
      mass += targets[i];
    }
    if (gradients)
      for (int64_t i = 0; i < classes; i++)
        gradients[row * classes + i] = (float)(scale * (exp(logits[i] - logarithm) * mass - targets[i]));
    if (losses) losses[row] = (float)loss;
    total += loss;
  }
  return total;
}
