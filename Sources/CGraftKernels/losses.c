#include "graft_kernels.h"
#include "kernels.h"
#include "logistic.h"

#include <math.h>
#include <string.h>

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

// The targets are shares of the foreground, or bytes that are not 0 where it is.
typedef struct {
  const float *shares;
  const uint8_t *bytes;
} target_values;

GRAFT_INLINE void add_cross_entropy(const float *logits, target_values targets, float scale, lanes *losses, lanes *slopes) {
  lanes x, target;
  graft_load(logits, &x);
  if (targets.bytes) {
    lane_bits foreground;
    graft_load_mask(targets.bytes, &foreground);
    target = __builtin_convertvector(foreground, lanes);
  } else {
    graft_load(targets.shares, &target);
  }
  graft_cross_entropy_of_logits(&x, &target, losses, slopes);
  *slopes *= scale;
}

GRAFT_INLINE double sum_cross_entropy(int64_t count, const float *logits, target_values targets, float scale,
                                      float *restrict gradients) {
  // Sums side by side: one addition need not wait for the one before.
  wide_lanes partial = 0;
  lanes losses, slopes;
  int64_t i = 0;
  for (; i + LANES <= count; i += LANES) {
    target_values own = {targets.shares ? targets.shares + i : NULL, targets.bytes ? targets.bytes + i : NULL};
    add_cross_entropy(logits + i, own, scale, &losses, &slopes);
    partial += __builtin_convertvector(losses, wide_lanes);
    if (gradients) graft_store(&slopes, gradients + i);
  }
  double total = 0;
  if (i < count) {
    float last_logits[LANES] = {0}, last_shares[LANES] = {0};
    uint8_t last_bytes[LANES] = {0};
    memcpy(last_logits, logits + i, sizeof *logits * (count - i));
    if (targets.shares) memcpy(last_shares, targets.shares + i, sizeof *last_shares * (count - i));
    if (targets.bytes) memcpy(last_bytes, targets.bytes + i, count - i);
    target_values own = {targets.shares ? last_shares : NULL, targets.bytes ? last_bytes : NULL};
    add_cross_entropy(last_logits, own, scale, &losses, &slopes);
    for (int lane = 0; i + lane < count; lane++) {
      total += losses[lane];
      if (gradients) gradients[i + lane] = slopes[lane];
    }
  }
  for (int lane = 0; lane < LANES; lane++) total += partial[lane];
  return total;
}

GRAFT_VECTORISED
static double cross_entropy_of_shares(int64_t count, const float *logits, const float *targets, float scale,
                                      float *restrict gradients) {
  return sum_cross_entropy(count, logits, (target_values){targets, NULL}, scale, gradients);
}

GRAFT_VECTORISED
static double cross_entropy_of_bytes(int64_t count, const float *logits, const uint8_t *targets, float scale,
                                     float *restrict gradients) {
  return sum_cross_entropy(count, logits, (target_values){NULL, targets}, scale, gradients);
}

// Parts of one length, whatever the number of threads: the sum is always added up in the same order.
typedef struct {
  int64_t count;
  const float *logits, *shares;
  const uint8_t *bytes;
  float scale;
  float *gradients;
  double *sums;
} cross_entropy_work;

static void cross_entropy_of_part(int64_t first, int64_t count, const void *context) {
  const cross_entropy_work *work = context;
  float *gradients = work->gradients ? work->gradients + first : NULL;
  const float *logits = work->logits + first;
  work->sums[first / GRAFT_PART] = work->bytes
                                       ? cross_entropy_of_bytes(count, logits, work->bytes + first, work->scale, gradients)
                                       : cross_entropy_of_shares(count, logits, work->shares + first, work->scale, gradients);
}

// So many sums are kept at a time, enough for every thread to be busy.
#define PARTS_AT_ONCE 256

static double cross_entropy(cross_entropy_work work) {
  double sums[PARTS_AT_ONCE], total = 0;
  int64_t rest = work.count;
  work.sums = sums;
  while (rest > 0) {
    work.count = rest < PARTS_AT_ONCE * GRAFT_PART ? rest : PARTS_AT_ONCE * GRAFT_PART;
    graft_parallel_parts(work.count, cross_entropy_of_part, &work);
    for (int64_t part = 0; part * GRAFT_PART < work.count; part++) total += sums[part];
    rest -= work.count;
    work.logits += work.count;
    if (work.shares) work.shares += work.count;
    if (work.bytes) work.bytes += work.count;
    if (work.gradients) work.gradients += work.count;
  }
  return total;
}

double graft_sigmoid_cross_entropy(int64_t count, const float *logits, const float *targets, float scale,
                                   float *gradients) {
  return cross_entropy((cross_entropy_work){count, logits, targets, NULL, scale, gradients, NULL});
}

double graft_sigmoid_cross_entropy_bytes(int64_t count, const float *logits, const uint8_t *targets, float scale,
                                         float *gradients) {
  return cross_entropy((cross_entropy_work){count, logits, NULL, targets, scale, gradients, NULL});
}

double graft_softmax_cross_entropy(int64_t rows, int64_t classes, const float *logits, const float *targets, float scale,
                                   float *gradients) {
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
    total += loss;
  }
  return total;
}

// Keras' bounds of a probability, as float32 has them: the upper one is 1 - 2^-23.
#define LEAST_PROBABILITY 1e-7f
#define GREATEST_PROBABILITY (1.0f - 1e-7f)

GRAFT_INLINE int out_of_bounds(double probability) {
  return probability < LEAST_PROBABILITY || probability > GREATEST_PROBABILITY;
}

// Not-a-number stays so.
GRAFT_INLINE double held_within_bounds(double probability) {
  if (probability < LEAST_PROBABILITY) return LEAST_PROBABILITY;
  return probability > GREATEST_PROBABILITY ? GREATEST_PROBABILITY : probability;
}

double graft_binary_cross_entropy(int64_t count, const float *probabilities, const float *targets, float epsilon,
                                  float scale, float *gradients) {
  double total = 0;
  for (int64_t i = 0; i < count; i++) {
    double held = held_within_bounds(probabilities[i]), target = targets[i];
    double chance = held + epsilon, opposite = 1 - held + epsilon;
    total -= target * log(chance) + (1 - target) * log(opposite);
    if (gradients)
      gradients[i] = out_of_bounds(probabilities[i])
                         ? 0
                         : (float)(scale * ((1 - target) / opposite - target / chance));
  }
  return total;
}

double graft_categorical_cross_entropy(int64_t rows, int64_t classes, const float *probabilities, const float *targets,
                                       float scale, float *gradients) {
  double total = 0;
  for (int64_t row = 0; row < rows; row++, probabilities += classes, targets += classes) {
    double sum = 0, mass = 0;
    for (int64_t i = 0; i < classes; i++) sum += probabilities[i];
    for (int64_t i = 0; i < classes; i++) {
      double share = probabilities[i] / sum;
      if (targets[i] != 0 || share != share) total -= targets[i] * log(held_within_bounds(share));
      if (!out_of_bounds(share)) mass += targets[i];
    }
    // The derivative by a share is -t / share; the shares' own sum makes each probability lower the others.
    if (gradients)
      for (int64_t i = 0; i < classes; i++) {
        double share = probabilities[i] / sum;
        double own = targets[i] == 0 || out_of_bounds(share) ? 0 : targets[i] / share;
        gradients[row * classes + i] = (float)(scale * (mass - own) / sum);
      }
  }
  return total;
}

double graft_squared_error(int64_t count, const float *predictions, const float *targets, float scale,
                           float *gradients) {
  double total = 0;
  for (int64_t i = 0; i < count; i++) {
    double difference = (double)predictions[i] - targets[i];
    total += difference * difference;
    if (gradients) gradients[i] = (float)(scale * 2 * difference);
  }
  return total;
}

// (1 - p)^gamma (-log p) of p = sigmoid(x), and its derivative by x.
GRAFT_INLINE double focal(double x, double gamma, double *slope) {
  double e = exp(-fabs(x));
  double p = (x >= 0 ? 1 : e) / (1 + e), rest = (x >= 0 ? e : 1) / (1 + e);
  double cost = (x < 0 ? -x : 0) + log1p(e);
  double factor = pow(rest, gamma);
  *slope = -factor * (gamma * p * cost + rest);
  return factor * cost;
}

double graft_sigmoid_focal_loss(int64_t count, const float *logits, const float *targets, double gamma, double alpha,
                                double beta, float scale, float *gradients) {
  double total = 0;
  for (int64_t i = 0; i < count; i++) {
    double rising, falling, target = targets[i];
    double foreground = focal(logits[i], gamma, &falling), background = focal(-(double)logits[i], gamma, &rising);
    total += target * alpha * foreground + (1 - target) * beta * background;
    if (gradients) gradients[i] = (float)(scale * (target * alpha * falling - (1 - target) * beta * rising));
  }
  return total;
}

double graft_softmax_focal_loss(int64_t rows, int64_t classes, const float *logits, const int32_t *labels,
                                const float *weights, double gamma, float scale, float *gradients) {
  double total = 0;
  for (int64_t row = 0; row < rows; row++, logits += classes) {
    float *slopes = gradients ? gradients + row * classes : NULL;
    int32_t label = labels[row];
    if (label < 0) {
      if (slopes) memset(slopes, 0, sizeof *slopes * classes);
      continue;
    }
    float largest = -INFINITY;
    for (int64_t i = 0; i < classes; i++) largest = fmaxf(largest, logits[i]);
    double sum = 0, others = 0;
    for (int64_t i = 0; i < classes; i++) {
      double power = exp((double)logits[i] - largest);
      sum += power;
      if (i != label) others += power;
      if (slopes) slopes[i] = (float)power;
    }
    double cost = log(sum) + largest - logits[label];
    // Added up, not subtracted from 1: a sure prediction has a rest that 1 - p would round away.
    double rest = others / sum, weight = weights ? weights[label] : 1;
    double factor = gamma == 0 ? 1 : pow(rest, gamma);
    total += weight * factor * cost;
    if (!slopes) continue;
    // Where nothing is left, its power below 0 would be infinite, and the product's limit is 0.
    double bend = gamma == 0 || rest == 0 ? 0 : gamma * pow(rest, gamma - 1) * (1 - rest) * cost;
    double steepness = scale * weight * (factor + bend);
    for (int64_t i = 0; i < classes; i++) slopes[i] = (float)(steepness * slopes[i] / sum);
    slopes[label] = (float)(-steepness * rest);
  }
  return total;
}
