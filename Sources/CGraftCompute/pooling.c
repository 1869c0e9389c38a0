#include "internal.h"

static graft_status describe_pooling(const graft_pooling *p, graft_direction direction, const graft_layout *source,
                                     const graft_layout *destination, dnnl_primitive_attr_t attributes,
                                     dnnl_primitive_desc_t forward, dnnl_primitive_desc_t *result) {
  dnnl_dims_t strides = {p->stride_height, p->stride_width}, window = {p->window_height, p->window_width};
  dnnl_dims_t before = {p->padding_top, p->padding_left}, after = {p->padding_bottom, p->padding_right};
  dnnl_alg_kind_t algorithm = p->kind == GRAFT_POOLING_AVERAGE_INCLUDING_PADDING ? dnnl_pooling_avg_include_padding
                                                                                 : dnnl_pooling_avg_exclude_padding;
  dnnl_prop_kind_t kind = direction == GRAFT_FORWARD_INFERENCE ? dnnl_forward_inference : dnnl_forward_training;
  descriptor from = graft_described(source), to = graft_described(destination);
#if GRAFT_ONEDNN_3
  dnnl_dims_t dense = {0, 0};
  if (direction == GRAFT_BACKWARD_DATA)
    return GRAFT_CALL(dnnl_pooling_backward_primitive_desc_create, result, graft_engine(), algorithm, from, to, strides, window,
                      dense, before, after, forward, attributes);
  return GRAFT_CALL(dnnl_pooling_forward_primitive_desc_create, result, graft_engine(), kind, algorithm, from, to, strides,
                    window, dense, before, after, attributes);
#else
  dnnl_pooling_desc_t operation;
  graft_status status =
      direction == GRAFT_BACKWARD_DATA
          ? GRAFT_CALL(dnnl_pooling_backward_desc_init, &operation, algorithm, from, to, strides, window, before, after)
          : GRAFT_CALL(dnnl_pooling_forward_desc_init, &operation, kind, algorithm, from, to, strides, window, before, after);
  if (status != GRAFT_STATUS_OK) return status;
  return GRAFT_CALL(dnnl_primitive_desc_create, result, &operation, attributes, graft_engine(), forward);
#endif
}

graft_status graft_pooling_create(const graft_pooling *pooling, const graft_layout *layout,
                                  graft_primitive **primitive) {
  int64_t size[] = {pooling->batch, pooling->channels, pooling->output_height, pooling->output_width};
  graft_layout *chosen = NULL, *result = NULL;
  dnnl_primitive_attr_t attributes;
  dnnl_primitive_desc_t forward = NULL, description = NULL;
  graft_status status = graft_attributes_with_own_scratch(&attributes);
  if (status == GRAFT_STATUS_OK) status = graft_layout_tagged(4, size, GRAFT_FLOAT32, dnnl_format_tag_any, &chosen);
  if (status == GRAFT_STATUS_OK && pooling->direction == GRAFT_BACKWARD_DATA) {
    // Both passes must agree on the layout of the result.
    status = describe_pooling(pooling, GRAFT_FORWARD_TRAINING, layout, chosen, attributes, NULL, &forward);
    if (status == GRAFT_STATUS_OK)
      status = graft_layout_copied(dnnl_primitive_desc_query_md(forward, dnnl_query_dst_md, 0), &result);
  }
  if (status == GRAFT_STATUS_OK)
    status = describe_pooling(pooling, pooling->direction, layout, result ? result : chosen, attributes, forward, &description);
  if (forward) dnnl_primitive_desc_destroy(forward);
  if (attributes) dnnl_primitive_attr_destroy(attributes);
  graft_layout_destroy(chosen);
  graft_layout_destroy(result);
  return graft_compiled(status, description, primitive);
}
