#include "graft_kernels.h"
#include "kernels.h"
#include "logistic.h"

#include <string.h>

// Calls a function of sixteen numbers for a row of any length; what is missing to the last sixteen is 0.
#define FOR_ALL(function)                                             \
  lanes x, y;                                                         \
  int64_t i = 0;                                                      \
  for (; i + LANES <= count; i += LANES) {                            \
    graft_load(source + i, &x);                                       \
    function(&x, &y);                                                 \
    graft_store(&y, result + i);                                      \
  }                                                                   \
  if (i < count) {                                                    \
    float last[LANES] = {0};                                          \
    memcpy(last, source + i, sizeof *last * (size_t)(count - i));     \
    graft_load(last, &x);                                             \
    function(&x, &y);                                                 \
    graft_store(&y, last);                                            \
    memcpy(result + i, last, sizeof *last * (size_t)(count - i));     \
  }

GRAFT_INLINE void sigmoid_of(const lanes *x, lanes *result) {
  lanes power;
  graft_exp_of_minus_magnitude(x, &power);
  graft_sigmoid_from(x, &power, result);
}

GRAFT_VECTORISED
static void exponential(int64_t count, const float *source, float *restrict result) { FOR_ALL(graft_exp) }

GRAFT_VECTORISED
static void logarithm(int64_t count, const float *source, float *restrict result) { FOR_ALL(graft_log) }

GRAFT_VECTORISED
static void sigmoid(int64_t count, const float *source, float *restrict result) { FOR_ALL(sigmoid_of) }

typedef struct {
  void (*function)(int64_t count, const float *source, float *restrict result);
  const float *source;
  float *result;
} mapping;

static void map_part(int64_t first, int64_t count, const void *context) {
  const mapping *work = context;
  work->function(count, work->source + first, work->result + first);
}

void graft_exponential(int64_t count, const float *source, float *result) {
  mapping work = {exponential, source, result};
  graft_parallel_parts(count, map_part, &work);
}

void graft_logarithm(int64_t count, const float *source, float *result) {
  mapping work = {logarithm, source, result};
  graft_parallel_parts(count, map_part, &work);
}

void graft_sigmoid(int64_t count, const float *source, float *result) {
  mapping work = {sigmoid, source, result};
  graft_parallel_parts(count, map_part, &work);
}

GRAFT_VECTORISED
void graft_sigmoid_backward(int64_t count, const float *result, const float *gradient, float *restrict input_gradient) {
  for (int64_t i = 0; i < count; i++) input_gradient[i] = gradient[i] * result[i] * (1 - result[i]);
}
