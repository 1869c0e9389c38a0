#include "internal.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

graft_status graft_translated(dnnl_status_t status) {
  switch (status) {
    case dnnl_success: return GRAFT_STATUS_OK;
    case dnnl_unimplemented: return GRAFT_STATUS_UNIMPLEMENTED;
    case dnnl_out_of_memory: return GRAFT_STATUS_OUT_OF_MEMORY;
    default: return GRAFT_STATUS_FAILED;
  }
}

dnnl_engine_t graft_engine(void) {
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
  if (!own) dnnl_stream_create(&own, graft_engine(), dnnl_stream_default_flags);
  return own;
}

int graft_processor_has(dnnl_cpu_isa_t set) { return ((unsigned)dnnl_get_effective_cpu_isa() & set) == (unsigned)set; }

// MARK: Layouts

descriptor graft_described(const graft_layout *layout) {
#if GRAFT_ONEDNN_3
  return layout->description;
#else
  return &layout->description;
#endif
}

static dnnl_data_type_t data_type(graft_type type) { return type == GRAFT_BFLOAT16 ? dnnl_bf16 : dnnl_f32; }

graft_layout *graft_layout_of_any(int rank, const int64_t *dimensions, graft_type type) {
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

graft_layout *graft_layout_of_blocks(const int64_t *dimensions, graft_type type) {
  const int64_t channels_in_block = 16;
  if (!graft_processor_has(dnnl_cpu_isa_avx512_core) || dimensions[1] % channels_in_block) return NULL;
  graft_layout *layout = calloc(1, sizeof *layout);
  dnnl_dims_t dims = {0};
  memcpy(dims, dimensions, 4 * sizeof(int64_t));
#if GRAFT_ONEDNN_3
  dnnl_memory_desc_create_with_tag(&layout->description, 4, dims, data_type(type), dnnl_aBcd16b);
#else
  dnnl_memory_desc_init_by_tag(&layout->description, 4, dims, data_type(type), dnnl_aBcd16b);
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

graft_layout *graft_layout_copied(descriptor description) {
  if (!description) return NULL;
  graft_layout *copy = calloc(1, sizeof *copy);
#if GRAFT_ONEDNN_3
  dnnl_memory_desc_clone(&copy->description, description);
#else
  copy->description = *description;
#endif
  return copy;
}

graft_layout *graft_layout_copy(const graft_layout *layout) { return graft_layout_copied(graft_described(layout)); }

graft_layout *graft_layout_permuted(const graft_layout *layout, const int *axes) {
  graft_layout *permuted = calloc(1, sizeof *permuted);
  if (dnnl_memory_desc_permute_axes(&permuted->description, graft_described(layout), axes) == dnnl_success) return permuted;
  free(permuted);
  return NULL;
}

void graft_layout_destroy(graft_layout *layout) {
  if (!layout) return;
#if GRAFT_ONEDNN_3
  dnnl_memory_desc_destroy(layout->description);
#endif
  free(layout);
}

int graft_layout_equal(const graft_layout *left, const graft_layout *right) {
  return left == right || dnnl_memory_desc_equal(graft_described(left), graft_described(right));
}

size_t graft_layout_bytes(const graft_layout *layout) { return dnnl_memory_desc_get_size(graft_described(layout)); }

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
    [GRAFT_MEAN] = DNNL_ARG_MEAN,
    [GRAFT_VARIANCE] = DNNL_ARG_VARIANCE,
    [GRAFT_SCALE] = DNNL_ARG_SCALE,
    [GRAFT_SHIFT] = DNNL_ARG_SHIFT,
    [GRAFT_SCALE_GRADIENT] = DNNL_ARG_DIFF_SCALE,
    [GRAFT_SHIFT_GRADIENT] = DNNL_ARG_DIFF_SHIFT,
};

graft_status graft_compiled(dnnl_primitive_desc_t description, graft_primitive **result) {
  graft_primitive *primitive = calloc(1, sizeof *primitive);
  dnnl_status_t status = dnnl_primitive_create(&primitive->primitive, description);
  if (status != dnnl_success) {
    dnnl_primitive_desc_destroy(description);
    free(primitive);
    return graft_translated(status);
  }
  for (int role = 0; role < GRAFT_ROLE_COUNT; role++) {
    descriptor found = dnnl_primitive_desc_query_md(description, dnnl_query_exec_arg_md, argument_of_role[role]);
    graft_layout *layout = graft_layout_copied(found);
    if (layout && graft_layout_bytes(layout) == 0) {
      graft_layout_destroy(layout);
      layout = NULL;
    }
    primitive->layouts[role] = layout;
  }
  primitive->scratch = graft_layout_copied(dnnl_primitive_desc_query_md(description, dnnl_query_scratchpad_md, 0));
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
  dnnl_status_t status = dnnl_memory_create(&memory, graft_described(layout), graft_engine(), data);
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
  return graft_translated(status);
}

dnnl_primitive_attr_t graft_attributes_with_own_scratch(void) {
  dnnl_primitive_attr_t attributes = NULL;
  dnnl_primitive_attr_create(&attributes);
  dnnl_primitive_attr_set_scratchpad_mode(attributes, dnnl_scratchpad_mode_user);
  return attributes;
}

graft_status graft_reorder_create(const graft_layout *from, const graft_layout *to, graft_primitive **primitive) {
  dnnl_primitive_attr_t attributes = graft_attributes_with_own_scratch();
  dnnl_primitive_desc_t description = NULL;
  dnnl_status_t status =
      dnnl_reorder_primitive_desc_create(&description, graft_described(from), graft_engine(), graft_described(to), graft_engine(), attributes);
  dnnl_primitive_attr_destroy(attributes);
  return status == dnnl_success ? graft_compiled(description, primitive) : graft_translated(status);
}

// MARK: Matrix product

graft_status graft_matrix_product(int transpose_left, int transpose_right, int64_t rows, int64_t columns, int64_t inner,
                                  float alpha, const float *left, int64_t left_stride, const float *right,
                                  int64_t right_stride, float beta, float *result, int64_t result_stride) {
  return graft_translated(dnnl_sgemm(transpose_left ? 'T' : 'N', transpose_right ? 'T' : 'N', rows, columns, inner, alpha,
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
  static const struct {
    dnnl_cpu_isa_t set;
    const char *name;
  } best_first[] = {
      {dnnl_cpu_isa_avx512_core_amx, "AVX-512 with bfloat16 and AMX"},
#if GRAFT_ONEDNN_3
      {dnnl_cpu_isa_avx512_core_fp16, "AVX-512 with bfloat16 and float16"},
#endif
      {dnnl_cpu_isa_avx512_core_bf16, "AVX-512 with bfloat16"},
      {dnnl_cpu_isa_avx512_core_vnni, "AVX-512 with VNNI"},
      {dnnl_cpu_isa_avx512_core, "AVX-512"},
      {dnnl_cpu_isa_avx2_vnni, "AVX2 with VNNI"},
      {dnnl_cpu_isa_avx2, "AVX2"},
      {dnnl_cpu_isa_avx, "AVX"},
      {dnnl_cpu_isa_sse41, "SSE4.1"},
  };
  for (size_t index = 0; index < sizeof best_first / sizeof *best_first; index++)
    if (graft_processor_has(best_first[index].set)) return best_first[index].name;
  return "unknown to this version of oneDNN's interface";
}

int graft_compute_has_bfloat16(void) { return graft_processor_has(dnnl_cpu_isa_avx512_core_bf16); }

// oneDNN brings its threads along; the runtime is asked by name, so that nothing links against it.
int graft_compute_thread_count(void) {
  int (*maximum)(void) = (int (*)(void))dlsym(RTLD_DEFAULT, "omp_get_max_threads");
  return maximum ? maximum() : 1;
}
