// Winograd's minimal filtering F(4×4, 3×3) (Lavin and Gray, "Fast Algorithms for Convolutional Neural Networks", CVPR 2016): a tile of
// 4×4 results comes from a patch of 6×6 pixels with 36 products for each pair of channels, where the definition takes 144.
#pragma once

#include "graft_kernels.h"
#include "kernels.h"
#include "block_product.h"

// Sixteen channels: one register of AVX-512, two of AVX2, four of SSE or NEON.
enum { LANES = 16, TILE = 4, PATCH = 6, POSITIONS = PATCH * PATCH, TAPS = 3 };
typedef float lanes __attribute__((vector_size(LANES * sizeof(float))));
typedef lanes unaligned_lanes __attribute__((aligned(4)));

typedef struct {
  int64_t height, width, channels;
  // Distances of one pixel from the next, and of sixteen channels from the next.
  int64_t pixel, sixteen;
} image_size;

// Where a tile or a patch begins; it may lie outside of its image.
typedef struct {
  int64_t top, left;
} tile_corner;

// A transformed tile has 36 positions, `plane` elements apart, with a vector of channels at each; up to a multiple of 16 channels
// are read and written.

// Bᵀ d B of a patch, with zeros outside of the image.
void graft_winograd_input_tile(const float *image, image_size size, tile_corner corner, float *result, int64_t plane);
// A d Aᵀ of a tile, with zeros outside of the image.
void graft_winograd_gradient_tile(const float *image, image_size size, tile_corner corner, float *result,
                                  int64_t plane);
// Aᵀ m A into a tile, as far as it lies in the image. `bias` may be NULL.
void graft_winograd_output_tile(const float *products, int64_t plane, const float *bias, int relu, float *image,
                                image_size size, tile_corner corner);
// G g Gᵀ of the 3×3 kernels from one input channel to at most sixteen output channels; kernel elements are `tap` apart.
void graft_winograd_kernel_panel(const float *kernel, int64_t tap, int64_t channels, float *result, int64_t plane);
// The 16×16 elements of `result` are those of a matrix of at most as many, transposed, and zeros.
void graft_winograd_transpose(const float *source, int64_t stride, int64_t rows, int64_t columns, float *result);
// Gᵀ m G into the 3×3 kernels from one input channel to all output channels.
void graft_winograd_kernel_gradient_row(const float *products, int64_t plane, int64_t channels, float *result,
                                        int64_t tap);
