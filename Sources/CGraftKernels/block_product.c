#include "block_product.h"

// Sixteen columns: one register of AVX-512, two of AVX2, four of SSE or NEON.
enum { LANES = 16, MOST_ROWS = 12, MOST_PANELS = 2 };
typedef float lanes __attribute__((vector_size(LANES * sizeof(float))));
typedef lanes unaligned_lanes __attribute__((aligned(4)));

// A block of `rows` × 16 `panels` sums, which stay in registers over the whole inner axis. Every sum is formed in the same order
// whatever the block.
GRAFT_INLINE void multiply_block(const int rows, const int panels, const block_product *p, int64_t row,
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
GRAFT_INLINE void multiply_panels(const int most, const int panels, const block_product *p, int64_t panel,
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

GRAFT_INLINE void multiply_strided(const int most_rows, const int most_panels, const block_product *p, int64_t left_row,
                                   int64_t left_step, int64_t right_step) {
  int64_t panels = rounded_up(p->columns, LANES) / LANES, panel = 0;
  for (; panel + most_panels <= panels; panel += most_panels)
    multiply_panels(most_rows, most_panels, p, panel, left_row, left_step, right_step);
  for (; panel < panels; panel++) multiply_panels(most_rows, 1, p, panel, left_row, left_step, right_step);
}

GRAFT_INLINE void multiply(const int most_rows, const int most_panels, const block_product *p) {
  // Distances that are known when this is compiled save registers.
  if (p->left_step == 1 && p->right_step == LANES)
    multiply_strided(most_rows, most_panels, p, p->left_row, 1, LANES);
  else if (p->left_step == 1)
    multiply_strided(most_rows, most_panels, p, p->left_row, 1, p->right_step);
  else
    multiply_strided(most_rows, most_panels, p, 1, p->left_step, p->right_step);
}

// As many sums as there are registers for, less those for the operands. The rest of the file's functions are inlined into each.
#if defined(__x86_64__)
__attribute__((target("avx512f"))) static void multiply_avx512(const block_product *block) {
  multiply(12, 2, block);
}
__attribute__((target("avx2,fma"))) static void multiply_avx2(const block_product *block) {
  multiply(6, 1, block);
}
#endif

void graft_multiply_blocks(const block_product *block) {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512f")) return multiply_avx512(block);
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return multiply_avx2(block);
#endif
#if defined(__aarch64__)
  multiply(6, 1, block);
#else
  multiply(3, 1, block);
#endif
}
