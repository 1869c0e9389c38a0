#include "graft_kernels.h"
#include "kernels.h"

#include <string.h>

#define COMBINE(expression)                                   \
  for (int64_t i = 0; i < count; i++) {                       \
    float a = left[i * left_step], b = right[i * right_step]; \
    result[i] = (expression);                                 \
  }                                                           \
  return

// The usual steps are spelled out so that each becomes a vector loop of its own.
#define COMBINE_ROWS(expression)              \
  if (left_step == 1 && right_step == 1) {    \
    for (int64_t i = 0; i < count; i++) {     \
      float a = left[i], b = right[i];        \
      result[i] = (expression);               \
    }                                         \
    return;                                   \
  }                                           \
  if (left_step == 1 && right_step == 0) {    \
    float b = *right;                         \
    for (int64_t i = 0; i < count; i++) {     \
      float a = left[i];                      \
      result[i] = (expression);               \
    }                                         \
    return;                                   \
  }                                           \
  COMBINE(expression)

GRAFT_VECTORISED
static void binary_row(graft_binary_operation operation, int64_t count, const float *left, int64_t left_step,
                       const float *right, int64_t right_step, float *restrict result) {
  switch (operation) {
    case GRAFT_ADD: COMBINE_ROWS(a + b);
    case GRAFT_SUBTRACT: COMBINE_ROWS(a - b);
    case GRAFT_MULTIPLY: COMBINE_ROWS(a * b);
    case GRAFT_DIVIDE: COMBINE_ROWS(a / b);
  }
}

typedef struct {
  graft_binary_operation operation;
  const float *left;
  int64_t left_step;
  const float *right;
  int64_t right_step;
  float *result;
} row_operation;

static void binary_part(int64_t first, int64_t count, const void *context) {
  const row_operation *row = context;
  binary_row(row->operation, count, row->left + first * row->left_step, row->left_step,
             row->right + first * row->right_step, row->right_step, row->result + first);
}

void graft_binary(graft_binary_operation operation, int rank, const int64_t *dimensions, const float *left,
                  const int64_t *left_strides, const float *right, const int64_t *right_strides, float *result) {
  if (rank == 0) {
    binary_row(operation, 1, left, 0, right, 0, result);
    return;
  }
  if (rank == 1) {
    row_operation row = {operation, left, left_strides[0], right, right_strides[0], result};
    graft_parallel_parts(dimensions[0], binary_part, &row);
    return;
  }
  int64_t block = 1;
  for (int axis = 1; axis < rank; axis++) block *= dimensions[axis];
  for (int64_t i = 0; i < dimensions[0]; i++)
    graft_binary(operation, rank - 1, dimensions + 1, left + i * left_strides[0], left_strides + 1,
                 right + i * right_strides[0], right_strides + 1, result + i * block);
}

#define GATHER(type)                                                              \
  for (int64_t i = 0; i < count; i++) ((type *)result)[i] = ((const type *)source)[i * stride]; \
  return

static void gather_row(int64_t count, size_t element_bytes, const char *source, int64_t stride, char *result) {
  if (stride == 1) {
    memcpy(result, source, (size_t)count * element_bytes);
    return;
  }
  switch (element_bytes) {
    case 1: GATHER(uint8_t);
    case 2: GATHER(uint16_t);
    default: GATHER(uint32_t);
  }
}

void graft_gather(int rank, const int64_t *dimensions, size_t element_bytes, const void *source, const int64_t *strides,
                  void *result) {
  if (rank == 0) {
    gather_row(1, element_bytes, source, 1, result);
    return;
  }
  if (rank == 1) {
    gather_row(dimensions[0], element_bytes, source, strides[0], result);
    return;
  }
  size_t block = element_bytes;
  for (int axis = 1; axis < rank; axis++) block *= (size_t)dimensions[axis];
  for (int64_t i = 0; i < dimensions[0]; i++)
    graft_gather(rank - 1, dimensions + 1, element_bytes, (const char *)source + i * strides[0] * (int64_t)element_bytes,
                 strides + 1, (char *)result + i * (int64_t)block);
}

GRAFT_VECTORISED
static void rectify(int64_t count, const float *source, float *restrict result) {
  for (int64_t i = 0; i < count; i++) result[i] = source[i] < 0 ? 0 : source[i];
}

typedef struct {
  const float *source;
  float *result;
} rectification;

static void rectify_part(int64_t first, int64_t count, const void *context) {
  const rectification *work = context;
  rectify(count, work->source + first, work->result + first);
}

void graft_relu(int64_t count, const float *source, float *result) {
  rectification work = {source, result};
  graft_parallel_parts(count, rectify_part, &work);
}

GRAFT_VECTORISED
void graft_clip(int64_t count, float low, float high, const float *source, float *restrict result) {
  for (int64_t i = 0; i < count; i++) result[i] = source[i] < low ? low : source[i] > high ? high : source[i];
}

GRAFT_VECTORISED
void graft_clip_backward(int64_t count, float low, float high, const float *result, const float *gradient,
                         float *restrict input_gradient) {
  for (int64_t i = 0; i < count; i++)
    input_gradient[i] = result[i] <= low || result[i] >= high ? 0 : gradient[i];
}

GRAFT_VECTORISED
static void add_scaled(int64_t count, float scale, const float *source, float *restrict destination) {
  for (int64_t i = 0; i < count; i++) destination[i] += scale * source[i];
}

typedef struct {
  float scale;
  const float *source;
  float *destination;
} scaled_addition;

static void add_scaled_part(int64_t first, int64_t count, const void *context) {
  const scaled_addition *addition = context;
  add_scaled(count, addition->scale, addition->source + first, addition->destination + first);
}

void graft_add_scaled(int64_t count, float scale, const float *source, float *destination) {
  scaled_addition addition = {scale, source, destination};
  graft_parallel_parts(count, add_scaled_part, &addition);
}

GRAFT_VECTORISED
void graft_to_bfloat16(int64_t count, const float *source, uint16_t *restrict result) {
  for (int64_t i = 0; i < count; i++) {
    uint32_t bits;
    memcpy(&bits, source + i, sizeof bits);
    // A NaN's payload must not round up into infinity.
    uint32_t rounded = bits + 0x7fff + ((bits >> 16) & 1);
    uint32_t quiet = bits | 0x400000;
    result[i] = (uint16_t)(((bits & 0x7fffffff) > 0x7f800000 ? quiet : rounded) >> 16);
  }
}

GRAFT_VECTORISED
void graft_from_bfloat16(int64_t count, const uint16_t *source, float *restrict result) {
  for (int64_t i = 0; i < count; i++) {
    uint32_t bits = (uint32_t)source[i] << 16;
    memcpy(result + i, &bits, sizeof bits);
  }
}
