#include "internal.h"

static dnnl_status_t describe_pooling(const graft_pooling *p, graft_direction direction, const graft_layout *source,
                                      const graft_layout *destination, dnnl_primitive_attr_t attributes,
                                      dnnl_primitive_desc_t forward, dnnl_primitive_desc_t *result) {
  dnnl_dims_t strides = {p->stride_height, p->stride_width}, window = {p->window_height, p->window_width};
  dnnl_dims_t before = {p->padding_top, p->padding_left}, after = {p->padding_bottom, p->padding_right};
  dnnl_alg_kind_t algorithm = p->kind == GRAFT_POOLING_MAXIMUM ? dnnl_pooling_max
                              : p->kind == GRAFT_POOLING_AVERAGE_INCLUDING_PADDING
                                  ? dnnl_pooling_avg_include_padding
                                  : dnnl_pooling_avg_exclude_padding;
  dnnl_prop_kind_t kind = direction == GRAFT_FORWARD_INFERENCE ? dnnl_forward_inference : dnnl_forward_training;
#if GRAFT_ONEDNN_3
  dnnl_dims_t dense = {0, 0};
  if (direction == GRAFT_BACKWARD_DATA)
    return dnnl_pooling_backward_primitive_desc_create(result, graft_engine(), algorithm, graft_described(source),
                                                       graft_described(destination), strides, window, dense, before, after,
                                                       forward, attributes);
  return dnnl_pooling_forward_primitive_desc_create(result, graft_engine(), kind, algorithm, graft_described(source),
                                                    graft_described(destination), strides, window, dense, before, after,
                                                    attributes);
#else
  dnnl_pooling_desc_t operation;
  dnnl_status_t status =
      direction == GRAFT_BACKWARD_DATA
          ? dnnl_pooling_backward_desc_init(&operation, algorithm, graft_described(source), graft_described(destination), strides,
                                            window, before, after)
          : dnnl_pooling_forward_desc_init(&operation, kind, algorithm, graft_described(source), graft_described(destination),
                                           strides, window, before, after);
  if (status != dnnl_success) return status;
  return dnnl_primitive_desc_create(result, &operation, attributes, graft_engine(), forward);
#endif
}

graft_status graft_pooling_create(const graft_pooling *pooling, const graft_layout *layout,
                                  graft_primitive **primitive) {
  int64_t destination[] = {pooling->batch, pooling->channels, pooling->output_height, pooling->output_width};
  graft_layout *any_destination = graft_layout_of_any(4, destination, pooling->type);
  dnnl_primitive_attr_t attributes = graft_attributes_with_own_scratch();
  dnnl_primitive_desc_t description = NULL;
  dnnl_status_t status;
  if (pooling->direction == GRAFT_BACKWARD_DATA) {
    // The workspace holds positions in the layout of the forward pass, so that both passes must agree on it.
    dnnl_primitive_desc_t forward = NULL;
    status = describe_pooling(pooling, GRAFT_FORWARD_TRAINING, layout, any_destination, attributes, NULL, &forward);
    if (status == dnnl_success) {
      graft_layout *result = graft_layout_copied(dnnl_primitive_desc_query_md(forward, dnnl_query_dst_md, 0));
      status = describe_pooling(pooling, GRAFT_BACKWARD_DATA, layout, result, attributes, forward, &description);
      graft_layout_destroy(result);
      dnnl_primitive_desc_destroy(forward);
    }
  } else {
    status = describe_pooling(pooling, pooling->direction, layout, any_destination, attributes, NULL, &description);
  }
  dnnl_primitive_attr_destroy(attributes);
  graft_layout_destroy(any_destination);
  return status == dnnl_success ? graft_compiled(description, primitive) : graft_translated(status);
}
