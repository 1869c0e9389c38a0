#include "graft_kernels.h"
#include "kernels.h"

// Eight partial sums, so that one addition need not wait for the one before.
GRAFT_VECTORISED
static double sum_of_row(int64_t length, const float *source) {
  double partial[8] = {0};
  int64_t i = 0;
  for (; i + 8 <= length; i += 8)
    for (int lane = 0; lane < 8; lane++) partial[lane] += source[i + lane];
  double total = 0;
  for (; i < length; i++) total += source[i];
  for (int lane = 0; lane < 8; lane++) total += partial[lane];
  return total;
}

#define COLUMNS 256

GRAFT_VECTORISED
static void sum_of_columns(int64_t length, int64_t stride, int64_t columns, const float *source, float *result) {
  double totals[COLUMNS] = {0};
  for (int64_t i = 0; i < length; i++)
    for (int64_t j = 0; j < columns; j++) totals[j] += source[i * stride + j];
  for (int64_t j = 0; j < columns; j++) result[j] = (float)totals[j];
}

void graft_sum(int64_t outer, int64_t length, int64_t inner, const float *source, float *result) {
  for (int64_t o = 0; o < outer; o++) {
    const float *block = source + o * length * inner;
    if (inner == 1) {
      result[o] = (float)sum_of_row(length, block);
      continue;
    }
    for (int64_t first = 0; first < inner; first += COLUMNS) {
      int64_t columns = inner - first < COLUMNS ? inner - first : COLUMNS;
      sum_of_columns(length, inner, columns, block + first, result + o * inner + first);
    }
  }
}

void graft_maximum(int64_t outer, int64_t length, int64_t inner, const float *source, float *result, int32_t *index) {
  for (int64_t o = 0; o < outer; o++) {
    for (int64_t j = 0; j < inner; j++) {
      const float *column = source + o * length * inner + j;
      float best = column[0];
      int32_t where = 0;
      for (int64_t i = 1; i < length; i++) {
        if (column[i * inner] > best || column[i * inner] != column[i * inner]) {
          best = column[i * inner];
          where = (int32_t)i;
          if (best != best) break;
        }
      }
      result[o * inner + j] = best;
      index[o * inner + j] = where;
    }
  }
}
