// The one entrance to oneDNN. Everything that differs between its C interfaces 2.x and 3.x stays behind this header.
#pragma once

#include <stddef.h>
#include <stdint.h>

typedef enum {
  GRAFT_STATUS_OK = 0,
  // No kernel of that algorithm for that shape on this processor: the caller names another algorithm.
  GRAFT_STATUS_UNIMPLEMENTED = 1,
  GRAFT_STATUS_OUT_OF_MEMORY = 2,
  GRAFT_STATUS_FAILED = 3,
} graft_status;

// The last call on this thread that the library refused, and why, for a message: "dnnl_primitive_create: out of memory". Never NULL.
const char *graft_last_failure(void);

typedef enum {
  GRAFT_FLOAT32 = 0,
  GRAFT_BFLOAT16 = 1,
} graft_type;

// How the elements of a tensor lie in memory: plain strides or one of the library's blocked forms.
typedef struct graft_layout graft_layout;

// Functions that give a layout or fill in a primitive give NULL where they fail.

// `dimensions` in the library's logical order (N,C,H,W for images; O,I,H,W for kernels, with groups G,O,I,H,W), `strides` in elements.
graft_layout *graft_layout_create(int rank, const int64_t *dimensions, const int64_t *strides, graft_type type);
// Images in blocks of sixteen channels, N,C/16,H,W,16; dimensions are N,C,H,W. NULL where channels are left over, or the processor would
// rather have other blocks.
graft_layout *graft_layout_of_blocks(const int64_t *dimensions, graft_type type);
// Images in blocks of so many channels, 8 or 16, whatever the processor; what is missing to the last block is filled up.
graft_layout *graft_layout_of_channel_blocks(const int64_t *dimensions, int64_t block, graft_type type);
graft_layout *graft_layout_copy(const graft_layout *layout);
// The same memory with its axes renamed: axis i becomes axis axes[i]. NULL where the order is the library's secret.
graft_layout *graft_layout_permuted(const graft_layout *layout, const int *axes);
void graft_layout_destroy(graft_layout *layout);
int graft_layout_equal(const graft_layout *left, const graft_layout *right);
size_t graft_layout_bytes(const graft_layout *layout);

// The tensors that a primitive reads and writes.
typedef enum {
  GRAFT_SOURCE = 0,
  GRAFT_WEIGHTS,
  GRAFT_BIAS,
  GRAFT_DESTINATION,
  GRAFT_SOURCE_GRADIENT,
  GRAFT_WEIGHTS_GRADIENT,
  GRAFT_BIAS_GRADIENT,
  GRAFT_DESTINATION_GRADIENT,
  GRAFT_MEAN,
  GRAFT_VARIANCE,
  GRAFT_SCALE,
  GRAFT_SHIFT,
  GRAFT_SCALE_GRADIENT,
  GRAFT_SHIFT_GRADIENT,
  GRAFT_ROLE_COUNT,
} graft_role;

// A compiled operation of one shape.
typedef struct graft_primitive graft_primitive;
void graft_primitive_destroy(graft_primitive *primitive);
const char *graft_primitive_implementation(const graft_primitive *primitive);
size_t graft_primitive_scratch_bytes(const graft_primitive *primitive);
// Borrowed from the primitive; NULL where it has no tensor of that role.
const graft_layout *graft_primitive_layout(const graft_primitive *primitive, graft_role role);
// `data` has GRAFT_ROLE_COUNT entries, NULL where unused, each in the primitive's own layout.
graft_status graft_primitive_execute(const graft_primitive *primitive, void *const *data, void *scratch);

// From GRAFT_SOURCE to GRAFT_DESTINATION, the same elements in another order.
graft_status graft_reorder_create(const graft_layout *from, const graft_layout *to, graft_primitive **primitive);

typedef enum {
  GRAFT_FORWARD_INFERENCE = 0,
  GRAFT_FORWARD_TRAINING,
  GRAFT_BACKWARD_DATA,
  GRAFT_BACKWARD_WEIGHTS,
} graft_direction;

typedef enum {
  GRAFT_DIRECT = 0,
  GRAFT_WINOGRAD,
} graft_convolution_algorithm;

typedef struct {
  graft_direction direction;
  graft_convolution_algorithm algorithm;
  graft_type type;
  int32_t has_bias;
  // Adds to what GRAFT_DESTINATION holds, before a fused ReLU; forward only.
  int32_t accumulates;
  int32_t fused_relu;
  int64_t batch, groups;
  int64_t input_channels, input_height, input_width;
  int64_t output_channels, output_height, output_width;
  int64_t kernel_height, kernel_width;
  int64_t stride_height, stride_width;
  int64_t dilation_height, dilation_width;  // 1 = dense
  int64_t padding_top, padding_left, padding_bottom, padding_right;
} graft_convolution;

// Every layout but the bias' is to be asked for with graft_primitive_layout.
graft_status graft_convolution_create(const graft_convolution *convolution, graft_primitive **primitive);

typedef enum {
  GRAFT_POOLING_AVERAGE_INCLUDING_PADDING = 0,
  GRAFT_POOLING_AVERAGE_EXCLUDING_PADDING,
} graft_pooling_kind;

typedef struct {
  graft_direction direction;  // GRAFT_BACKWARD_WEIGHTS does not exist here
  graft_pooling_kind kind;
  int64_t batch, channels;
  int64_t input_height, input_width, output_height, output_width;
  int64_t window_height, window_width;
  int64_t stride_height, stride_width;
  int64_t padding_top, padding_left, padding_bottom, padding_right;
} graft_pooling;

// `layout` is that of the pooled image, and of its gradient; the result's, the same forward and backward, is the library's choice.
graft_status graft_pooling_create(const graft_pooling *pooling, const graft_layout *layout, graft_primitive **primitive);

// Batch normalisation, forward and (GRAFT_BACKWARD_DATA: of the image, the scale and the shift) backward. `layout` is that of the
// image, of the result and of their gradients. Statistics are read where they are stored, and forward in training written otherwise.
graft_status graft_normalization_create(graft_direction direction, int uses_stored_statistics, float epsilon,
                                        const graft_layout *layout, graft_primitive **primitive);

typedef enum {
  GRAFT_RELU = 0,
  GRAFT_LEAKY_RELU,
  GRAFT_TANH,
  GRAFT_SQUARE_ROOT,
  GRAFT_ABSOLUTE,
} graft_activation_kind;

// Elementwise over any layout. Backward takes the forward pass' result as GRAFT_DESTINATION (relu, leaky relu, tanh, square root) or its operand as GRAFT_SOURCE (absolute).
graft_status graft_activation_create(graft_activation_kind kind, float slope, graft_direction direction,
                                     const graft_layout *layout, graft_primitive **primitive);
int graft_activation_backward_uses_result(graft_activation_kind kind);

// Row-major C = alpha * op(A) * op(B) + beta * C, on the library's own threads.
graft_status graft_matrix_product(int transpose_left, int transpose_right, int64_t rows, int64_t columns, int64_t inner,
                                  float alpha, const float *left, int64_t left_stride, const float *right,
                                  int64_t right_stride, float beta, float *result, int64_t result_stride);

// "oneDNN 2.6.3", and the name of the instruction set that it uses.
const char *graft_compute_version(void);
const char *graft_compute_instruction_set(void);
// Whether the processor multiplies bfloat16 itself.
int graft_compute_has_bfloat16(void);

// How many threads compute.
int graft_compute_thread_count(void);
