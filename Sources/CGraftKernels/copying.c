#include "graft_kernels.h"

#include <string.h>

void graft_copy_region(int rank, const int64_t *dimensions, size_t element_bytes, const char *source,
                       const int64_t *source_strides, char *result, const int64_t *result_strides) {
  if (rank <= 1) {
    memcpy(result, source, (rank == 0 ? 1 : (size_t)dimensions[0]) * element_bytes);
    return;
  }
  int64_t source_step = source_strides[0] * (int64_t)element_bytes;
  int64_t result_step = result_strides[0] * (int64_t)element_bytes;
  for (int64_t i = 0; i < dimensions[0]; i++)
    graft_copy_region(rank - 1, dimensions + 1, element_bytes, source + i * source_step, source_strides + 1,
                      result + i * result_step, result_strides + 1);
}
