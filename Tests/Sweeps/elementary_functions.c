// Compares the package's exponential function, logarithm and logistic function with those of the C library in double precision, for every
// STEP-th float of all 2^32. Prints the worst error of each in units in the last place, and where it is; ends with 1 where one is above
// the limit, or where what is not finite differs. See scripts/check-elementary-functions.
#define GRAFT_VECTORISED
#include "logistic.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct {
  const char *name;
  void (*own)(const lanes *x, lanes *result);
  double (*exact)(double x);
  // In units in the last place.
  double limit;
} function;

static void exp_of(const lanes *x, lanes *result) { graft_exp(x, result); }
static void exp_of_minus(const lanes *x, lanes *result) { graft_exp_of_minus_magnitude(x, result); }
static void log_of(const lanes *x, lanes *result) { graft_log(x, result); }
static void sigmoid_of(const lanes *x, lanes *result) {
  lanes power;
  graft_exp_of_minus_magnitude(x, &power);
  graft_sigmoid_from(x, &power, result);
}

static double exact_exp_of_minus(double x) { return exp(-fabs(x)); }
static double exact_sigmoid(double x) { return x < 0 ? exp(x) / (1 + exp(x)) : 1 / (1 + exp(-x)); }

static const function functions[] = {
    {"exp(x)", exp_of, exp, 1.5},
    {"exp(-|x|)", exp_of_minus, exact_exp_of_minus, 1.5},
    {"log(x)", log_of, log, 1.5},
    {"1/(1+exp(-x))", sigmoid_of, exact_sigmoid, 3},
};

// The distance of neighbouring floats at a number; below the smallest normal one they are equally far apart.
static double unit_in_the_last_place(double x) {
  int exponent;
  frexp(fabs(x), &exponent);
  return ldexp(1, (exponent - 1 < -126 ? -126 : exponent - 1) - 23);
}

// Infinite where one is a number and the other is not, or where one is infinite and the other is far from that.
static double error_of(float own, double exact) {
  if (isnan(exact) || isnan(own)) return isnan(exact) && isnan(own) ? 0 : INFINITY;
  if (own == (float)exact) return 0;
  // Where floats end, the next one would be 2^128.
  if (isinf(own) && !isinf(exact)) return fabs(copysign(0x1p128, own) - exact) / 0x1p104;
  if (isinf(exact)) return INFINITY;
  return fabs(own - exact) / unit_in_the_last_place(exact);
}

int main(int count, char **arguments) {
  uint64_t step = count > 1 ? strtoull(arguments[1], NULL, 10) : 0;
  if (count != 2 || step == 0) {
    fprintf(stderr, "usage: %s STEP\n", arguments[0]);
    return 64;
  }
  int failed = 0;
  for (size_t f = 0; f < sizeof functions / sizeof *functions; f++) {
    double worst = 0;
    float where = 0;
    uint64_t compared = 0;
    for (uint64_t first = 0; first < (UINT64_C(1) << 32); first += LANES * step) {
      lanes x, y;
      for (int lane = 0; lane < LANES; lane++) {
        uint64_t bits = first + lane * step;
        uint32_t word = bits >> 32 ? UINT32_C(0x3f800000) : (uint32_t)bits;
        float number;
        __builtin_memcpy(&number, &word, sizeof number);
        x[lane] = number;
      }
      functions[f].own(&x, &y);
      for (int lane = 0; lane < LANES; lane++) {
        double error = error_of(y[lane], functions[f].exact(x[lane]));
        compared++;
        if (!(error <= worst)) worst = error, where = x[lane];
      }
    }
    printf("  %-14s %10" PRIu64 " floats, worst error %.3f ulp at %.9g\n", functions[f].name, compared, worst, where);
    failed |= !(worst <= functions[f].limit);
  }
  return failed;
}
