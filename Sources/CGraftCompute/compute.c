#include "internal.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// MARK: Calls

static _Thread_local char last_failure[96] = "nothing was refused";

const char *graft_last_failure(void) { return last_failure; }

static const char *name_of(dnnl_status_t status) {
  switch (status) {
    case dnnl_out_of_memory: return "out of memory";
    case dnnl_invalid_arguments: return "invalid arguments";
    case dnnl_unimplemented: return "the library has no such operation for this processor, type or shape";
    case dnnl_not_required: return "not required";
    default: return "runtime error";
  }
}

graft_status graft_checked(dnnl_status_t status, const char *call) {
  if (status == dnnl_success) return GRAFT_STATUS_OK;
  snprintf(last_failure, sizeof last_failure, "%s: %s", call, name_of(status));
  switch (status) {
    case dnnl_unimplemented: return GRAFT_STATUS_UNIMPLEMENTED;
    case dnnl_out_of_memory: return GRAFT_STATUS_OUT_OF_MEMORY;
    default: return GRAFT_STATUS_FAILED;
  }
}

void *graft_allocated(size_t bytes) {
  void *memory = calloc(1, bytes);
  if (!memory) graft_checked(dnnl_out_of_memory, "calloc");
  return memory;
}

dnnl_engine_t graft_engine(void) {
  static _Atomic(dnnl_engine_t) shared;
  dnnl_engine_t current = shared;
  if (current) return current;
  dnnl_engine_t made = NULL;
  if (GRAFT_CALL(dnnl_engine_create, &made, dnnl_cpu, 0) != GRAFT_STATUS_OK) return NULL;
  if (!__c11_atomic_compare_exchange_strong(&shared, &current, made, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST)) {
    dnnl_engine_destroy(made);
    return current;
  }
  return made;
}

static graft_status stream(dnnl_stream_t *result) {
  static _Thread_local dnnl_stream_t own;
  graft_status status = GRAFT_STATUS_OK;
  if (!own) status = GRAFT_CALL(dnnl_stream_create, &own, graft_engine(), dnnl_stream_default_flags);
  *result = own;
  return status;
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

// Takes what was made over, or frees the layout.
static graft_status finished(graft_status status, graft_layout *layout, graft_layout **result) {
  if (status != GRAFT_STATUS_OK) free(layout);
  *result = status == GRAFT_STATUS_OK ? layout : NULL;
  return status;
}

static graft_status refused(const char *call, graft_layout **result) {
  *result = NULL;
  return graft_checked(dnnl_invalid_arguments, call);
}

graft_status graft_layout_tagged(int rank, const int64_t *dimensions, graft_type type, dnnl_format_tag_t tag,
                                 graft_layout **result) {
  if (rank < 0 || rank > DNNL_MAX_NDIMS) return refused("more axes than a layout has", result);
  graft_layout *layout = graft_allocated(sizeof *layout);
  if (!layout) return finished(GRAFT_STATUS_OUT_OF_MEMORY, layout, result);
  dnnl_dims_t dims = {0};
  memcpy(dims, dimensions, (size_t)rank * sizeof(int64_t));
#if GRAFT_ONEDNN_3
  graft_status status = GRAFT_CALL(dnnl_memory_desc_create_with_tag, &layout->description, rank, dims, data_type(type), tag);
#else
  graft_status status = GRAFT_CALL(dnnl_memory_desc_init_by_tag, &layout->description, rank, dims, data_type(type), tag);
#endif
  return finished(status, layout, result);
}

graft_layout *graft_layout_of_channel_blocks(const int64_t *dimensions, int64_t block, graft_type type) {
  graft_layout *layout;
  graft_layout_tagged(4, dimensions, type, block == 16 ? dnnl_aBcd16b : dnnl_aBcd8b, &layout);
  return layout;
}

graft_layout *graft_layout_of_blocks(const int64_t *dimensions, graft_type type) {
  const int64_t channels_in_block = 16;
  if (!graft_processor_has(dnnl_cpu_isa_avx512_core) || dimensions[1] % channels_in_block) return NULL;
  return graft_layout_of_channel_blocks(dimensions, channels_in_block, type);
}

graft_layout *graft_layout_create(int rank, const int64_t *dimensions, const int64_t *strides, graft_type type) {
  graft_layout *result;
  if (rank < 0 || rank > DNNL_MAX_NDIMS) {
    refused("more axes than a layout has", &result);
    return result;
  }
  graft_layout *layout = graft_allocated(sizeof *layout);
  if (!layout) return NULL;
  dnnl_dims_t dims = {0}, steps = {0};
  memcpy(dims, dimensions, (size_t)rank * sizeof(int64_t));
  memcpy(steps, strides, (size_t)rank * sizeof(int64_t));
#if GRAFT_ONEDNN_3
  graft_status status =
      GRAFT_CALL(dnnl_memory_desc_create_with_strides, &layout->description, rank, dims, data_type(type), steps);
#else
  graft_status status = GRAFT_CALL(dnnl_memory_desc_init_by_strides, &layout->description, rank, dims, data_type(type), steps);
#endif
  finished(status, layout, &result);
  return result;
}

graft_status graft_layout_copied(descriptor description, graft_layout **result) {
  graft_layout *copy = graft_allocated(sizeof *copy);
  if (!copy) return finished(GRAFT_STATUS_OUT_OF_MEMORY, copy, result);
  graft_status status = GRAFT_STATUS_OK;
#if GRAFT_ONEDNN_3
  status = GRAFT_CALL(dnnl_memory_desc_clone, &copy->description, description);
#else
  copy->description = *description;
#endif
  return finished(status, copy, result);
}

graft_layout *graft_layout_copy(const graft_layout *layout) {
  graft_layout *copy;
  graft_layout_copied(graft_described(layout), &copy);
  return copy;
}

graft_layout *graft_layout_permuted(const graft_layout *layout, const int *axes) {
  graft_layout *permuted = graft_allocated(sizeof *permuted), *result;
  if (!permuted) return NULL;
  graft_status status =
      GRAFT_CALL(dnnl_memory_desc_permute_axes, &permuted->description, graft_described(layout), axes);
  finished(status, permuted, &result);
  return result;
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
    [GRAFT_MEAN] = DNNL_ARG_MEAN,
    [GRAFT_VARIANCE] = DNNL_ARG_VARIANCE,
    [GRAFT_SCALE] = DNNL_ARG_SCALE,
    [GRAFT_SHIFT] = DNNL_ARG_SHIFT,
    [GRAFT_SCALE_GRADIENT] = DNNL_ARG_DIFF_SCALE,
    [GRAFT_SHIFT_GRADIENT] = DNNL_ARG_DIFF_SHIFT,
};

// A copy of one of the descriptor's layouts; NULL where it has none of that kind, or an empty one.
static graft_status copied_layout(dnnl_primitive_desc_t description, dnnl_query_t what, int index, graft_layout **result) {
  descriptor found = dnnl_primitive_desc_query_md(description, what, index);
  *result = NULL;
  if (!found) return GRAFT_STATUS_OK;
  graft_status status = graft_layout_copied(found, result);
  if (status == GRAFT_STATUS_OK && graft_layout_bytes(*result) == 0) {
    graft_layout_destroy(*result);
    *result = NULL;
  }
  return status;
}

graft_status graft_compiled(graft_status status, dnnl_primitive_desc_t description, graft_primitive **result) {
  *result = NULL;
  if (status != GRAFT_STATUS_OK) return status;
  graft_primitive *primitive = graft_allocated(sizeof *primitive);
  if (!primitive) status = GRAFT_STATUS_OUT_OF_MEMORY;
  if (status == GRAFT_STATUS_OK) status = GRAFT_CALL(dnnl_primitive_create, &primitive->primitive, description);
  for (int role = 0; role < GRAFT_ROLE_COUNT && status == GRAFT_STATUS_OK; role++)
    status = copied_layout(description, dnnl_query_exec_arg_md, argument_of_role[role], &primitive->layouts[role]);
  if (status == GRAFT_STATUS_OK) status = copied_layout(description, dnnl_query_scratchpad_md, 0, &primitive->scratch);
  const char *name = NULL;
  if (status == GRAFT_STATUS_OK)
    status = GRAFT_CALL(dnnl_primitive_desc_query, description, dnnl_query_impl_info_str, 0, (void *)&name);
  if (status == GRAFT_STATUS_OK) primitive->implementation = name ? strdup(name) : NULL;
  dnnl_primitive_desc_destroy(description);
  if (status == GRAFT_STATUS_OK)
    *result = primitive;
  else
    graft_primitive_destroy(primitive);
  return status;
}

void graft_primitive_destroy(graft_primitive *primitive) {
  if (!primitive) return;
  if (primitive->primitive) dnnl_primitive_destroy(primitive->primitive);
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

static graft_status append_argument(dnnl_exec_arg_t *arguments, int *count, int argument, const graft_layout *layout,
                                    void *data) {
  dnnl_memory_t memory;
  graft_status status = GRAFT_CALL(dnnl_memory_create, &memory, graft_described(layout), graft_engine(), data);
  if (status == GRAFT_STATUS_OK) arguments[(*count)++] = (dnnl_exec_arg_t){argument, memory};
  return status;
}

graft_status graft_primitive_execute(const graft_primitive *primitive, void *const *data, void *scratch) {
  dnnl_exec_arg_t arguments[GRAFT_ROLE_COUNT + 1];
  int count = 0;
  dnnl_stream_t own = NULL;
  graft_status status = stream(&own);
  for (int role = 0; role < GRAFT_ROLE_COUNT && status == GRAFT_STATUS_OK; role++) {
    if (!data[role] || !primitive->layouts[role]) continue;
    status = append_argument(arguments, &count, argument_of_role[role], primitive->layouts[role], data[role]);
  }
  if (status == GRAFT_STATUS_OK && scratch)
    status = append_argument(arguments, &count, DNNL_ARG_SCRATCHPAD, primitive->scratch, scratch);
  if (status == GRAFT_STATUS_OK) status = GRAFT_CALL(dnnl_primitive_execute, primitive->primitive, own, count, arguments);
  if (status == GRAFT_STATUS_OK) status = GRAFT_CALL(dnnl_stream_wait, own);
  for (int index = 0; index < count; index++) dnnl_memory_destroy(arguments[index].memory);
  return status;
}

graft_status graft_attributes_with_own_scratch(dnnl_primitive_attr_t *result) {
  dnnl_primitive_attr_t attributes = NULL;
  graft_status status = GRAFT_CALL(dnnl_primitive_attr_create, &attributes);
  if (status == GRAFT_STATUS_OK)
    status = GRAFT_CALL(dnnl_primitive_attr_set_scratchpad_mode, attributes, dnnl_scratchpad_mode_user);
  if (status != GRAFT_STATUS_OK && attributes) {
    dnnl_primitive_attr_destroy(attributes);
    attributes = NULL;
  }
  *result = attributes;
  return status;
}

graft_status graft_reorder_create(const graft_layout *from, const graft_layout *to, graft_primitive **primitive) {
  dnnl_primitive_attr_t attributes;
  dnnl_primitive_desc_t description = NULL;
  graft_status status = graft_attributes_with_own_scratch(&attributes);
  if (status == GRAFT_STATUS_OK)
    status = GRAFT_CALL(dnnl_reorder_primitive_desc_create, &description, graft_described(from), graft_engine(),
                        graft_described(to), graft_engine(), attributes);
  if (attributes) dnnl_primitive_attr_destroy(attributes);
  return graft_compiled(status, description, primitive);
}

// MARK: Matrix product

graft_status graft_matrix_product(int transpose_left, int transpose_right, int64_t rows, int64_t columns, int64_t inner,
                                  float alpha, const float *left, int64_t left_stride, const float *right,
                                  int64_t right_stride, float beta, float *result, int64_t result_stride) {
  return GRAFT_CALL(dnnl_sgemm, transpose_left ? 'T' : 'N', transpose_right ? 'T' : 'N', rows, columns, inner, alpha, left,
                    left_stride, right, right_stride, beta, result, result_stride);
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
