#include "internal.h"

static graft_status describe_normalization(graft_direction direction, unsigned flags, float epsilon,
                                           const graft_layout *layout, dnnl_primitive_attr_t attributes,
                                           dnnl_primitive_desc_t forward, dnnl_primitive_desc_t *result) {
  dnnl_prop_kind_t kind = direction == GRAFT_BACKWARD_DATA       ? dnnl_backward
                          : direction == GRAFT_FORWARD_INFERENCE ? dnnl_forward_inference
                                                                 : dnnl_forward_training;
  descriptor data = graft_described(layout);
#if GRAFT_ONEDNN_3
  if (direction == GRAFT_BACKWARD_DATA)
    return GRAFT_CALL(dnnl_batch_normalization_backward_primitive_desc_create, result, graft_engine(), kind, data, data, data,
                      epsilon, flags, forward, attributes);
  return GRAFT_CALL(dnnl_batch_normalization_forward_primitive_desc_create, result, graft_engine(), kind, data, data, epsilon,
                    flags, attributes);
#else
  dnnl_batch_normalization_desc_t operation;
  graft_status status =
      direction == GRAFT_BACKWARD_DATA
          ? GRAFT_CALL(dnnl_batch_normalization_backward_desc_init, &operation, kind, data, data, epsilon, flags)
          : GRAFT_CALL(dnnl_batch_normalization_forward_desc_init, &operation, kind, data, epsilon, flags);
  if (status != GRAFT_STATUS_OK) return status;
  return GRAFT_CALL(dnnl_primitive_desc_create, result, &operation, attributes, graft_engine(), forward);
#endif
}

graft_status graft_normalization_create(graft_direction direction, int uses_stored_statistics, float epsilon,
                                        const graft_layout *layout, graft_primitive **primitive) {
  unsigned flags = dnnl_use_scale | dnnl_use_shift | (uses_stored_statistics ? dnnl_use_global_stats : 0);
  dnnl_primitive_attr_t attributes;
  dnnl_primitive_desc_t forward = NULL, description = NULL;
  graft_status status = graft_attributes_with_own_scratch(&attributes);
  if (status == GRAFT_STATUS_OK && direction == GRAFT_BACKWARD_DATA)
    status = describe_normalization(GRAFT_FORWARD_TRAINING, flags, epsilon, layout, attributes, NULL, &forward);
  if (status == GRAFT_STATUS_OK)
    status = describe_normalization(direction, flags, epsilon, layout, attributes, forward, &description);
  if (forward) dnnl_primitive_desc_destroy(forward);
  if (attributes) dnnl_primitive_attr_destroy(attributes);
  status = graft_compiled(status, description, primitive);
#if GRAFT_ONEDNN_3
  // Backward, 2.x wants the shift, which no gradient depends on; 3.x names a layout for it and then refuses to run with it.
  if (status == GRAFT_STATUS_OK && direction == GRAFT_BACKWARD_DATA) {
    graft_layout_destroy((*primitive)->layouts[GRAFT_SHIFT]);
    (*primitive)->layouts[GRAFT_SHIFT] = NULL;
  }
#endif
  return status;
}
