#include "graft_kernels.h"
#include "kernels.h"

#include <math.h>

GRAFT_VECTORISED
void graft_rmsprop(int64_t count, float rate, float rho, float epsilon, int epsilon_inside, const float *gradient,
                   float *restrict mean_square, float *restrict parameter) {
  float inside = epsilon_inside ? epsilon : 0, outside = epsilon_inside ? 0 : epsilon;
  for (int64_t i = 0; i < count; i++) {
    float g = gradient[i];
    float a = rho * mean_square[i] + (1 - rho) * g * g;
    mean_square[i] = a;
    parameter[i] -= rate * g / (sqrtf(a + inside) + outside);
  }
}
