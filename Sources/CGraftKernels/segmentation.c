#include "graft_kernels.h"
#include "kernels.h"
#include "logistic.h"

#include <string.h>

// The shares of a pixel in the sums, and the sums themselves: side by side, as one addition need not wait for the one before.
typedef struct {
  lane_bits intersection, predicted, truth;
  wide_lanes soft_intersection, soft_predicted;
} overlaps;

GRAFT_INLINE void overlaps_of(const float *values, int are_logits, float threshold, const uint8_t *masks, overlaps *result) {
  lanes value, probability, power;
  graft_load(values, &value);
  probability = value;
  if (are_logits) {
    graft_exp_of_minus_magnitude(&value, &power);
    graft_sigmoid_from(&value, &power, &probability);
  }
  graft_load_mask(masks, &result->truth);
  result->predicted = value >= threshold ? 1 : (lane_bits)0;
  result->intersection = result->truth & result->predicted;
  result->soft_predicted = __builtin_convertvector(probability, wide_lanes);
  probability = result->truth != 0 ? probability : 0;
  result->soft_intersection = __builtin_convertvector(probability, wide_lanes);
}

GRAFT_INLINE void add_lane(const overlaps *values, int lane, graft_overlap *sums) {
  sums->intersection += values->intersection[lane];
  sums->predicted += values->predicted[lane];
  sums->truth += values->truth[lane];
  sums->soft_intersection += values->soft_intersection[lane];
  sums->soft_predicted += values->soft_predicted[lane];
}

GRAFT_INLINE graft_overlap sum_of_overlaps(int64_t count, const float *values, int are_logits, float threshold,
                                           const uint8_t *masks) {
  overlaps sums = {0}, own;
  int64_t i = 0;
  for (; i + LANES <= count; i += LANES) {
    overlaps_of(values + i, are_logits, threshold, masks + i, &own);
    sums.intersection += own.intersection;
    sums.predicted += own.predicted;
    sums.truth += own.truth;
    sums.soft_intersection += own.soft_intersection;
    sums.soft_predicted += own.soft_predicted;
  }
  graft_overlap total = {0};
  for (int lane = 0; lane < LANES; lane++) add_lane(&sums, lane, &total);
  if (i < count) {
    float last_values[LANES] = {0};
    uint8_t last_masks[LANES] = {0};
    memcpy(last_values, values + i, sizeof *values * (count - i));
    memcpy(last_masks, masks + i, count - i);
    overlaps_of(last_values, are_logits, threshold, last_masks, &own);
    for (int lane = 0; i + lane < count; lane++) add_lane(&own, lane, &total);
  }
  return total;
}

GRAFT_VECTORISED
static graft_overlap overlap_of_probabilities(int64_t count, const float *values, float threshold, const uint8_t *masks) {
  return sum_of_overlaps(count, values, 0, threshold, masks);
}

GRAFT_VECTORISED
static graft_overlap overlap_of_logits(int64_t count, const float *values, float threshold, const uint8_t *masks) {
  return sum_of_overlaps(count, values, 1, threshold, masks);
}

typedef struct {
  graft_overlap (*overlap)(int64_t count, const float *values, float threshold, const uint8_t *masks);
  int64_t pixels;
  const float *values;
  float threshold;
  const uint8_t *masks;
  graft_overlap *results;
} overlap_work;

static void overlap_of_image(int64_t image, void *context) {
  const overlap_work *work = context;
  int64_t first = image * work->pixels;
  work->results[image] = work->overlap(work->pixels, work->values + first, work->threshold, work->masks + first);
}

void graft_overlaps_of_probabilities(int64_t images, int64_t pixels, const float *values, float threshold,
                                     const uint8_t *masks, graft_overlap *results) {
  overlap_work work = {overlap_of_probabilities, pixels, values, threshold, masks, results};
  graft_parallel(images, overlap_of_image, &work);
}

void graft_overlaps_of_logits(int64_t images, int64_t pixels, const float *values, float threshold, const uint8_t *masks,
                              graft_overlap *results) {
  overlap_work work = {overlap_of_logits, pixels, values, threshold, masks, results};
  graft_parallel(images, overlap_of_image, &work);
}

// (w I + smoothing) / (sum(p) + sum(t) - (2 - w) I + smoothing): Dice where w is 2, intersection over union where it is 1.
GRAFT_INLINE double overlap_loss(double w, int64_t images, int64_t pixels, int64_t channels, const float *probabilities,
                                 const float *targets, double smoothing, float scale, float *gradients) {
  double total = 0;
  int64_t length = pixels * channels;
  for (int64_t image = 0; image < images; image++)
    for (int64_t channel = 0; channel < channels; channel++) {
      const float *p = probabilities + image * length, *t = targets + image * length;
      double intersection = 0, sum = 0;
      for (int64_t i = channel; i < length; i += channels) {
        intersection += (double)p[i] * t[i];
        sum += (double)p[i] + t[i];
      }
      double above = w * intersection + smoothing, below = sum - (2 - w) * intersection + smoothing;
      int empty = below == 0;
      if (!empty) total += 1 - above / below;
      if (!gradients) continue;
      float *slopes = gradients + image * length;
      for (int64_t i = channel; i < length; i += channels) {
        double rise = w * t[i], growth = 1 - (2 - w) * t[i];
        slopes[i] = empty ? 0 : (float)(scale * (above * growth / below - rise) / below);
      }
    }
  return total;
}

double graft_dice_loss(int64_t images, int64_t pixels, int64_t channels, const float *probabilities, const float *targets,
                       double smoothing, float scale, float *gradients) {
  return overlap_loss(2, images, pixels, channels, probabilities, targets, smoothing, scale, gradients);
}

double graft_soft_iou_loss(int64_t images, int64_t pixels, int64_t channels, const float *probabilities,
                           const float *targets, double smoothing, float scale, float *gradients) {
  return overlap_loss(1, images, pixels, channels, probabilities, targets, smoothing, scale, gradients);
}
