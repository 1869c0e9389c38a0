#include "graft_kernels.h"
#include "kernels.h"
#include "logistic.h"

#include <math.h>

// Sums side by side: one addition need not wait for the one before.
#define LANES 16

typedef struct {
  int32_t intersection[LANES], predicted[LANES], truth[LANES];
  double soft_intersection[LANES], soft_predicted[LANES];
} partial_sums;

GRAFT_INLINE void add_pixel(partial_sums *sums, int lane, float probability, int predicted, int truth) {
  sums->truth[lane] += truth;
  sums->predicted[lane] += predicted;
  sums->intersection[lane] += truth & predicted;
  sums->soft_predicted[lane] += probability;
  sums->soft_intersection[lane] += truth ? probability : 0;
}

static graft_overlap total(const partial_sums *sums) {
  graft_overlap result = {0};
  for (int lane = 0; lane < LANES; lane++) {
    result.intersection += sums->intersection[lane];
    result.predicted += sums->predicted[lane];
    result.truth += sums->truth[lane];
    result.soft_intersection += sums->soft_intersection[lane];
    result.soft_predicted += sums->soft_predicted[lane];
  }
  return result;
}

#define SUM_PIXELS(probability)                                                                         \
  partial_sums sums = {0};                                                                              \
  int64_t i = 0;                                                                                        \
  for (; i + LANES <= count; i += LANES) {                                                              \
    float probabilities[LANES];                                                                         \
    for (int lane = 0; lane < LANES; lane++) probabilities[lane] = probability(values[i + lane]);       \
    for (int lane = 0; lane < LANES; lane++)                                                            \
      add_pixel(&sums, lane, probabilities[lane], values[i + lane] >= threshold, masks[i + lane] != 0); \
  }                                                                                                     \
  for (; i < count; i++) add_pixel(&sums, 0, probability(values[i]), values[i] >= threshold, masks[i] != 0); \
  return total(&sums)

GRAFT_INLINE float itself(float value) { return value; }
GRAFT_INLINE float sigmoid(float value) { return graft_sigmoid_from(value, graft_exp_of_negative(-fabsf(value))); }

GRAFT_VECTORISED
static graft_overlap overlap_of_probabilities(int64_t count, const float *values, float threshold, const uint8_t *masks) {
  SUM_PIXELS(itself);
}

GRAFT_VECTORISED
static graft_overlap overlap_of_logits(int64_t count, const float *values, float threshold, const uint8_t *masks) {
  SUM_PIXELS(sigmoid);
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
