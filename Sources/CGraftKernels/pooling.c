#include "graft_kernels.h"
#include "lanes.h"

#include <string.h>

// The part of a window that lies in the image: from `top` up to `bottom`, from `left` up to `right`.
typedef struct {
  int64_t top, bottom, left, right;
} window;

GRAFT_INLINE window window_of(const graft_max_pooling *p, int64_t y, int64_t x) {
  int64_t top = y * p->stride_height - p->padding_top, left = x * p->stride_width - p->padding_left;
  int64_t bottom = top + p->window_height, right = left + p->window_width;
  return (window){top < 0 ? 0 : top, bottom < p->height ? bottom : p->height, left < 0 ? 0 : left,
                  right < p->width ? right : p->width};
}

typedef float eight __attribute__((ext_vector_type(8)));
typedef int32_t eight_bits __attribute__((ext_vector_type(8)));
typedef float one __attribute__((ext_vector_type(1)));
typedef int32_t one_bit __attribute__((ext_vector_type(1)));

// The greater number, or the first of them that is none: no comparison with that one is true.
#define IS_GREATER(x, best) (((x) > (best)) | (((x) != (x)) & ((best) == (best))))

// The maxima of as many channels as a vector has. They begin with the first number of the window: none at all is greater than minus
// infinity.
#define MAXIMA(vector)                                                                    \
  for (; c + (int64_t)(sizeof(vector) / sizeof(float)) <= p->channels; c += sizeof(vector) / sizeof(float)) { \
    vector best, x;                                                                       \
    __builtin_memcpy(&best, image + (w.top * p->width + w.left) * p->channels + c, sizeof best); \
    for (int64_t row = w.top; row < w.bottom; row++)                                      \
      for (int64_t column = w.left; column < w.right; column++) {                         \
        __builtin_memcpy(&x, image + (row * p->width + column) * p->channels + c, sizeof x); \
        best = IS_GREATER(x, best) ? x : best;                                            \
      }                                                                                   \
    __builtin_memcpy(pixel + c, &best, sizeof best);                                      \
  }

GRAFT_VECTORISED
static void maxima_of_row(const graft_max_pooling *p, int64_t y, const float *image, float *pixel) {
  for (int64_t i = 0; i < p->result_width; i++, pixel += p->channels) {
    window w = window_of(p, y, i);
    int64_t c = 0;
    MAXIMA(lanes)
    MAXIMA(eight)
    MAXIMA(one)
  }
}

// The same of upper halves of floats.
GRAFT_INLINE float widened(uint16_t half) {
  uint32_t bits = (uint32_t)half << 16;
  float value;
  __builtin_memcpy(&value, &bits, sizeof value);
  return value;
}

GRAFT_VECTORISED
static void maxima_of_half_row(const graft_max_pooling *p, int64_t y, const uint16_t *image, uint16_t *restrict pixel) {
  for (int64_t i = 0; i < p->result_width; i++, pixel += p->channels) {
    window w = window_of(p, y, i);
    memcpy(pixel, image + (w.top * p->width + w.left) * p->channels, sizeof *pixel * (size_t)p->channels);
    for (int64_t row = w.top; row < w.bottom; row++)
      for (int64_t column = w.left; column < w.right; column++) {
        const uint16_t *source = image + (row * p->width + column) * p->channels;
        for (int64_t c = 0; c < p->channels; c++) {
          float x = widened(source[c]), best = widened(pixel[c]);
          pixel[c] = IS_GREATER(x, best) ? source[c] : pixel[c];
        }
      }
  }
}

typedef struct {
  const graft_max_pooling *pooling;
  const void *source;
  const float *gradient;
  void *result;
} pooling_work;

static void take_row(int64_t index, void *context) {
  const pooling_work *work = context;
  const graft_max_pooling *p = work->pooling;
  int64_t image = index / p->result_height;
  maxima_of_row(p, index % p->result_height, (const float *)work->source + image * p->height * p->width * p->channels,
                (float *)work->result + index * p->result_width * p->channels);
}

static void take_half_row(int64_t index, void *context) {
  const pooling_work *work = context;
  const graft_max_pooling *p = work->pooling;
  int64_t image = index / p->result_height;
  maxima_of_half_row(p, index % p->result_height, (const uint16_t *)work->source + image * p->height * p->width * p->channels,
                     (uint16_t *)work->result + index * p->result_width * p->channels);
}

void graft_pool_maxima(const graft_max_pooling *pooling, const float *source, float *result) {
  pooling_work work = {pooling, source, NULL, result};
  graft_parallel(pooling->images * pooling->result_height, take_row, &work);
}

void graft_pool_bfloat16_maxima(const graft_max_pooling *pooling, const uint16_t *source, uint16_t *result) {
  pooling_work work = {pooling, source, NULL, result};
  graft_parallel(pooling->images * pooling->result_height, take_half_row, &work);
}

// MARK: Gradient

// So many channels of an image are one task: windows overlap, channels do not.
#define CHANNELS_OF_TASK 64

// Looks for the maxima once more, and adds the gradient of each to where it lies.
#define ADD_GRADIENTS(vector, bits)                                                       \
  for (; c + (int64_t)(sizeof(vector) / sizeof(float)) <= last; c += sizeof(vector) / sizeof(float)) { \
    vector best, x, arrived, sum;                                                         \
    bits where = (bits)0;                                                                 \
    int32_t position = 0;                                                                 \
    __builtin_memcpy(&arrived, gradient + c, sizeof arrived);                             \
    __builtin_memcpy(&best, image + (w.top * p->width + w.left) * p->channels + c, sizeof best); \
    for (int64_t row = w.top; row < w.bottom; row++)                                      \
      for (int64_t column = w.left; column < w.right; column++, position++) {             \
        __builtin_memcpy(&x, image + (row * p->width + column) * p->channels + c, sizeof x); \
        bits greater = IS_GREATER(x, best);                                               \
        best = greater ? x : best;                                                        \
        where = greater ? (bits)position : where;                                         \
      }                                                                                   \
    position = 0;                                                                         \
    for (int64_t row = w.top; row < w.bottom; row++)                                      \
      for (int64_t column = w.left; column < w.right; column++, position++) {             \
        float *into = result + (row * p->width + column) * p->channels + c;               \
        __builtin_memcpy(&sum, into, sizeof sum);                                         \
        sum = where == (bits)position ? sum + arrived : sum;                              \
        __builtin_memcpy(into, &sum, sizeof sum);                                         \
      }                                                                                   \
  }

GRAFT_VECTORISED
static void gradients_of_channels(const graft_max_pooling *p, int64_t first, int64_t last, const float *image,
                                  const float *gradient, float *result) {
  for (int64_t pixel = 0; pixel < p->height * p->width; pixel++)
    memset(result + pixel * p->channels + first, 0, sizeof *result * (size_t)(last - first));
  for (int64_t y = 0; y < p->result_height; y++)
    for (int64_t i = 0; i < p->result_width; i++, gradient += p->channels) {
      window w = window_of(p, y, i);
      int64_t c = first;
      ADD_GRADIENTS(lanes, lane_bits)
      ADD_GRADIENTS(eight, eight_bits)
      ADD_GRADIENTS(one, one_bit)
    }
}

static int64_t tasks_of_image(const graft_max_pooling *p) { return (p->channels + CHANNELS_OF_TASK - 1) / CHANNELS_OF_TASK; }

static void take_channels(int64_t index, void *context) {
  const pooling_work *work = context;
  const graft_max_pooling *p = work->pooling;
  int64_t image = index / tasks_of_image(p), first = index % tasks_of_image(p) * CHANNELS_OF_TASK;
  int64_t last = first + CHANNELS_OF_TASK < p->channels ? first + CHANNELS_OF_TASK : p->channels;
  int64_t start = image * p->height * p->width * p->channels;
  gradients_of_channels(p, first, last, (const float *)work->source + start,
                        work->gradient + image * p->result_height * p->result_width * p->channels,
                        (float *)work->result + start);
}

void graft_pool_maxima_backward(const graft_max_pooling *pooling, const float *source, const float *gradient, float *result) {
  pooling_work work = {pooling, source, gradient, result};
  graft_parallel(pooling->images * tasks_of_image(pooling), take_channels, &work);
}
