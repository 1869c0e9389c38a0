#include "graft_kernels.h"
#include "kernels.h"
#include "logistic.h"

#include <string.h>

// A map of scores is enlarged by `stride` with a kernel of twice that: cut into cells of stride × stride pixels, every pixel of a cell
// depends on the same four scores, each times its own quadrant of the kernel. Cells begin half a stride before the first pixel, so
// those at the border are cut.

// Half a stride is a multiple of LANES: so many pixels side by side are in one cell.

// The four scores that a cell depends on: above or at its row, left of or at its column.
typedef struct {
  float above_left, above, left, own;
} corners;

GRAFT_INLINE corners corners_of(const float *padded, int64_t row_length, int64_t row, int64_t column) {
  const float *above = padded + row * row_length + column, *own = above + row_length;
  return (corners){above[0], above[1], own[0], own[1]};
}

// The values of the four scores for as many pixels side by side as there are lanes.
typedef struct {
  lanes above_left, above, left, own;
} quadrants;

// `above` and `own` are the kernel's rows for a pixel row of the cells; a score to the left reaches further right in them.
GRAFT_INLINE void load_quadrants(const float *above, const float *own, int64_t stride, quadrants *result) {
  graft_load(above + stride, &result->above_left);
  graft_load(above, &result->above);
  graft_load(own + stride, &result->left);
  graft_load(own, &result->own);
}

GRAFT_INLINE void store_quadrants(const quadrants *values, int64_t stride, float *above, float *own) {
  graft_store(&values->above_left, above + stride);
  graft_store(&values->above, above);
  graft_store(&values->left, own + stride);
  graft_store(&values->own, own);
}

GRAFT_INLINE void logits_of(corners scores, const quadrants *kernel, lanes *logits) {
  *logits = scores.above_left * kernel->above_left + scores.above * kernel->above +
            (scores.left * kernel->left + scores.own * kernel->own);
}

// Which part of a cell lies within the picture, along one axis.
typedef struct {
  int64_t first, last;
} range;

GRAFT_INLINE range visible(int64_t cell, int64_t count, int64_t stride) {
  return (range){cell == 0 ? stride / 2 : 0, cell == count ? stride / 2 : stride};
}

// The scores with a border of zeros, whose cells need no case of their own.
static void pad(const graft_upsampling *map, const float *scores, float *padded) {
  int64_t row = map->width + 2;
  memset(padded, 0, sizeof *padded * row * (map->height + 2));
  for (int64_t y = 0; y < map->height; y++)
    memcpy(padded + (y + 1) * row + 1, scores + y * map->width, sizeof *scores * map->width);
}

// MARK: The map itself

typedef struct {
  const graft_upsampling *map;
  const float *scores, *kernel;
  float *logits;
} enlargement;

GRAFT_VECTORISED
static void enlarge(const graft_upsampling *map, const float *padded, const float *kernel, float *logits) {
  int64_t stride = map->stride, row_length = map->width + 2, side = 2 * stride;
  for (int64_t row = 0; row <= map->height; row++) {
    range rows = visible(row, map->height, stride);
    for (int64_t y = rows.first; y < rows.last; y++) {
      const float *own = kernel + y * side, *above = own + stride * side;
      float *line = logits + (row * stride + y - stride / 2) * map->width * stride;
      for (int64_t column = 0; column <= map->width; column++) {
        corners scores = corners_of(padded, row_length, row, column);
        range columns = visible(column, map->width, stride);
        float *restrict pixels = line + column * stride - stride / 2;
        for (int64_t x = columns.first; x < columns.last; x += LANES) {
          quadrants part;
          lanes values;
          load_quadrants(above + x, own + x, stride, &part);
          logits_of(scores, &part, &values);
          graft_store(&values, pixels + x);
        }
      }
    }
  }
}

static void enlarge_one(int64_t image, void *context) {
  const enlargement *work = context;
  const graft_upsampling *map = work->map;
  float padded[(map->height + 2) * (map->width + 2)];
  pad(map, work->scores + image * map->height * map->width, padded);
  enlarge(map, padded, work->kernel, work->logits + image * map->height * map->width * map->stride * map->stride);
}

void graft_upsample(const graft_upsampling *map, int64_t images, const float *scores, const float *kernel, float *logits) {
  enlargement work = {map, scores, kernel, logits};
  graft_parallel(images, enlarge_one, &work);
}

// MARK: Cross entropy of the map, which is never stored

// The same pixels of the cells of a row: in all of them the same part of the kernel counts, and stays in registers.
GRAFT_INLINE void add_pixels(int64_t cells, int64_t stride, const float *padded, int64_t row_length,
                             const float *restrict above, const float *restrict own, const uint8_t *restrict mask,
                             float *restrict above_gradients, float *restrict own_gradients, quadrants *restrict sums,
                             lanes *restrict loss) {
  quadrants kernel, gradients;
  lanes total = *loss, product = 1, logarithm;
  load_quadrants(above, own, stride, &kernel);
  load_quadrants(above_gradients, own_gradients, stride, &gradients);
  for (int64_t cell = 0; cell < cells; cell++) {
    corners scores = corners_of(padded, row_length, 0, cell);
    quadrants *restrict sum = sums + cell;
    lane_bits foreground;
    lanes x, target, linear, power, slope;
    logits_of(scores, &kernel, &x);
    graft_load_mask(mask + cell * stride, &foreground);
    target = __builtin_convertvector(foreground, lanes);
    graft_cross_entropy_terms(&x, &target, &linear, &power, &slope);
    total += linear;
    product *= 1 + power;
    // More factors of up to 2 would be too large a number.
    if (cell % 64 == 63) {
      graft_log(&product, &logarithm);
      total += logarithm;
      product = 1;
    }
    sum->above_left += slope * kernel.above_left;
    sum->above += slope * kernel.above;
    sum->left += slope * kernel.left;
    sum->own += slope * kernel.own;
    gradients.above_left += slope * scores.above_left;
    gradients.above += slope * scores.above;
    gradients.left += slope * scores.left;
    gradients.own += slope * scores.own;
  }
  store_quadrants(&gradients, stride, above_gradients, own_gradients);
  graft_log(&product, &logarithm);
  *loss = total + logarithm;
}

GRAFT_INLINE float sum_of(const lanes *values) {
  float sum = 0;
  for (int lane = 0; lane < LANES; lane++) sum += (*values)[lane];
  return sum;
}

// Adds up the loss of an image, and its gradients by the padded scores and by the kernel.
GRAFT_VECTORISED
static double cross_entropy_of_image(const graft_upsampling *map, const float *padded, const float *kernel,
                                     const uint8_t *mask, float *padded_gradients, float *kernel_gradients) {
  int64_t stride = map->stride, row_length = map->width + 2, side = 2 * stride;
  double total = 0;
  quadrants sums[map->width + 1];
  for (int64_t row = 0; row <= map->height; row++) {
    range rows = visible(row, map->height, stride);
    const float *scores = padded + row * row_length;
    lanes loss = 0;
    memset(sums, 0, sizeof sums);
    for (int64_t y = rows.first; y < rows.last; y++) {
      const float *own = kernel + y * side, *above = own + stride * side;
      float *own_gradients = kernel_gradients + y * side, *above_gradients = own_gradients + stride * side;
      const uint8_t *line = mask + (row * stride + y - stride / 2) * map->width * stride;
      for (int64_t x = 0; x < stride; x += LANES) {
        // The first cell shows its right half only, the last one its left half.
        int64_t first = x < stride / 2 ? 1 : 0;
        add_pixels(map->width, stride, scores + first, row_length, above + x, own + x,
                   line + first * stride + x - stride / 2, above_gradients + x, own_gradients + x, sums + first, &loss);
      }
    }
    total += sum_of(&loss);
    for (int64_t column = 0; column <= map->width; column++) {
      float *above = padded_gradients + row * row_length + column, *own = above + row_length;
      above[0] += sum_of(&sums[column].above_left);
      above[1] += sum_of(&sums[column].above);
      own[0] += sum_of(&sums[column].left);
      own[1] += sum_of(&sums[column].own);
    }
  }
  return total;
}

// So many images share one sum of the kernel's gradients: whichever thread takes them, the sums are added up in one order.
#define IMAGES_IN_GROUP 4

typedef struct {
  const graft_upsampling *map;
  int64_t images;
  const float *scores, *kernel;
  const uint8_t *masks;
  float *score_gradients, *kernel_gradients;
  double *losses;
} cross_entropy_work;

static void take_group(int64_t group, void *context) {
  const cross_entropy_work *work = context;
  const graft_upsampling *map = work->map;
  int64_t length = map->height * map->width, padded_length = (map->height + 2) * (map->width + 2);
  int64_t last = (group + 1) * IMAGES_IN_GROUP < work->images ? (group + 1) * IMAGES_IN_GROUP : work->images;
  float *kernel_gradients = work->kernel_gradients + group * 4 * map->stride * map->stride;
  memset(kernel_gradients, 0, sizeof *kernel_gradients * 4 * map->stride * map->stride);
  float padded[padded_length], gradients[padded_length];
  work->losses[group] = 0;
  for (int64_t image = group * IMAGES_IN_GROUP; image < last; image++) {
    pad(map, work->scores + image * length, padded);
    memset(gradients, 0, sizeof gradients);
    work->losses[group] +=
        cross_entropy_of_image(map, padded, work->kernel, work->masks + image * length * map->stride * map->stride,
                               gradients, kernel_gradients);
    for (int64_t y = 0; y < map->height; y++)
      memcpy(work->score_gradients + image * length + y * map->width, gradients + (y + 1) * (map->width + 2) + 1,
             sizeof *gradients * map->width);
  }
}

int64_t graft_upsampled_cross_entropy_groups(int64_t images) { return (images + IMAGES_IN_GROUP - 1) / IMAGES_IN_GROUP; }

double graft_upsampled_cross_entropy(const graft_upsampling *map, int64_t images, const float *scores, const float *kernel,
                                     const uint8_t *masks, float *score_gradients, float *kernel_gradients, float *scratch) {
  int64_t groups = graft_upsampled_cross_entropy_groups(images), kernel_length = 4 * map->stride * map->stride;
  double losses[groups], total = 0;
  cross_entropy_work work = {map, images, scores, kernel, masks, score_gradients, scratch, losses};
  graft_parallel(groups, take_group, &work);
  memset(kernel_gradients, 0, sizeof *kernel_gradients * kernel_length);
  for (int64_t group = 0; group < groups; group++) {
    total += losses[group];
    for (int64_t i = 0; i < kernel_length; i++) kernel_gradients[i] += scratch[group * kernel_length + i];
  }
  return total;
}
