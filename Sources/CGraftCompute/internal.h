// Declarations that the files of this target share; everything that oneDNN's C interfaces 2.x and 3.x see differently lies in them.
#pragma once

#include "graft_compute.h"

#include <oneapi/dnnl/dnnl.h>

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

// Every call of the library that answers with a status goes through this: the status is translated, and a failure is remembered for
// graft_last_failure.
#define GRAFT_CALL(function, ...) graft_checked(function(__VA_ARGS__), #function)
graft_status graft_checked(dnnl_status_t status, const char *call);
// Memory of zeros; NULL where there is none, which is remembered, too.
void *graft_allocated(size_t bytes);

// NULL where the library could not create one.
dnnl_engine_t graft_engine(void);
// Instruction sets are bits of all that they include. As numbers they have no order: 2.6 has AVX2 with VNNI above AVX-512.
int graft_processor_has(dnnl_cpu_isa_t set);

descriptor graft_described(const graft_layout *layout);
// With `dnnl_format_tag_any` the library shall choose.
graft_status graft_layout_tagged(int rank, const int64_t *dimensions, graft_type type, dnnl_format_tag_t tag,
                                 graft_layout **result);
graft_status graft_layout_copied(descriptor description, graft_layout **result);

// The caller owns scratch memory, so that layers share one buffer instead of holding one each.
graft_status graft_attributes_with_own_scratch(dnnl_primitive_attr_t *result);
// Takes the primitive descriptor over; NULL becomes the failure that `status` says.
graft_status graft_compiled(graft_status status, dnnl_primitive_desc_t description, graft_primitive **result);
