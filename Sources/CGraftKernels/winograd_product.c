#include "winograd.h"

enum { MOST_ROWS = 12, MOST_PANELS = 2 };

// A block of `rows` × 16 `panels` sums, which stay in registers over the whole inner axis. Every sum is formed in the same order
// whatever the block.
GRAFT_INLINE void multiply_block(const int rows, const int panels, const winograd_product *p, int64_t row,
                                 int64_t panel, int64_t left_row, int64_t left_step, int64_t right_step) {
  lanes sums[MOST_ROWS][MOST_PANELS];
#pragma clang loop unroll(full)
  for (int r = 0; r < rows; r++)
#pragma clang loop unroll(full)
    for (int q = 0; q < panels; q++) sums[r][q] = (lanes){0};
  const float *left = p->left + row * left_row;
  const float *right = p->right + panel * p->right_panel;
  const int64_t next = p->right_panel;
  for (int64_t k = 0; k < p->inner; k++, left += left_step, right += right_step) {
    lanes b[MOST_PANELS];
#pragma clang loop unroll(full)
    for (int q = 0; q < panels; q++) b[q] = *(const unaligned_lanes *)(right + q * next);
#pragma clang loop unroll(full)
    for (int r = 0; r < rows; r++)
#pragma clang loop unroll(full)
      for (int q = 0; q < panels; q++) sums[r][q] += left[r * left_row] * b[q];
  }
  float *result = p->result + row * p->result_row + panel * LANES;
#pragma clang loop unroll(full)
  for (int r = 0; r < rows; r++)
#pragma clang loop unroll(full)
    for (int q = 0; q < panels; q++) {
      unaligned_lanes *into = (unaligned_lanes *)(result + r * p->result_row + q * LANES);
      *into = p->adds ? *into + sums[r][q] : sums[r][q];
    }
}

// All rows of some panels, in blocks of `most` rows and then of fewer.
GRAFT_INLINE void multiply_panels(const int most, const int panels, const winograd_product *p, int64_t panel,
                                  int64_t left_row, int64_t left_step, int64_t right_step) {
  int64_t row = 0;
  for (; row + most <= p->rows; row += most)
    multiply_block(most, panels, p, row, panel, left_row, left_step, right_step);
  for (; most > 8 && row + 8 <= p->rows; row += 8)
    multiply_block(8, panels, p, row, panel, left_row, left_step, right_step);
  for (; most > 4 && row + 4 <= p->rows; row += 4)
    multiply_block(4, panels, p, row, panel, left_row, left_step, right_step);
  for (; most > 2 && row + 2 <= p->rows; row += 2)
    multiply_block(2, panels, p, row, panel, left_row, left_step, right_step);
  for (; row < p->rows; row++) multiply_block(1, panels, p, row, panel, left_row, left_step, right_step);
}

GRAFT_INLINE void multiply(const int most_rows, const int most_panels, const winograd_product *p) {
  int64_t panels = rounded_up(p->columns, LANES) / LANES, panel = 0;
  // Distances that are known when this is compiled save registers.
  if (p->left_step == 1 && p->right_step == LANES) {
    for (; panel + most_panels <= panels; panel += most_panels)
      multiply_panels(most_rows, most_panels, p, panel, p->left_row, 1, LANES);
    for (; panel < panels; panel++) multiply_panels(most_rows, 1, p, panel, p->left_row, 1, LANES);
  } else {
    for (; panel + most_panels <= panels; panel += most_panels)
      multiply_panels(most_rows, most_panels, p, panel, 1, p->left_step, p->right_step);
    for (; panel < panels; panel++) multiply_panels(most_rows, 1, p, panel, 1, p->left_step, p->right_step);
  }
}

// As many sums as there are registers for, less those for the operands. The rest of the file's functions are inlined into each.
#if defined(__x86_64__)
__attribute__((target("avx512f"))) static void multiply_avx512(const winograd_product *product) {
  multiply(12, 2, product);
}
__attribute__((target("avx2,fma"))) static void multiply_avx2(const winograd_product *product) {
  multiply(6, 1, product);
}
#endif

void graft_winograd_multiply(const winograd_product *product) {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512f")) return multiply_avx512(product);
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return multiply_avx2(product);
#endif
#if defined(__aarch64__)
  multiply(6, 1, product);
#else
  multiply(3, 1, product);
#endif
}
