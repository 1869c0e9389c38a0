#include "internal.h"

static dnnl_alg_kind_t algorithm_of(graft_activation_kind kind, int backward) {
  switch (kind) {
    case GRAFT_RELU:
    case GRAFT_LEAKY_RELU: return backward ? dnnl_eltwise_relu_use_dst_for_bwd : dnnl_eltwise_relu;
    case GRAFT_TANH: return backward ? dnnl_eltwise_tanh_use_dst_for_bwd : dnnl_eltwise_tanh;
    case GRAFT_SQUARE_ROOT: return backward ? dnnl_eltwise_sqrt_use_dst_for_bwd : dnnl_eltwise_sqrt;
    case GRAFT_ABSOLUTE: return dnnl_eltwise_abs;
  }
  return dnnl_alg_kind_undef;
}

int graft_activation_backward_uses_result(graft_activation_kind kind) { return kind != GRAFT_ABSOLUTE; }

static graft_status describe_activation(graft_activation_kind kind, float slope, graft_direction direction,
                                        int backward_algorithm, const graft_layout *layout,
                                        dnnl_primitive_attr_t attributes, dnnl_primitive_desc_t forward,
                                        dnnl_primitive_desc_t *result) {
  dnnl_alg_kind_t algorithm = algorithm_of(kind, backward_algorithm);
  dnnl_prop_kind_t propagation = direction == GRAFT_FORWARD_INFERENCE ? dnnl_forward_inference : dnnl_forward_training;
  descriptor data = graft_described(layout);
#if GRAFT_ONEDNN_3
  if (direction == GRAFT_BACKWARD_DATA)
    return GRAFT_CALL(dnnl_eltwise_backward_primitive_desc_create, result, graft_engine(), algorithm, data, data, data, slope, 0,
                      forward, attributes);
  return GRAFT_CALL(dnnl_eltwise_forward_primitive_desc_create, result, graft_engine(), propagation, algorithm, data, data,
                    slope, 0, attributes);
#else
  dnnl_eltwise_desc_t operation;
  graft_status status = direction == GRAFT_BACKWARD_DATA
                            ? GRAFT_CALL(dnnl_eltwise_backward_desc_init, &operation, algorithm, data, data, slope, 0)
                            : GRAFT_CALL(dnnl_eltwise_forward_desc_init, &operation, propagation, algorithm, data, slope, 0);
  if (status != GRAFT_STATUS_OK) return status;
  return GRAFT_CALL(dnnl_primitive_desc_create, result, &operation, attributes, graft_engine(), forward);
#endif
}

graft_status graft_activation_create(graft_activation_kind kind, float slope, graft_direction direction,
                                     const graft_layout *layout, graft_primitive **primitive) {
  dnnl_primitive_attr_t attributes;
  dnnl_primitive_desc_t forward = NULL, description = NULL;
  int backward = direction == GRAFT_BACKWARD_DATA;
  graft_status status = graft_attributes_with_own_scratch(&attributes);
  if (status == GRAFT_STATUS_OK && backward)
    status = describe_activation(kind, slope, GRAFT_FORWARD_TRAINING, 1, layout, attributes, NULL, &forward);
  if (status == GRAFT_STATUS_OK)
    status = describe_activation(kind, slope, direction, backward, layout, attributes, forward, &description);
  if (forward) dnnl_primitive_desc_destroy(forward);
  if (attributes) dnnl_primitive_attr_destroy(attributes);
  return graft_compiled(status, description, primitive);
}
