// The study's matrix products by OpenBLAS and by oneDNN, in turn:
//   cc -O2 Benchmarks/Peers/matrix_products.c -o /tmp/matrix_products $(pkg-config --cflags --libs openblas) -ldnnl
//   /tmp/matrix_products 1    (threads of OpenBLAS; those of oneDNN are OMP_NUM_THREADS)

#include <cblas.h>
#include <oneapi/dnnl/dnnl.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define ROUNDS 15

typedef struct {
  const char *name;
  int left_transposed, right_transposed;
  long rows, columns, inner;
} product;

static const product products[] = {
    {"gender head of VGG, 32 pictures", 0, 0, 32, 10, 25088},
    {"its gradient to the features", 0, 1, 32, 25088, 10},
    {"its gradient to the kernel", 1, 0, 25088, 10, 32},
    {"fc6 of VGG, 1 picture", 0, 0, 1, 4096, 25088},
    {"fc6 of VGG, 8 pictures", 0, 0, 8, 4096, 25088},
    {"scores of the decoder, 32 pictures", 0, 0, 1568, 1, 512},
    {"their gradient to the kernel", 1, 0, 512, 1, 1568},
    {"gender head of ResNet-50, 32 pictures", 0, 0, 32, 2, 2048},
    {"square", 0, 0, 2048, 2048, 2048},
};

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec + 1e-9 * time.tv_nsec;
}

static int ascending(const void *left, const void *right) {
  double a = *(const double *)left, b = *(const double *)right;
  return (a > b) - (a < b);
}

static float *numbers(long count) {
  float *values = malloc(sizeof *values * count);
  if (!values) exit(1);
  for (long i = 0; i < count; i++) values[i] = i % 7;
  return values;
}

static void compare(product p) {
  long left_row = p.left_transposed ? p.rows : p.inner, right_row = p.right_transposed ? p.inner : p.columns;
  float *left = numbers(p.rows * p.inner), *right = numbers(p.inner * p.columns), *result = numbers(p.rows * p.columns);
  double openblas[ROUNDS], onednn[ROUNDS];
  for (int round = -2; round < ROUNDS; round++) {
    double began = now();
    cblas_sgemm(CblasRowMajor, p.left_transposed ? CblasTrans : CblasNoTrans, p.right_transposed ? CblasTrans : CblasNoTrans,
                p.rows, p.columns, p.inner, 1, left, left_row, right, right_row, 0, result, p.columns);
    double between = now();
    dnnl_sgemm(p.left_transposed ? 'T' : 'N', p.right_transposed ? 'T' : 'N', p.rows, p.columns, p.inner, 1, left, left_row,
               right, right_row, 0, result, p.columns);
    double ended = now();
    // The first two rounds start threads and compile.
    if (round >= 0) openblas[round] = between - began, onednn[round] = ended - between;
  }
  qsort(openblas, ROUNDS, sizeof *openblas, ascending);
  qsort(onednn, ROUNDS, sizeof *onednn, ascending);
  printf("%-38s %5ld×%ld·%ld×%ld: OpenBLAS %.3f ms, oneDNN %.3f ms\n", p.name, p.rows, p.inner, p.inner, p.columns,
         openblas[ROUNDS / 2] * 1e3, onednn[ROUNDS / 2] * 1e3);
  free(left), free(right), free(result);
}

int main(int count, char **arguments) {
  openblas_set_num_threads(count > 1 ? atoi(arguments[1]) : 1);
  printf("OpenBLAS takes this processor for a %s\n", openblas_get_corename());
  for (unsigned i = 0; i < sizeof products / sizeof *products; i++) compare(products[i]);
}
