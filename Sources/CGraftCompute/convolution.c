#include "internal.h"

#include <string.h>

typedef struct {
  graft_layout *source, *weights, *bias, *destination;
} convolution_layouts;

// In blocks, where asked for and offered, else as the library likes it.
static graft_status image_layout(const int64_t *dimensions, graft_type type, int in_blocks, graft_layout **result) {
  *result = in_blocks ? graft_layout_of_blocks(dimensions, type) : NULL;
  return *result ? GRAFT_STATUS_OK : graft_layout_tagged(4, dimensions, type, dnnl_format_tag_any, result);
}

// The caller destroys the layouts that were made, also after a failure.
static graft_status make_layouts(const graft_convolution *c, int in_blocks, convolution_layouts *result) {
  int64_t source[] = {c->batch, c->input_channels, c->input_height, c->input_width};
  int64_t destination[] = {c->batch, c->output_channels, c->output_height, c->output_width};
  int64_t grouped[] = {c->groups, c->output_channels / c->groups, c->input_channels / c->groups, c->kernel_height,
                       c->kernel_width};
  int64_t single[] = {c->output_channels, c->input_channels, c->kernel_height, c->kernel_width};
  int64_t bias[] = {c->output_channels};
  graft_status status = image_layout(source, c->type, in_blocks, &result->source);
  if (status == GRAFT_STATUS_OK)
    status = graft_layout_tagged(c->groups > 1 ? 5 : 4, c->groups > 1 ? grouped : single, c->type, dnnl_format_tag_any,
                                 &result->weights);
  if (status == GRAFT_STATUS_OK && c->has_bias) status = graft_layout_tagged(1, bias, GRAFT_FLOAT32, dnnl_a, &result->bias);
  if (status == GRAFT_STATUS_OK) status = image_layout(destination, c->type, in_blocks, &result->destination);
  return status;
}

static void destroy_layouts(convolution_layouts layouts) {
  graft_layout_destroy(layouts.source);
  graft_layout_destroy(layouts.weights);
  graft_layout_destroy(layouts.bias);
  graft_layout_destroy(layouts.destination);
}

static graft_status describe_convolution(const graft_convolution *c, graft_direction direction, convolution_layouts l,
                                         dnnl_primitive_attr_t attributes, dnnl_primitive_desc_t forward,
                                         dnnl_primitive_desc_t *result) {
  dnnl_dims_t strides = {c->stride_height, c->stride_width};
  dnnl_dims_t dilations = {c->dilation_height - 1, c->dilation_width - 1};
  dnnl_dims_t before = {c->padding_top, c->padding_left}, after = {c->padding_bottom, c->padding_right};
  dnnl_alg_kind_t algorithm =
      c->algorithm == GRAFT_WINOGRAD ? dnnl_convolution_winograd : dnnl_convolution_direct;
  dnnl_prop_kind_t kind = direction == GRAFT_FORWARD_INFERENCE ? dnnl_forward_inference : dnnl_forward_training;
  descriptor source = graft_described(l.source), weights = graft_described(l.weights);
  descriptor bias = l.bias ? graft_described(l.bias) : NULL, destination = graft_described(l.destination);
#if GRAFT_ONEDNN_3
  switch (direction) {
    case GRAFT_BACKWARD_DATA:
      return GRAFT_CALL(dnnl_convolution_backward_data_primitive_desc_create, result, graft_engine(), algorithm, source, weights,
                        destination, strides, dilations, before, after, forward, attributes);
    case GRAFT_BACKWARD_WEIGHTS:
      return GRAFT_CALL(dnnl_convolution_backward_weights_primitive_desc_create, result, graft_engine(), algorithm, source,
                        weights, bias, destination, strides, dilations, before, after, forward, attributes);
    default:
      return GRAFT_CALL(dnnl_convolution_forward_primitive_desc_create, result, graft_engine(), kind, algorithm, source,
                        weights, bias, destination, strides, dilations, before, after, attributes);
  }
#else
  dnnl_convolution_desc_t operation;
  graft_status status;
  switch (direction) {
    case GRAFT_BACKWARD_DATA:
      status = GRAFT_CALL(dnnl_dilated_convolution_backward_data_desc_init, &operation, algorithm, source, weights, destination,
                          strides, dilations, before, after);
      break;
    case GRAFT_BACKWARD_WEIGHTS:
      status = GRAFT_CALL(dnnl_dilated_convolution_backward_weights_desc_init, &operation, algorithm, source, weights, bias,
                          destination, strides, dilations, before, after);
      break;
    default:
      status = GRAFT_CALL(dnnl_dilated_convolution_forward_desc_init, &operation, kind, algorithm, source, weights, bias,
                          destination, strides, dilations, before, after);
  }
  if (status != GRAFT_STATUS_OK) return status;
  return GRAFT_CALL(dnnl_primitive_desc_create, result, &operation, attributes, graft_engine(), forward);
#endif
}

static graft_status append_sum(dnnl_post_ops_t operations) {
#if GRAFT_ONEDNN_3
  return GRAFT_CALL(dnnl_post_ops_append_sum, operations, 1, 0, dnnl_data_type_undef);
#else
  return GRAFT_CALL(dnnl_post_ops_append_sum, operations, 1);
#endif
}

static graft_status append_relu(dnnl_post_ops_t operations) {
#if GRAFT_ONEDNN_3
  return GRAFT_CALL(dnnl_post_ops_append_eltwise, operations, dnnl_eltwise_relu, 0, 0);
#else
  return GRAFT_CALL(dnnl_post_ops_append_eltwise, operations, 1, dnnl_eltwise_relu, 0, 0);
#endif
}

// Adds the operations on a result before it is written.
static graft_status append_operations(const graft_convolution *c, dnnl_primitive_attr_t attributes) {
  dnnl_post_ops_t operations = NULL;
  graft_status status = GRAFT_CALL(dnnl_post_ops_create, &operations);
  if (status == GRAFT_STATUS_OK && c->accumulates) status = append_sum(operations);
  if (status == GRAFT_STATUS_OK && c->fused_relu) status = append_relu(operations);
  if (status == GRAFT_STATUS_OK) status = GRAFT_CALL(dnnl_primitive_attr_set_post_ops, attributes, operations);
  if (operations) dnnl_post_ops_destroy(operations);
  return status;
}

static graft_status create(const graft_convolution *convolution, int in_blocks, graft_primitive **primitive) {
  convolution_layouts layouts = {0};
  graft_direction direction = convolution->direction;
  int backward = direction == GRAFT_BACKWARD_DATA || direction == GRAFT_BACKWARD_WEIGHTS;
  dnnl_primitive_attr_t attributes;
  dnnl_primitive_desc_t forward = NULL, description = NULL;
  graft_status status = graft_attributes_with_own_scratch(&attributes);
  if (status == GRAFT_STATUS_OK) status = make_layouts(convolution, in_blocks, &layouts);
  if (status == GRAFT_STATUS_OK && !backward) status = append_operations(convolution, attributes);
  if (status == GRAFT_STATUS_OK && backward)
    status = describe_convolution(convolution, GRAFT_FORWARD_TRAINING, layouts, attributes, NULL, &forward);
  if (status == GRAFT_STATUS_OK)
    status = describe_convolution(convolution, direction, layouts, attributes, forward, &description);
  if (forward) dnnl_primitive_desc_destroy(forward);
  if (attributes) dnnl_primitive_attr_destroy(attributes);
  destroy_layouts(layouts);
  return graft_compiled(status, description, primitive);
}

graft_status graft_convolution_create(const graft_convolution *convolution, graft_primitive **primitive) {
  // Left to itself the library may take rows for one convolution and blocks for the next, as Winograd's must have them; the copies
  // between cost more than what rows gain.
  graft_status status = create(convolution, 1, primitive);
  if (status == GRAFT_STATUS_OK) {
    // A layout may be served by a slow general kernel only.
    if (strncmp(graft_primitive_implementation(*primitive), "jit", 3) == 0) return status;
    graft_primitive_destroy(*primitive);
  }
  return create(convolution, 0, primitive);
}
