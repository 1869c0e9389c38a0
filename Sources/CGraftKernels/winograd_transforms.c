#include "winograd.h"

#include <string.h>

typedef int32_t lane_bits __attribute__((vector_size(LANES * sizeof(int32_t))));

// The polynomials behind the algorithm are evaluated at 0, ±near, ±far and infinity. Of the points tried, these have the least
// error, a third to a half of that of 0, ±1 and ±2, because the powers that the transforms multiply with are closer to one.
#define NEAR 0.625
#define FAR 1.5
static const float near = NEAR, far = FAR;
static const float near2 = NEAR * NEAR, far2 = FAR * FAR;
static const float near3 = NEAR * NEAR * NEAR, far3 = FAR * FAR * FAR;
static const float both = NEAR * NEAR + FAR * FAR, product = NEAR * NEAR * FAR * FAR;
// One over the product of a point's distances from the others.
static const float at_zero = 1 / (NEAR * NEAR * FAR * FAR);
static const float at_near = 1 / (2 * NEAR * NEAR * (NEAR * NEAR - FAR * FAR));
static const float at_far = 1 / (2 * FAR * FAR * (FAR * FAR - NEAR * NEAR));

// MARK: One axis

// Bᵀ: six pixels to six positions.
GRAFT_INLINE void patch_axis(const lanes *d, int step, lanes *result, int result_step) {
  lanes d1 = d[step], d2 = d[2 * step], d3 = d[3 * step], d4 = d[4 * step];
  lanes even = d4 - far2 * d2, odd = near * (d3 - far2 * d1);
  result[0] = d4 - both * d2 + product * d[0];
  result[result_step] = even + odd;
  result[2 * result_step] = even - odd;
  even = d4 - near2 * d2, odd = far * (d3 - near2 * d1);
  result[3 * result_step] = even + odd;
  result[4 * result_step] = even - odd;
  result[5 * result_step] = d[5 * step] - both * d3 + product * d1;
}

// A: four pixels to six positions.
GRAFT_INLINE void tile_axis(const lanes *d, int step, lanes *result, int result_step) {
  lanes d0 = d[0], d1 = d[step], d2 = d[2 * step], d3 = d[3 * step];
  lanes even = d0 + near2 * d2, odd = near * d1 + near3 * d3;
  result[0] = d0;
  result[result_step] = even + odd;
  result[2 * result_step] = even - odd;
  even = d0 + far2 * d2, odd = far * d1 + far3 * d3;
  result[3 * result_step] = even + odd;
  result[4 * result_step] = even - odd;
  result[5 * result_step] = d3;
}

// Aᵀ: six positions to four pixels.
GRAFT_INLINE void output_axis(const lanes *m, int step, lanes *result, int result_step) {
  lanes near_even = m[step] + m[2 * step], near_odd = m[step] - m[2 * step];
  lanes far_even = m[3 * step] + m[4 * step], far_odd = m[3 * step] - m[4 * step];
  result[0] = m[0] + near_even + far_even;
  result[result_step] = near * near_odd + far * far_odd;
  result[2 * result_step] = near2 * near_even + far2 * far_even;
  result[3 * result_step] = near3 * near_odd + far3 * far_odd + m[5 * step];
}

// G: three kernel elements to six positions.
GRAFT_INLINE void kernel_axis(const lanes *g, int step, lanes *result, int result_step) {
  lanes g0 = g[0], g1 = g[step], g2 = g[2 * step];
  lanes even = at_near * (g0 + near2 * g2), odd = (at_near * near) * g1;
  result[0] = at_zero * g0;
  result[result_step] = even + odd;
  result[2 * result_step] = even - odd;
  even = at_far * (g0 + far2 * g2), odd = (at_far * far) * g1;
  result[3 * result_step] = even + odd;
  result[4 * result_step] = even - odd;
  result[5 * result_step] = g2;
}

// Gᵀ: six positions to three kernel elements.
GRAFT_INLINE void kernel_gradient_axis(const lanes *m, int step, lanes *result, int result_step) {
  lanes near_even = at_near * (m[step] + m[2 * step]), far_even = at_far * (m[3 * step] + m[4 * step]);
  result[0] = at_zero * m[0] + near_even + far_even;
  result[result_step] = (at_near * near) * (m[step] - m[2 * step]) + (at_far * far) * (m[3 * step] - m[4 * step]);
  result[2 * result_step] = near2 * near_even + far2 * far_even + m[5 * step];
}

// MARK: Both axes

typedef void (*axis)(const lanes *, int, lanes *, int);

// From `from`×`from` to `to`×`to`.
GRAFT_INLINE void both_axes(axis along, const int from, const int to, const lanes *source, lanes *result) {
  lanes half[POSITIONS];
#pragma clang loop unroll(full)
  for (int x = 0; x < from; x++) along(source + x, from, half + x, from);
#pragma clang loop unroll(full)
  for (int y = 0; y < to; y++) along(half + y * from, 1, result + y * to, 1);
}

// Vectors go in and out by address: passed by value they would have another interface on each instruction set.

// `count` channels, and zeros where they are fewer than sixteen.
GRAFT_INLINE void load(const float *source, int64_t count, lanes *values) {
  if (count >= LANES) {
    *values = *(const unaligned_lanes *)source;
  } else {
    *values = (lanes){0};
    memcpy(values, source, (size_t)count * sizeof(float));
  }
}

GRAFT_INLINE void store(const lanes *values, float *result, int64_t count) {
  if (count >= LANES)
    *(unaligned_lanes *)result = *values;
  else
    memcpy(result, values, (size_t)count * sizeof(float));
}

GRAFT_INLINE void transform_pixels(axis along, const int side, const float *image, image_size size, tile_corner corner,
                                   float *result, int64_t plane) {
  const float *pixels[POSITIONS];
  for (int y = 0; y < side; y++)
    for (int x = 0; x < side; x++) {
      int64_t row = corner.top + y, column = corner.left + x;
      int inside = row >= 0 && row < size.height && column >= 0 && column < size.width;
      pixels[y * side + x] = inside ? image + (row * size.width + column) * size.pixel : NULL;
    }
  for (int64_t c = 0; c < size.channels; c += LANES) {
    lanes source[POSITIONS], transformed[POSITIONS];
    for (int i = 0; i < side * side; i++)
      if (pixels[i])
        load(pixels[i] + c / LANES * size.sixteen, size.channels - c, &source[i]);
      else
        source[i] = (lanes){0};
    both_axes(along, side, PATCH, source, transformed);
    for (int i = 0; i < POSITIONS; i++) *(unaligned_lanes *)(result + i * plane + c) = transformed[i];
  }
}

GRAFT_VECTORISED
void graft_winograd_input_tile(const float *image, image_size size, tile_corner corner, float *result, int64_t plane) {
  transform_pixels(patch_axis, PATCH, image, size, corner, result, plane);
}

GRAFT_VECTORISED
void graft_winograd_gradient_tile(const float *image, image_size size, tile_corner corner, float *result,
                                  int64_t plane) {
  transform_pixels(tile_axis, TILE, image, size, corner, result, plane);
}

GRAFT_VECTORISED
void graft_winograd_output_tile(const float *products, int64_t plane, const float *bias, int relu, float *image,
                                image_size size, tile_corner corner) {
  int64_t height = size.height - corner.top < TILE ? size.height - corner.top : TILE;
  int64_t width = size.width - corner.left < TILE ? size.width - corner.left : TILE;
  float *first = image + (corner.top * size.width + corner.left) * size.pixel;
  for (int64_t c = 0; c < size.channels; c += LANES) {
    lanes source[POSITIONS], values[TILE * TILE];
    for (int i = 0; i < POSITIONS; i++) source[i] = *(const unaligned_lanes *)(products + i * plane + c);
    both_axes(output_axis, PATCH, TILE, source, values);
    lanes added = {0};
    if (bias) load(bias + c, size.channels - c, &added);
    for (int i = 0; i < TILE * TILE; i++) {
      values[i] += added;
      // Not-a-number stays so, as in the library's own.
      if (relu) values[i] = (lanes)((lane_bits)values[i] & ~(values[i] < 0));
    }
    for (int64_t y = 0; y < height; y++)
      for (int64_t x = 0; x < width; x++)
        store(&values[y * TILE + x], first + (y * size.width + x) * size.pixel + c / LANES * size.sixteen,
              size.channels - c);
  }
}

GRAFT_VECTORISED
void graft_winograd_kernel_panel(const float *kernel, int64_t tap, int64_t channels, float *result, int64_t plane) {
  lanes source[TAPS * TAPS], transformed[POSITIONS];
  for (int i = 0; i < TAPS * TAPS; i++) load(kernel + i * tap, channels, &source[i]);
  both_axes(kernel_axis, TAPS, PATCH, source, transformed);
  for (int i = 0; i < POSITIONS; i++) *(unaligned_lanes *)(result + i * plane) = transformed[i];
}

GRAFT_VECTORISED
void graft_winograd_kernel_gradient_row(const float *products, int64_t plane, int64_t channels, float *result,
                                        int64_t tap) {
  for (int64_t c = 0; c < channels; c += LANES) {
    lanes source[POSITIONS], gradient[TAPS * TAPS];
    for (int i = 0; i < POSITIONS; i++) source[i] = *(const unaligned_lanes *)(products + i * plane + c);
    both_axes(kernel_gradient_axis, PATCH, TAPS, source, gradient);
    for (int i = 0; i < TAPS * TAPS; i++) store(&gradient[i], result + i * tap + c, channels - c);
  }
}

// MARK: Transposition

// Where the elements come from when the halves of two vectors are exchanged, in steps of 8, 4, 2 or 1 elements.
#define FROM_FIRST(i, step) ((i) & (step) ? LANES + (i) - (step) : (i))
#define FROM_SECOND(i, step) ((i) & (step) ? LANES + (i) : (i) + (step))
#define ALL_OF(from, step)                                                                                       \
  from(0, step), from(1, step), from(2, step), from(3, step), from(4, step), from(5, step), from(6, step),       \
      from(7, step), from(8, step), from(9, step), from(10, step), from(11, step), from(12, step), from(13, step), \
      from(14, step), from(15, step)
#define EXCHANGE(rows, step)                                                                      \
  for (int i = 0; i < LANES; i++) {                                                               \
    if (i & (step)) continue;                                                                     \
    lanes first = rows[i], second = rows[i + (step)];                                             \
    rows[i] = __builtin_shufflevector(first, second, ALL_OF(FROM_FIRST, step));                   \
    rows[i + (step)] = __builtin_shufflevector(first, second, ALL_OF(FROM_SECOND, step));         \
  }

GRAFT_VECTORISED
void graft_winograd_transpose(const float *source, int64_t stride, int64_t rows, int64_t columns, float *result) {
  lanes block[LANES];
  for (int i = 0; i < LANES; i++)
    if (i < rows)
      load(source + i * stride, columns, &block[i]);
    else
      block[i] = (lanes){0};
  EXCHANGE(block, 8)
  EXCHANGE(block, 4)
  EXCHANGE(block, 2)
  EXCHANGE(block, 1)
  for (int i = 0; i < LANES; i++) *(unaligned_lanes *)(result + i * LANES) = block[i];
}
