#include "graft_compute.h"

#include <oneapi/dnnl/dnnl.h>
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#if DNNL_VERSION_MAJOR >= 3
#define GRAFT_ONEDNN_3 1
typedef const_dnnl_memory_desc_t descriptor;
#else
#define GRAFT_ONEDNN_3 0
typedef const dnnl_memory_desc_t *descriptor;
#endif

struct graft_layout {
  dnnl_memory_desc_t description;
};

struct graft_primitive {
  dnnl_primitive_t primitive;
  graft_layout *layouts[GRAFT_ROLE_COUNT];
  graft_layout *scratch;
  const char *implementation;
};

static graft_status translated(dnnl_status_t status) {
  switch (status) {
    case dnnl_success: return GRAFT_STATUS_OK;
    case dnnl_unimplemented: return GRAFT_STATUS_UNIMPLEMENTED;
    case dnnl_out_of_memory: return GRAFT_STATUS_OUT_OF_MEMORY;
    default: return GRAFT_STATUS_FAILED;
  }
}

static dnnl_engine_t engine(void) {
  static _Atomic(dnnl_engine_t) shared;
  dnnl_engine_t current = shared;
  if (current) return current;
  dnnl_engine_t made = NULL;
  if (dnnl_engine_create(&made, dnnl_cpu, 0) != dnnl_success) return NULL;
  if (!__c11_atomic_compare_exchange_strong(&shared, &current, made, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST)) {
    dnnl_engine_destroy(made);
    return current;
  }
  return made;
}

static dnnl_stream_t stream(void) {
  static _Thread_local dnnl_stream_t own;
  if (!own) dnnl_stream_create(&own, engine(), dnnl_stream_default_flags);
  return own;
}

// MARK: Layouts

static descriptor described(const graft_layout *layout) {
#if GRAFT_ONEDNN_3
  return layout->description;
#else
  return &layout->description;
#endif
}

static dnnl_data_type_t data_type(graft_type type) { return type == GRAFT_BFLOAT16 ? dnnl_bf16 : dnnl_f32; }

static graft_layout *layout_of_any(int rank, const int64_t *dimensions, graft_type type) {
  graft_layout *layout = calloc(1, sizeof *layout);
  dnnl_dims_t dims = {0};
  memcpy(dims, dimensions, (size_t)rank * sizeof(int64_t));
#if GRAFT_ONEDNN_3
  dnnl_memory_desc_create_with_tag(&layout->description, rank, dims, data_type(type), dnnl_format_tag_any);
#else
  dnnl_memory_desc_init_by_tag(&layout->description, rank, dims, data_type(type), dnnl_format_tag_any);
#endif
  return layout;
}

graft_layout *graft_layout_create(int rank, const int64_t *dimensions, const int64_t *strides, graft_type type) {
  graft_layout *layout = calloc(1, sizeof *layout);
  dnnl_dims_t dims = {0}, steps = {0};
  memcpy(dims, dimensions, (size_t)rank * sizeof(int64_t));
  memcpy(steps, strides, (size_t)rank * sizeof(int64_t));
#if GRAFT_ONEDNN_3
  dnnl_status_t status = dnnl_memory_desc_create_with_strides(&layout->description, rank, dims, data_type(type), steps);
#else
  dnnl_status_t status = dnnl_memory_desc_init_by_strides(&layout->description, rank, dims, data_type(type), steps);
#endif
  if (status == dnnl_success) return layout;
  free(layout);
  return NULL;
}

static graft_layout *layout_copied(descriptor description) {
  if (!description) return NULL;
  graft_layout *copy = calloc(1, sizeof *copy);
#if GRAFT_ONEDNN_3
  dnnl_memory_desc_clone(&copy->description, description);
#else
  copy->description = *description;
#endif
  return copy;
}

graft_layout *graft_layout_copy(const graft_layout *layout) { return layout_copied(described(layout)); }

void graft_layout_destroy(graft_layout *layout) {
  if (!layout) return;
#if GRAFT_ONEDNN_3
  dnnl_memory_desc_destroy(layout->description);
#endif
  free(layout);
}

int graft_layout_equal(const graft_layout *left, const graft_layout *right) {
  return left == right || dnnl_memory_desc_equal(described(left), described(right));
}

size_t graft_layout_bytes(const graft_layout *layout) { return dnnl_memory_desc_get_size(described(layout)); }

// MARK: Primitives

static const int argument_of_role[GRAFT_ROLE_COUNT] = {
    [GRAFT_SOURCE] = DNNL_ARG_SRC,
    [GRAFT_WEIGHTS] = DNNL_ARG_WEIGHTS,
    [GRAFT_BIAS] = DNNL_ARG_BIAS,
    [GRAFT_DESTINATION] = DNNL_ARG_DST,
    [GRAFT_SOURCE_GRADIENT] = DNNL_ARG_DIFF_SRC,
    [GRAFT_WEIGHTS_GRADIENT] = DNNL_ARG_DIFF_WEIGHTS,
    [GRAFT_BIAS_GRADIENT] = DNNL_ARG_DIFF_BIAS,
    [GRAFT_DESTINATION_GRADIENT] = DNNL_ARG_DIFF_DST,
    [GRAFT_WORKSPACE] = DNNL_ARG_WORKSPACE,
};

// Takes the primitive descriptor over.
static graft_status compiled(dnnl_primitive_desc_t description, graft_primitive **result) {
  graft_primitive *primitive = calloc(1, sizeof *primitive);
  dnnl_status_t status = dnnl_primitive_create(&primitive->primitive, description);
  if (status != dnnl_success) {
    dnnl_primitive_desc_destroy(description);
    free(primitive);
    return translated(status);
  }
  for (int role = 0; role < GRAFT_ROLE_COUNT; role++) {
    descriptor found = dnnl_primitive_desc_query_md(description, dnnl_query_exec_arg_md, argument_of_role[role]);
    graft_layout *layout = layout_copied(found);
    if (layout && graft_layout_bytes(layout) == 0) {
      graft_layout_destroy(layout);
      layout = NULL;
    }
    primitive->layouts[role] = layout;
  }
  primitive->scratch = layout_copied(dnnl_primitive_desc_query_md(description, dnnl_query_scratchpad_md, 0));
  const char *name = NULL;
  dnnl_primitive_desc_query(description, dnnl_query_impl_info_str, 0, (void *)&name);
  primitive->implementation = name ? strdup(name) : NULL;
  dnnl_primitive_desc_destroy(description);
  *result = primitive;
  return GRAFT_STATUS_OK;
}

void graft_primitive_destroy(graft_primitive *primitive) {
  if (!primitive) return;
  dnnl_primitive_destroy(primitive->primitive);
  for (int role = 0; role < GRAFT_ROLE_COUNT; role++) graft_layout_destroy(primitive->layouts[role]);
  graft_layout_destroy(primitive->scratch);
  free((void *)primitive->implementation);
  free(primitive);
}

const char *graft_primitive_implementation(const graft_primitive *primitive) {
  return primitive->implementation ? primitive->implementation : "unknown";
}

size_t graft_primitive_scratch_bytes(const graft_primitive *primitive) {
  return primitive->scratch ? graft_layout_bytes(primitive->scratch) : 0;
}

const graft_layout *graft_primitive_layout(const graft_primitive *primitive, graft_role role) {
  return primitive->layouts[role];
}

static dnnl_status_t append_argument(dnnl_exec_arg_t *arguments, int *count, int argument, const graft_layout *layout,
                                     void *data) {
  dnnl_memory_t memory = NULL;
  dnnl_status_t status = dnnl_memory_create(&memory, described(layout), engine(), data);
  if (status == dnnl_success) arguments[(*count)++] = (dnnl_exec_arg_t){argument, memory};
  return status;
}

graft_status graft_primitive_execute(const graft_primitive *primitive, void *const *data, void *scratch) {
  dnnl_exec_arg_t arguments[GRAFT_ROLE_COUNT + 1];
  int count = 0;
  dnnl_status_t status = dnnl_success;
  for (int role = 0; role < GRAFT_ROLE_COUNT && status == dnnl_success; role++) {
    if (!data[role] || !primitive->layouts[role]) continue;
    status = append_argument(arguments, &count, argument_of_role[role], primitive->layouts[role], data[role]);
  }
  if (status == dnnl_success && scratch)
    status = append_argument(arguments, &count, DNNL_ARG_SCRATCHPAD, primitive->scratch, scratch);
  if (status == dnnl_success) status = dnnl_primitive_execute(primitive->primitive, stream(), count, arguments);
  if (status == dnnl_success) status = dnnl_stream_wait(stream());
  for (int index = 0; index < count; index++) dnnl_memory_destroy(arguments[index].memory);
  return translated(status);
}

// The caller owns scratch memory, so that layers share one buffer instead of holding one each.
static dnnl_primitive_attr_t attributes_with_own_scratch(int fused_relu) {
  dnnl_primitive_attr_t attributes = NULL;
  dnnl_primitive_attr_create(&attributes);
  dnnl_primitive_attr_set_scratchpad_mode(attributes, dnnl_scratchpad_mode_user);
  if (fused_relu) {
    dnnl_post_ops_t operations = NULL;
    dnnl_post_ops_create(&operations);
#if GRAFT_ONEDNN_3
    dnnl_post_ops_append_eltwise(operations, dnnl_eltwise_relu, 0, 0);
#else
    dnnl_post_ops_append_eltwise(operations, 1, dnnl_eltwise_relu, 0, 0);
#endif
    dnnl_primitive_attr_set_post_ops(attributes, operations);
    dnnl_post_ops_destroy(operations);
  }
  return attributes;
}

graft_status graft_reorder(const graft_layout *from, const void *source, const graft_layout *to, void *destination) {
  dnnl_primitive_attr_t attributes = attributes_with_own_scratch(0);
  dnnl_primitive_desc_t description = NULL;
  dnnl_status_t status =
      dnnl_reorder_primitive_desc_create(&description, described(from), engine(), described(to), engine(), attributes);
  dnnl_primitive_attr_destroy(attributes);
  if (status != dnnl_success) return translated(status);
  graft_primitive *primitive = NULL;
  graft_status result = compiled(description, &primitive);
  if (result != GRAFT_STATUS_OK) return result;
  size_t bytes = graft_primitive_scratch_bytes(primitive);
  void *scratch = bytes ? aligned_alloc(64, (bytes + 63) / 64 * 64) : NULL;
  void *data[GRAFT_ROLE_COUNT] = {[GRAFT_SOURCE] = (void *)source, [GRAFT_DESTINATION] = destination};
  result = graft_primitive_execute(primitive, data, scratch);
  free(scratch);
  graft_primitive_destroy(primitive);
  return result;
}

// MARK: Convolution

typedef struct {
  graft_layout *source, *weights, *bias, *destination;
} convolution_layouts;

static convolution_layouts layouts_of(const graft_convolution *c) {
  int64_t source[] = {c->batch, c->input_channels, c->input_height, c->input_width};
  int64_t destination[] = {c->batch, c->output_channels, c->output_height, c->output_width};
  int64_t grouped[] = {c->groups, c->output_channels / c->groups, c->input_channels / c->groups, c->kernel_height,
                       c->kernel_width};
  int64_t single[] = {c->output_channels, c->input_channels, c->kernel_height, c->kernel_width};
  int64_t bias[] = {c->output_channels}, one[] = {1};
  return (convolution_layouts){
      .source = layout_of_any(4, source, c->type),
      .weights = c->groups > 1 ? layout_of_any(5, grouped, c->type) : layout_of_any(4, single, c->type),
      .bias = c->has_bias ? graft_layout_create(1, bias, one, GRAFT_FLOAT32) : NULL,
      .destination = layout_of_any(4, destination, c->type),
  };
}

static void destroy_layouts(convolution_layouts layouts) {
  graft_layout_destroy(layouts.source);
  graft_layout_destroy(layouts.weights);
  graft_layout_destroy(layouts.bias);
  graft_layout_destroy(layouts.destination);
}

static dnnl_status_t describe_convolution(const graft_convolution *c, graft_direction direction, convolution_layouts l,
                                          dnnl_primitive_attr_t attributes, dnnl_primitive_desc_t forward,
                                          dnnl_primitive_desc_t *result) {
  dnnl_dims_t strides = {c->stride_height, c->stride_width};
  dnnl_dims_t dilations = {c->dilation_height - 1, c->dilation_width - 1};
  dnnl_dims_t before = {c->padding_top, c->padding_left}, after = {c->padding_bottom, c->padding_right};
  dnnl_alg_kind_t algorithm =
      c->algorithm == GRAFT_WINOGRAD ? dnnl_convolution_winograd : dnnl_convolution_direct;
  dnnl_prop_kind_t kind = direction == GRAFT_FORWARD_INFERENCE ? dnnl_forward_inference : dnnl_forward_training;
  descriptor bias = l.bias ? described(l.bias) : NULL;
#if GRAFT_ONEDNN_3
  switch (direction) {
    case GRAFT_BACKWARD_DATA:
      return dnnl_convolution_backward_data_primitive_desc_create(
          result, engine(), algorithm, described(l.source), described(l.weights), described(l.destination), strides,
          dilations, before, after, forward, attributes);
    case GRAFT_BACKWARD_WEIGHTS:
      return dnnl_convolution_backward_weights_primitive_desc_create(
          result, engine(), algorithm, described(l.source), described(l.weights), bias, described(l.destination),
          strides, dilations, before, after, forward, attributes);
    default:
      return dnnl_convolution_forward_primitive_desc_create(
          result, engine(), kind, algorithm, described(l.source), described(l.weights), bias,
          described(l.destination), strides, dilations, before, after, attributes);
  }
#else
  dnnl_convolution_desc_t operation;
  dnnl_status_t status;
  switch (direction) {
    case GRAFT_BACKWARD_DATA:
      status = dnnl_dilated_convolution_backward_data_desc_init(&operation, algorithm, described(l.source),
                                                                described(l.weights), described(l.destination), strides,
                                                                dilations, before, after);
      break;
    case GRAFT_BACKWARD_WEIGHTS:
      status = dnnl_dilated_convolution_backward_weights_desc_init(&operation, algorithm, described(l.source),
                                                                   described(l.weights), bias, described(l.destination),
                                                                   strides, dilations, before, after);
      break;
    default:
      status = dnnl_dilated_convolution_forward_desc_init(&operation, kind, algorithm, described(l.source),
                                                          described(l.weights), bias, described(l.destination), strides,
                                                          dilations, before, after);
  }
  if (status != dnnl_success) return status;
  return dnnl_primitive_desc_create(result, &operation, attributes, engine(), forward);
#endif
}

graft_status graft_convolution_create(const graft_convolution *convolution, graft_primitive **primitive) {
  convolution_layouts layouts = layouts_of(convolution);
  graft_direction direction = convolution->direction;
  int backward = direction == GRAFT_BACKWARD_DATA || direction == GRAFT_BACKWARD_WEIGHTS;
  dnnl_primitive_attr_t attributes = attributes_with_own_scratch(!backward && convolution->fused_relu);
  dnnl_primitive_desc_t forward = NULL, description = NULL;
  dnnl_status_t status = dnnl_success;
  if (backward) status = describe_convolution(convolution, GRAFT_FORWARD_TRAINING, layouts, attributes, NULL, &forward);
  if (status == dnnl_success)
    status = describe_convolution(convolution, direction, layouts, attributes, forward, &description);
  if (forward) dnnl_primitive_desc_destroy(forward);
  dnnl_primitive_attr_destroy(attributes);
  destroy_layouts(layouts);
  return status == dnnl_success ? compiled(description, primitive) : translated(status);
}

// MARK: Pooling

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
    return dnnl_pooling_backward_primitive_desc_create(result, engine(), algorithm, described(source),
                                                       described(destination), strides, window, dense, before, after,
                                                       forward, attributes);
  return dnnl_pooling_forward_primitive_desc_create(result, engine(), kind, algorithm, described(source),
                                                    described(destination), strides, window, dense, before, after,
                                                    attributes);
#else
  dnnl_pooling_desc_t operation;
  dnnl_status_t status =
      direction == GRAFT_BACKWARD_DATA
          ? dnnl_pooling_backward_desc_init(&operation, algorithm, described(source), described(destination), strides,
                                            window, before, after)
          : dnnl_pooling_forward_desc_init(&operation, kind, algorithm, described(source), described(destination),
                                           strides, window, before, after);
  if (status != dnnl_success) return status;
  return dnnl_primitive_desc_create(result, &operation, attributes, engine(), forward);
#endif
}

graft_status graft_pooling_create(const graft_pooling *pooling, const graft_layout *layout,
                                  graft_primitive **primitive) {
  int64_t destination[] = {pooling->batch, pooling->channels, pooling->output_height, pooling->output_width};
  graft_layout *any_destination = layout_of_any(4, destination, GRAFT_FLOAT32);
  dnnl_primitive_attr_t attributes = attributes_with_own_scratch(0);
  dnnl_primitive_desc_t description = NULL;
  dnnl_status_t status;
  if (pooling->direction == GRAFT_BACKWARD_DATA) {
    // The workspace holds positions in the layout of the forward pass, so that both passes must agree on it.
    dnnl_primitive_desc_t forward = NULL;
    status = describe_pooling(pooling, GRAFT_FORWARD_TRAINING, layout, any_destination, attributes, NULL, &forward);
    if (status == dnnl_success) {
      graft_layout *result = layout_copied(dnnl_primitive_desc_query_md(forward, dnnl_query_dst_md, 0));
      status = describe_pooling(pooling, GRAFT_BACKWARD_DATA, layout, result, attributes, forward, &description);
      graft_layout_destroy(result);
      dnnl_primitive_desc_destroy(forward);
    }
  } else {
    status = describe_pooling(pooling, pooling->direction, layout, any_destination, attributes, NULL, &description);
  }
  dnnl_primitive_attr_destroy(attributes);
  graft_layout_destroy(any_destination);
  return status == dnnl_success ? compiled(description, primitive) : translated(status);
}

// MARK: Elementwise

static dnnl_alg_kind_t algorithm_of(graft_activation_kind kind, int backward) {
  switch (kind) {
    case GRAFT_RELU:
    case GRAFT_LEAKY_RELU: return backward ? dnnl_eltwise_relu_use_dst_for_bwd : dnnl_eltwise_relu;
    case GRAFT_SIGMOID: return backward ? dnnl_eltwise_logistic_use_dst_for_bwd : dnnl_eltwise_logistic;
    case GRAFT_TANH: return backward ? dnnl_eltwise_tanh_use_dst_for_bwd : dnnl_eltwise_tanh;
    case GRAFT_EXPONENTIAL: return backward ? dnnl_eltwise_exp_use_dst_for_bwd : dnnl_eltwise_exp;
    case GRAFT_SQUARE_ROOT: return backward ? dnnl_eltwise_sqrt_use_dst_for_bwd : dnnl_eltwise_sqrt;
    case GRAFT_LOGARITHM: return dnnl_eltwise_log;
    case GRAFT_ABSOLUTE: return dnnl_eltwise_abs;
  }
  return dnnl_alg_kind_undef;
}

int graft_activation_backward_uses_result(graft_activation_kind kind) {
  return kind != GRAFT_LOGARITHM && kind != GRAFT_ABSOLUTE;
}

static dnnl_status_t describe_activation(graft_activation_kind kind, float slope, graft_direction direction,
                                         int backward_algorithm, const graft_layout *layout,
                                         dnnl_primitive_attr_t attributes, dnnl_primitive_desc_t forward,
                                         dnnl_primitive_desc_t *result) {
  dnnl_alg_kind_t algorithm = algorithm_of(kind, backward_algorithm);
  dnnl_prop_kind_t propagation = direction == GRAFT_FORWARD_INFERENCE ? dnnl_forward_inference : dnnl_forward_training;
  descriptor data = described(layout);
#if GRAFT_ONEDNN_3
  if (direction == GRAFT_BACKWARD_DATA)
    return dnnl_eltwise_backward_primitive_desc_create(result, engine(), algorithm, data, data, data, slope, 0, forward,
                                                       attributes);
  return dnnl_eltwise_forward_primitive_desc_create(result, engine(), propagation, algorithm, data, data, slope, 0,
                                                    attributes);
#else
  dnnl_eltwise_desc_t operation;
  dnnl_status_t status = direction == GRAFT_BACKWARD_DATA
                             ? dnnl_eltwise_backward_desc_init(&operation, algorithm, data, data, slope, 0)
                             : dnnl_eltwise_forward_desc_init(&operation, propagation, algorithm, data, slope, 0);
  if (status != dnnl_success) return status;
  return dnnl_primitive_desc_create(result, &operation, attributes, engine(), forward);
#endif
}

graft_status graft_activation_create(graft_activation_kind kind, float slope, graft_direction direction,
                                     const graft_layout *layout, graft_primitive **primitive) {
  dnnl_primitive_attr_t attributes = attributes_with_own_scratch(0);
  dnnl_primitive_desc_t forward = NULL, description = NULL;
  int backward = direction == GRAFT_BACKWARD_DATA;
  dnnl_status_t status = dnnl_success;
  if (backward)
    status = describe_activation(kind, slope, GRAFT_FORWARD_TRAINING, 1, layout, attributes, NULL, &forward);
  if (status == dnnl_success)
    status = describe_activation(kind, slope, direction, backward, layout, attributes, forward, &description);
  if (forward) dnnl_primitive_desc_destroy(forward);
  dnnl_primitive_attr_destroy(attributes);
  return status == dnnl_success ? compiled(description, primitive) : translated(status);
}

// MARK: Matrix product

graft_status graft_matrix_product(int transpose_left, int transpose_right, int64_t rows, int64_t columns, int64_t inner,
                                  float alpha, const float *left, int64_t left_stride, const float *right,
                                  int64_t right_stride, float beta, float *result, int64_t result_stride) {
  return translated(dnnl_sgemm(transpose_left ? 'T' : 'N', transpose_right ? 'T' : 'N', rows, columns, inner, alpha,
                               left, left_stride, right, right_stride, beta, result, result_stride));
}

// MARK: What this is

const char *graft_compute_version(void) {
  static char text[48];
  const dnnl_version_t *version = dnnl_version();
  snprintf(text, sizeof text, "oneDNN %d.%d.%d", version->major, version->minor, version->patch);
  return text;
}

const char *graft_compute_instruction_set(void) {
  switch ((int)dnnl_get_effective_cpu_isa()) {
    case dnnl_cpu_isa_sse41: return "SSE4.1";
    case dnnl_cpu_isa_avx: return "AVX";
    case dnnl_cpu_isa_avx2: return "AVX2";
    case dnnl_cpu_isa_avx512_core: return "AVX-512";
    case dnnl_cpu_isa_avx512_core_vnni: return "AVX-512 with VNNI";
    case dnnl_cpu_isa_avx512_core_bf16: return "AVX-512 with bfloat16";
    case dnnl_cpu_isa_avx512_core_amx: return "AVX-512 with bfloat16 and AMX";
    default: return "unknown to this version of oneDNN's interface";
  }
}

// oneDNN brings its threads along; the runtime is asked by name, so that nothing links against it.
int graft_compute_thread_count(void) {
  int (*maximum)(void) = (int (*)(void))dlsym(RTLD_DEFAULT, "omp_get_max_threads");
  return maximum ? maximum() : 1;
}
