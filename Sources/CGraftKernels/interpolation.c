#include "graft_kernels.h"
#include "kernels.h"

#include <string.h>

// The four source pixels around a target pixel, and what each of them weighs.
typedef struct {
  int64_t offsets[4];
  float weights[4];
} neighbours;

static inline neighbours neighbours_of(const graft_resizing *r, int64_t y, int64_t x) {
  int64_t top = r->rows.lower[y] * r->width, bottom = r->rows.upper[y] * r->width;
  int64_t left = r->columns.lower[x], right = r->columns.upper[x];
  float down = r->rows.upper_weight[y], across = r->columns.upper_weight[x];
  return (neighbours){
      {(top + left) * r->channels, (top + right) * r->channels, (bottom + left) * r->channels,
       (bottom + right) * r->channels},
      {(1 - down) * (1 - across), (1 - down) * across, down * (1 - across), down * across},
  };
}

GRAFT_VECTORISED
void graft_resize(const graft_resizing *r, const float *source, float *restrict result) {
  for (int64_t n = 0; n < r->batch; n++, source += r->height * r->width * r->channels)
    for (int64_t y = 0; y < r->result_height; y++)
      for (int64_t x = 0; x < r->result_width; x++, result += r->channels) {
        neighbours around = neighbours_of(r, y, x);
        const float *w = around.weights, *a = source + around.offsets[0];
        // An exact hit is a copy, though its neighbours may be infinite.
        if (w[0] == 1) {
          memcpy(result, a, (size_t)r->channels * sizeof(float));
          continue;
        }
        const float *b = source + around.offsets[1], *c = source + around.offsets[2], *d = source + around.offsets[3];
        for (int64_t i = 0; i < r->channels; i++) result[i] = w[0] * a[i] + w[1] * b[i] + w[2] * c[i] + w[3] * d[i];
      }
}

GRAFT_VECTORISED
void graft_resize_backward(const graft_resizing *r, const float *gradient, float *result) {
  int64_t image = r->height * r->width * r->channels;
  memset(result, 0, (size_t)(r->batch * image) * sizeof(float));
  for (int64_t n = 0; n < r->batch; n++, result += image)
    for (int64_t y = 0; y < r->result_height; y++)
      for (int64_t x = 0; x < r->result_width; x++, gradient += r->channels) {
        neighbours around = neighbours_of(r, y, x);
        for (int corner = 0; corner < 4; corner++) {
          float weight = around.weights[corner];
          if (weight == 0) continue;
          float *into = result + around.offsets[corner];
          for (int64_t i = 0; i < r->channels; i++) into[i] += weight * gradient[i];
        }
      }
}
