// Small loops that no library has. Every function reads and writes row-major float32 unless it says otherwise.
#pragma once

#include <stddef.h>
#include <stdint.h>

// Makes the calling thread one on which loops run in parallel: every such thread gets a team of its own, so let it be one.
void graft_compute_here(void);
int graft_computes_here(void);
// How many loops that could have run in parallel ran on the calling thread alone, since it began.
int64_t graft_loops_alone(void);

// Calls `body` with every index below `count`, on the threads on which the compute library computes for this one; returns when all
// are done. Which thread takes which index is open, so a result must not depend on it.
void graft_parallel(int64_t count, void (*body)(int64_t index, void *context), void *context);

typedef enum {
  GRAFT_ADD = 0,
  GRAFT_SUBTRACT,
  GRAFT_MULTIPLY,
  GRAFT_DIVIDE,
} graft_binary_operation;

// result[i…] = left[i…] op right[i…] over `rank` axes; an operand's stride of 0 along an axis repeats it.
void graft_binary(graft_binary_operation operation, int rank, const int64_t *dimensions, const float *left,
                  const int64_t *left_strides, const float *right, const int64_t *right_strides, float *result);

// result = source, read through `strides`, which are counted in elements of 1, 2 or 4 bytes: a transposition or a repetition.
void graft_gather(int rank, const int64_t *dimensions, size_t element_bytes, const void *source, const int64_t *strides,
                  void *result);

// result[i] = 1 where left[i] compares so with right[i], else 0; what is not a number is unequal to everything.
typedef enum {
  GRAFT_EQUAL = 0,
  GRAFT_NOT_EQUAL,
  GRAFT_LESS,
  GRAFT_LESS_OR_EQUAL,
} graft_comparison;
void graft_compare(graft_comparison comparison, int64_t count, const float *left, const float *right, float *result);
void graft_compare_integers(graft_comparison comparison, int64_t count, const int32_t *left, const int32_t *right,
                            float *result);
void graft_compare_integers_with_floats(graft_comparison comparison, int64_t count, const int32_t *left, const float *right,
                                        float *result);
void graft_compare_floats_with_integers(graft_comparison comparison, int64_t count, const float *left, const int32_t *right,
                                        float *result);

// Copies a box of elements of any type; neighbours along the last axis lie side by side in both. Strides are in elements.
void graft_copy_region(int rank, const int64_t *dimensions, size_t element_bytes, const char *source,
                       const int64_t *source_strides, char *result, const int64_t *result_strides);

// result[outer][inner] = sum over the middle axis, added up in double.
void graft_sum(int64_t outer, int64_t length, int64_t inner, const float *source, float *result);
// The largest along the middle axis, and where it lies first.
void graft_maximum(int64_t outer, int64_t length, int64_t inner, const float *source, float *result, int32_t *index);

// result = source where that is not negative, else 0; not a number stays so.
void graft_relu(int64_t count, const float *source, float *result);

// result = source between low and high; not a number stays so. The gradient passes where the result is neither.
void graft_clip(int64_t count, float low, float high, const float *source, float *result);
void graft_clip_backward(int64_t count, float low, float high, const float *result, const float *gradient,
                         float *input_gradient);

// e^x, the natural logarithm (minus infinity of 0, and not a number below it) and 1 / (1 + e^-x): the first two to about one unit in
// the last place for every number, and what is not a number stays so. The gradient of the last from its result.
void graft_exponential(int64_t count, const float *source, float *result);
void graft_logarithm(int64_t count, const float *source, float *result);
void graft_sigmoid(int64_t count, const float *source, float *result);
void graft_sigmoid_backward(int64_t count, const float *result, const float *gradient, float *input_gradient);

// The greatest number of each window, of each channel; what is not a number counts as the greatest, and padding never counts. Images
// whose channels lie side by side: N,H,W,C, or, where they lie in blocks of so many channels, as N times the blocks images. Every window
// has a pixel of the image.
typedef struct {
  int64_t images, height, width, channels, result_height, result_width;
  int64_t window_height, window_width, stride_height, stride_width;
  int64_t padding_top, padding_left;
} graft_max_pooling;

void graft_pool_maxima(const graft_max_pooling *pooling, const float *source, float *result);
void graft_pool_bfloat16_maxima(const graft_max_pooling *pooling, const uint16_t *source, uint16_t *result);
// The gradient of the images; of equal numbers the first in row order gets it.
void graft_pool_maxima_backward(const graft_max_pooling *pooling, const float *source, const float *gradient, float *result);

// destination += scale * source
void graft_add_scaled(int64_t count, float scale, const float *source, float *destination);

void graft_softmax(int64_t rows, int64_t length, const float *logits, float *probabilities);
void graft_softmax_backward(int64_t rows, int64_t length, const float *probabilities, const float *gradient,
                            float *result);

// Binary cross entropy from logits, max(x, 0) - x t + log(1 + exp(-|x|)), in its stable form. Targets are float32, or bytes
// where 0 is background and everything else foreground. Returns the sum; `gradients` (sigmoid(x) - t, times scale) may be NULL.
double graft_sigmoid_cross_entropy(int64_t count, const float *logits, const float *targets, float scale,
                                   float *gradients);
double graft_sigmoid_cross_entropy_bytes(int64_t count, const float *logits, const uint8_t *targets, float scale,
                                         float *gradients);

// Cross entropy from logits with targets as a distribution. Returns the sum over the rows; `gradients` (softmax(x) · sum(t) - t,
// times scale) may be NULL.
double graft_softmax_cross_entropy(int64_t rows, int64_t classes, const float *logits, const float *targets, float scale,
                                   float *gradients);

// Binary cross entropy from probabilities held within Keras' bounds, 1e-7f and 1 - 1e-7f, with `epsilon` added inside the
// logarithms. Returns the sum; `gradients` (0 where a probability was out of bounds; times scale) may be NULL.
double graft_binary_cross_entropy(int64_t count, const float *probabilities, const float *targets, float epsilon,
                                  float scale, float *gradients);

// Cross entropy from the probabilities of each row, divided by their sum and then held within the same bounds. Returns the sum
// over the rows; `gradients` (times scale) may be NULL.
double graft_categorical_cross_entropy(int64_t rows, int64_t classes, const float *probabilities, const float *targets,
                                       float scale, float *gradients);

// The sum of the squares of prediction - target; `gradients` (twice the difference, times scale) may be NULL.
double graft_squared_error(int64_t count, const float *predictions, const float *targets, float scale,
                           float *gradients);

// Binary focal loss from logits, t alpha (1 - p)^gamma (-log p) + (1 - t) beta p^gamma (-log(1 - p)) with p = sigmoid(x). Returns
// the sum; `gradients` (times scale) may be NULL.
double graft_sigmoid_focal_loss(int64_t count, const float *logits, const float *targets, double gamma, double alpha,
                                double beta, float scale, float *gradients);

// Focal loss of a softmax over each row, w (1 - p)^gamma (-log p) with the probability p and the weight w of the row's label; cross
// entropy where gamma is 0. Rows with a negative label count nothing; `weights` may be NULL, and then are 1. Returns the sum;
// `gradients` (times scale) may be NULL.
double graft_softmax_focal_loss(int64_t rows, int64_t classes, const float *logits, const int32_t *labels,
                                const float *weights, double gamma, float scale, float *gradients);

// One step of RMSprop over `count` parameters: a = rho a + (1 - rho) g²; p -= rate g / (sqrt(a) + epsilon), or
// / sqrt(a + epsilon) where epsilon is inside.
void graft_rmsprop(int64_t count, float rate, float rho, float epsilon, int epsilon_inside, const float *gradient,
                   float *mean_square, float *parameter);
// The same with momentum, where q is the quotient above: v = momentum v + inner_rate q; p -= outer_rate v.
void graft_rmsprop_momentum(int64_t count, float inner_rate, float outer_rate, float rho, float momentum, float epsilon,
                            int epsilon_inside, const float *gradient, float *mean_square, float *velocity,
                            float *parameter);
// One step down the gradient, with g = gradient + decay p: p -= rate g.
void graft_sgd(int64_t count, float rate, float decay, const float *gradient, float *parameter);
// v = momentum v + inner_rate g; p -= outer_rate v, or with Nesterov's momentum outer_rate (momentum v + inner_rate g).
void graft_sgd_momentum(int64_t count, float inner_rate, float outer_rate, float momentum, int nesterov, float decay,
                        const float *gradient, float *velocity, float *parameter);
// One step of Adam: m = beta_1 m + (1 - beta_1) g; v = beta_2 v + (1 - beta_2) g²;
// p -= decay p + rate m / (root_scale sqrt(v) + epsilon). The caller puts the corrections of the moments into `rate` and
// `root_scale`.
void graft_adam(int64_t count, float rate, float root_scale, float beta_1, float beta_2, float epsilon, float decay,
                const float *gradient, float *mean, float *mean_square, float *parameter);

// Between which two source positions each position of a resized axis lies, and what the upper one weighs of 1.
typedef struct {
  const int32_t *lower, *upper;
  const float *upper_weight;
} graft_interpolated_axis;

typedef struct {
  int64_t batch, height, width, channels, result_height, result_width;
  graft_interpolated_axis rows, columns;
} graft_resizing;

// Images N,H,W,C resized by linear interpolation along both axes; and the gradient of the source from that of the result.
void graft_resize(const graft_resizing *resizing, const float *source, float *result);
void graft_resize_backward(const graft_resizing *resizing, const float *gradient, float *result);

// float32 to bfloat16, rounded to the nearest even, and back.
void graft_to_bfloat16(int64_t count, const float *source, uint16_t *result);
void graft_from_bfloat16(int64_t count, const uint16_t *source, float *result);

// Which source pixels make up each pixel of a resampled row or column: `counts[i]` of them from `first[i]` on, weighed by
// weights[i · most …] in parts of 2^22.
typedef struct {
  const int32_t *first, *counts, *weights;
  int32_t most;
} graft_taps;

// Resamples bytes (1 or 3 channels) along each row, and along each column; sums are rounded and held within 0…255. `scratch`
// takes 16 · (source_width + width) bytes.
void graft_resample_rows(int64_t rows, int channels, int64_t source_width, const uint8_t *source, int64_t width,
                         const graft_taps *taps, uint8_t *scratch, uint8_t *result);
void graft_resample_columns(int64_t row_length, const uint8_t *source, int64_t height, const graft_taps *taps,
                            uint8_t *result);

// result[pixel][c] = table[256 c + source[pixel][order[c]]], for pictures of 3 channels, or of 1 that stands for all three.
void graft_normalize_pixels(int64_t pixels, int channels, const uint8_t *source, const int32_t order[3],
                            const float *table, float *result);

// How a predicted mask and a true one overlap: pixels that are foreground in both, in the prediction, in truth; and the sums of
// the probabilities over the true foreground and over all pixels.
typedef struct {
  int64_t intersection, predicted, truth;
  double soft_intersection, soft_predicted;
} graft_overlap;

// Images of at most 2^31 pixels each, one result for each. Foreground is predicted where value >= threshold, and true where a
// mask's byte is not 0.
void graft_overlaps_of_probabilities(int64_t images, int64_t pixels, const float *values, float threshold,
                                     const uint8_t *masks, graft_overlap *results);
void graft_overlaps_of_logits(int64_t images, int64_t pixels, const float *values, float threshold, const uint8_t *masks,
                              graft_overlap *results);

// Gives what the allocator holds without use back to the system, where it can.
void graft_return_free_memory(void);
// Has the allocator keep some megabytes that are freed, for what is allocated next.
void graft_keep_freed_memory(void);

// One minus the overlap of probabilities p and targets t, of each channel of each image, where I = sum(p t):
// (2 I + smoothing) / (sum(p) + sum(t) + smoothing) for Dice, (I + smoothing) / (sum(p) + sum(t) - I + smoothing) for
// intersection over union. What is empty and has no smoothing counts 0. Returns the sum; `gradients` (times scale) may be NULL.
double graft_dice_loss(int64_t images, int64_t pixels, int64_t channels, const float *probabilities, const float *targets,
                       double smoothing, float scale, float *gradients);
double graft_soft_iou_loss(int64_t images, int64_t pixels, int64_t channels, const float *probabilities,
                           const float *targets, double smoothing, float scale, float *gradients);

// The cyclic redundancy check of RFC 3720, appendix B.4.
uint32_t graft_crc32c(const void *bytes, size_t count);

// Adds `count` blocks of 64 bytes to the state of SHA-256 (FIPS 180-4, section 6.2.2), with the processor's own instructions if it
// has them and is not asked to do without.
void graft_sha256_blocks(uint32_t state[8], const void *bytes, size_t count, int portably);

// Maps of height × width scores enlarged by `stride`, which is a multiple of 32, with a kernel of 2 stride × 2 stride, cropped by half
// a stride on each side: the transposed convolution that Keras calls `same`.
typedef struct {
  int64_t height, width, stride;
} graft_upsampling;

void graft_upsample(const graft_upsampling *map, int64_t images, const float *scores, const float *kernel, float *logits);

// The sum over all pixels of the binary cross entropy of the enlarged maps, which are not stored, with the gradients of that sum by
// the scores and by the kernel. Masks are bytes, where 0 is background. `scratch` takes as many kernels as there are groups.
int64_t graft_upsampled_cross_entropy_groups(int64_t images);
double graft_upsampled_cross_entropy(const graft_upsampling *map, int64_t images, const float *scores, const float *kernel,
                                     const uint8_t *masks, float *score_gradients, float *kernel_gradients, float *scratch);

// The same for as many maps as there are classes, each of which every other depends on: scores N,H,W,classes and a kernel of height,
// width, classes of the result and classes of the scores. `scratch` is memory that the two functions work in, and must not be shared
// by two calls at a time; the first says how many floats it has: with `trains` for the gradients, too, without for the logits alone.
int64_t graft_class_upsampling_scratch(const graft_upsampling *map, int64_t classes, int64_t images, int trains);
void graft_upsample_classes(const graft_upsampling *map, int64_t classes, int64_t images, const float *scores,
                            const float *kernel, float *logits, float *scratch);

// The sum over all pixels of the cross entropy of a softmax, and the gradients of `scale` times that sum. Labels are class numbers;
// pixels of the label `ignored` count nothing.
double graft_upsampled_softmax_cross_entropy(const graft_upsampling *map, int64_t classes, int64_t images,
                                             const float *scores, const float *kernel, const uint8_t *labels, int64_t ignored,
                                             float scale, float *score_gradients, float *kernel_gradients, float *scratch);

// How many labels are not the ignored one; -1 if one of these is no class.
int64_t graft_count_labels(int64_t count, const uint8_t *labels, int64_t classes, int64_t ignored);

// A convolution with 3×3 kernels, stride 1 and dilation 1 of images N,H,W,I to images N,H′,W′,O. Paddings may be negative.
typedef struct {
  int64_t batch, input_height, input_width, input_channels;
  int64_t output_height, output_width, output_channels;
  int64_t padding_top, padding_left;
  // Whether the images of graft_winograd_forward lie in blocks of sixteen channels, N,C/16,H,W,16; there are then a multiple of sixteen.
  // Those of graft_winograd_gradient do not.
  int input_in_blocks, output_in_blocks;
  // As many blocks of the images are worked on at a time; no result depends on it.
  int64_t threads;
} graft_winograd;

// How many elements a transformed kernel takes, and how many the memory that each direction works in.
int64_t graft_winograd_kernel_count(int64_t input_channels, int64_t output_channels);
int64_t graft_winograd_forward_scratch(const graft_winograd *convolution);
int64_t graft_winograd_gradient_scratch(const graft_winograd *convolution);

// The transform of a kernel H,W,I,O; and of its mirror image with I and O exchanged, for the gradient of the input.
void graft_winograd_kernel(int64_t input_channels, int64_t output_channels, const float *kernel, float *transformed);
void graft_winograd_mirrored_kernel(int64_t input_channels, int64_t output_channels, const float *kernel,
                                    float *transformed);

// The result from a transformed kernel. `bias` may be NULL; negative results become 0 where `relu` is not.
void graft_winograd_forward(const graft_winograd *convolution, const float *input, const float *transformed,
                            const float *bias, int relu, float *scratch, float *result);

// The gradients of the kernel and of the bias (which may be NULL) from that of the result.
void graft_winograd_gradient(const graft_winograd *convolution, const float *input, const float *gradient, float *scratch,
                             float *kernel_gradient, float *bias_gradient);
