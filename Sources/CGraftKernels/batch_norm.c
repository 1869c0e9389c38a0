#include "graft_kernels.h"
#include "kernels.h"

// So many channels at a time that their sums stay in the nearest cache.
enum { CHANNELS = 256 };

GRAFT_VECTORISED
static void statistics_of_some(int64_t pixels, int64_t stride, int64_t channels, const float *source, float *mean,
                               float *variance) {
  double sums[CHANNELS] = {0}, squares[CHANNELS] = {0}, means[CHANNELS];
  for (int64_t i = 0; i < pixels; i++)
    for (int64_t c = 0; c < channels; c++) sums[c] += source[i * stride + c];
  for (int64_t c = 0; c < channels; c++) means[c] = sums[c] / (double)pixels;
  for (int64_t i = 0; i < pixels; i++)
    for (int64_t c = 0; c < channels; c++) {
      double distance = source[i * stride + c] - means[c];
      squares[c] += distance * distance;
    }
  for (int64_t c = 0; c < channels; c++) {
    mean[c] = (float)means[c];
    variance[c] = (float)(squares[c] / (double)pixels);
  }
}

GRAFT_VECTORISED
static void gradient_sums_of_some(int64_t pixels, int64_t stride, int64_t channels, const float *gradient,
                                  const float *source, const float *mean, float *sum, float *product) {
  double sums[CHANNELS] = {0}, products[CHANNELS] = {0};
  for (int64_t i = 0; i < pixels; i++)
    for (int64_t c = 0; c < channels; c++) {
      double g = gradient[i * stride + c];
      sums[c] += g;
      products[c] += g * (source[i * stride + c] - mean[c]);
    }
  for (int64_t c = 0; c < channels; c++) {
    sum[c] = (float)sums[c];
    product[c] = (float)products[c];
  }
}

void graft_channel_statistics(int64_t pixels, int64_t channels, const float *source, float *mean, float *variance) {
  for (int64_t first = 0; first < channels; first += CHANNELS) {
    int64_t count = channels - first < CHANNELS ? channels - first : CHANNELS;
    statistics_of_some(pixels, channels, count, source + first, mean + first, variance + first);
  }
}

void graft_channel_gradient_sums(int64_t pixels, int64_t channels, const float *gradient, const float *source,
                                 const float *mean, float *sum, float *product) {
  for (int64_t first = 0; first < channels; first += CHANNELS) {
    int64_t count = channels - first < CHANNELS ? channels - first : CHANNELS;
    gradient_sums_of_some(pixels, channels, count, gradient + first, source + first, mean + first, sum + first,
                          product + first);
  }
}

GRAFT_VECTORISED
void graft_normalize_channels(int64_t pixels, int64_t channels, const float *source, const float *mean,
                              const float *scale, const float *offset, float *restrict result) {
  for (int64_t i = 0; i < pixels; i++, source += channels, result += channels)
    for (int64_t c = 0; c < channels; c++) result[c] = (source[c] - mean[c]) * scale[c] + offset[c];
}

GRAFT_VECTORISED
void graft_normalize_channels_backward(int64_t pixels, int64_t channels, const float *gradient, const float *source,
                                       const float *mean, const float *scale, const float *slope, const float *offset,
                                       float *restrict result) {
  for (int64_t i = 0; i < pixels; i++, source += channels, gradient += channels, result += channels)
    for (int64_t c = 0; c < channels; c++)
      result[c] = gradient[c] * scale[c] + (source[c] - mean[c]) * slope[c] + offset[c];
}
