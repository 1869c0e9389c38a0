// Products of matrices that fit into a cache.
#pragma once

#include "kernels.h"

typedef struct {
  int64_t rows, columns, inner;
  const float *left;
  // Distances in `left` of neighbours along its rows and along the inner axis: one of the two is 1.
  int64_t left_row, left_step;
  const float *right;
  // Distances in `right` of neighbours along the inner axis, and of one sixteen of columns from the next.
  int64_t right_step, right_panel;
  float *result;
  int64_t result_row;
  int adds;
} block_product;

// result = left · right, or += where it adds. Columns are read and written up to a multiple of 16.
void graft_multiply_blocks(const block_product *block);
