#include "graft_kernels.h"
#include "kernels.h"

#include <math.h>

GRAFT_VECTORISED
static void rmsprop(int64_t count, float rate, float rho, float epsilon, int epsilon_inside, const float *gradient,
                    float *restrict mean_square, float *restrict parameter) {
  float inside = epsilon_inside ? epsilon : 0, outside = epsilon_inside ? 0 : epsilon;
  for (int64_t i = 0; i < count; i++) {
    float g = gradient[i];
    float a = rho * mean_square[i] + (1 - rho) * g * g;
    mean_square[i] = a;
    parameter[i] -= rate * g / (sqrtf(a + inside) + outside);
  }
}

typedef struct {
  float rate, rho, epsilon;
  int epsilon_inside;
  const float *gradient;
  float *mean_square, *parameter;
} rmsprop_step;

static void rmsprop_part(int64_t first, int64_t count, const void *context) {
  const rmsprop_step *step = context;
  rmsprop(count, step->rate, step->rho, step->epsilon, step->epsilon_inside, step->gradient + first,
          step->mean_square + first, step->parameter + first);
}

void graft_rmsprop(int64_t count, float rate, float rho, float epsilon, int epsilon_inside, const float *gradient,
                   float *mean_square, float *parameter) {
  rmsprop_step step = {rate, rho, epsilon, epsilon_inside, gradient, mean_square, parameter};
  graft_parallel_parts(count, rmsprop_part, &step);
}

GRAFT_VECTORISED
void graft_rmsprop_momentum(int64_t count, float inner_rate, float outer_rate, float rho, float momentum, float epsilon,
                            int epsilon_inside, const float *gradient, float *restrict mean_square,
                            float *restrict velocity, float *restrict parameter) {
  float inside = epsilon_inside ? epsilon : 0, outside = epsilon_inside ? 0 : epsilon;
  for (int64_t i = 0; i < count; i++) {
    float g = gradient[i];
    float a = rho * mean_square[i] + (1 - rho) * g * g;
    float v = momentum * velocity[i] + inner_rate * g / (sqrtf(a + inside) + outside);
    mean_square[i] = a;
    velocity[i] = v;
    parameter[i] -= outer_rate * v;
  }
}

GRAFT_VECTORISED
void graft_sgd(int64_t count, float rate, float decay, const float *gradient, float *restrict parameter) {
  for (int64_t i = 0; i < count; i++) parameter[i] -= rate * (gradient[i] + decay * parameter[i]);
}

GRAFT_VECTORISED
void graft_sgd_momentum(int64_t count, float inner_rate, float outer_rate, float momentum, int nesterov, float decay,
                        const float *gradient, float *restrict velocity, float *restrict parameter) {
  // Nesterov's step looks ahead: the velocity weighs once more, and the gradient comes on top.
  float of_velocity = nesterov ? momentum : 1, of_gradient = nesterov ? inner_rate : 0;
  for (int64_t i = 0; i < count; i++) {
    float g = gradient[i] + decay * parameter[i];
    float v = momentum * velocity[i] + inner_rate * g;
    velocity[i] = v;
    parameter[i] -= outer_rate * (of_velocity * v + of_gradient * g);
  }
}

GRAFT_VECTORISED
void graft_adam(int64_t count, float rate, float root_scale, float beta_1, float beta_2, float epsilon, float decay,
                const float *gradient, float *restrict mean, float *restrict mean_square, float *restrict parameter) {
  for (int64_t i = 0; i < count; i++) {
    float g = gradient[i];
    float m = beta_1 * mean[i] + (1 - beta_1) * g;
    float v = beta_2 * mean_square[i] + (1 - beta_2) * g * g;
    mean[i] = m;
    mean_square[i] = v;
    // Decay and step together, so that the parameter is rounded once.
    parameter[i] -= decay * parameter[i] + rate * m / (root_scale * sqrtf(v) + epsilon);
  }
}
