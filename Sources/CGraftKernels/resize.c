#include "graft_kernels.h"
#include "kernels.h"

#include <string.h>

// A row is weighed 16 bytes at a time: 16 rows of one channel, or 4 rows of 3 channels and a blank.
enum { LANES = 16, PRECISION = 22, HALF = 1 << (PRECISION - 1) };

static inline uint8_t rounded(int32_t sum) {
  int32_t value = sum >> PRECISION;
  return (uint8_t)(value < 0 ? 0 : value > 255 ? 255 : value);
}

GRAFT_VECTORISED
static void weigh_lanes(int64_t width, const graft_taps *taps, const uint8_t *packed, uint8_t *restrict result) {
  for (int64_t x = 0; x < width; x++) {
    const uint8_t *pixel = packed + taps->first[x] * LANES;
    const int32_t *weight = taps->weights + x * taps->most;
    int32_t sums[LANES];
    for (int lane = 0; lane < LANES; lane++) sums[lane] = HALF;
    for (int32_t tap = 0; tap < taps->counts[x]; tap++, pixel += LANES)
      for (int lane = 0; lane < LANES; lane++) sums[lane] += pixel[lane] * weight[tap];
    for (int lane = 0; lane < LANES; lane++) result[x * LANES + lane] = rounded(sums[lane]);
  }
}

// Moves pixels of 3 bytes, 4 at a time while a neighbour follows: the fourth byte is the neighbour's, or about to be.
static inline void move_colours(int64_t width, const uint8_t *source, int64_t source_step, uint8_t *result,
                                int64_t result_step) {
  for (int64_t x = 0; x < width - 1; x++) memcpy(result + x * result_step, source + x * source_step, 4);
  memcpy(result + (width - 1) * result_step, source + (width - 1) * source_step, 3);
}

static inline void move_greys(int64_t width, const uint8_t *source, int64_t source_step, uint8_t *result,
                              int64_t result_step) {
  for (int64_t x = 0; x < width; x++) result[x * result_step] = source[x * source_step];
}

void graft_resample_rows(int64_t rows, int channels, int64_t source_width, const uint8_t *source, int64_t width,
                         const graft_taps *taps, uint8_t *scratch, uint8_t *result) {
  int64_t pixel = channels == 3 ? 4 : 1, block = LANES / pixel;
  uint8_t *packed = scratch, *weighed = scratch + source_width * LANES;
  memset(packed, 0, (size_t)(source_width * LANES));
  for (int64_t first = 0; first < rows; first += block) {
    int64_t count = rows - first < block ? rows - first : block;
    for (int64_t row = 0; row < count; row++) {
      const uint8_t *from = source + (first + row) * source_width * channels;
      uint8_t *to = packed + row * pixel;
      if (channels == 3) move_colours(source_width, from, 3, to, LANES);
      else move_greys(source_width, from, 1, to, LANES);
    }
    weigh_lanes(width, taps, packed, weighed);
    for (int64_t row = 0; row < count; row++) {
      const uint8_t *from = weighed + row * pixel;
      uint8_t *to = result + (first + row) * width * channels;
      if (channels == 3) move_colours(width, from, LANES, to, 3);
      else move_greys(width, from, LANES, to, 1);
    }
  }
}

GRAFT_VECTORISED
static void weigh_two_rows(int64_t length, const uint8_t *first, const uint8_t *second, int32_t first_weight,
                           int32_t second_weight, uint8_t *restrict result) {
  for (int64_t i = 0; i < length; i++)
    result[i] = rounded(HALF + first[i] * first_weight + second[i] * second_weight);
}

enum { CHUNK = 64 };

GRAFT_VECTORISED
static void weigh_rows(int64_t length, const uint8_t *source, int32_t count, const int32_t *weights,
                       uint8_t *restrict result) {
  for (int64_t start = 0; start < length; start += CHUNK) {
    int64_t width = length - start < CHUNK ? length - start : CHUNK;
    int32_t sums[CHUNK];
    for (int i = 0; i < CHUNK; i++) sums[i] = HALF;
    for (int32_t row = 0; row < count; row++) {
      const uint8_t *bytes = source + row * length + start;
      // A chunk of known length stays in registers.
      if (width == CHUNK)
        for (int i = 0; i < CHUNK; i++) sums[i] += bytes[i] * weights[row];
      else
        for (int64_t i = 0; i < width; i++) sums[i] += bytes[i] * weights[row];
    }
    for (int64_t i = 0; i < width; i++) result[start + i] = rounded(sums[i]);
  }
}

void graft_resample_columns(int64_t row_length, const uint8_t *source, int64_t height, const graft_taps *taps,
                            uint8_t *result) {
  for (int64_t y = 0; y < height; y++) {
    const uint8_t *rows = source + taps->first[y] * row_length;
    const int32_t *weights = taps->weights + y * taps->most;
    if (taps->counts[y] == 2)
      weigh_two_rows(row_length, rows, rows + row_length, weights[0], weights[1], result + y * row_length);
    else
      weigh_rows(row_length, rows, taps->counts[y], weights, result + y * row_length);
  }
}

void graft_normalize_pixels(int64_t pixels, int channels, const uint8_t *source, const int32_t order[3],
                            const float *table, float *restrict result) {
  // Grey stands for all three channels.
  int64_t c0 = channels == 3 ? order[0] : 0, c1 = channels == 3 ? order[1] : 0, c2 = channels == 3 ? order[2] : 0;
  for (int64_t i = 0; i < pixels; i++, source += channels, result += 3) {
    result[0] = table[0 * 256 + source[c0]];
    result[1] = table[1 * 256 + source[c1]];
    result[2] = table[2 * 256 + source[c2]];
  }
}
