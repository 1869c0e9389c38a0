// What the files of this target share; everything that oneDNN's C interfaces 2.x and 3.x see differently lies in them.
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

graft_status graft_translated(dnnl_status_t status);
dnnl_engine_t graft_engine(void);
// Instruction sets are bits of all that they include. As numbers they have no order: 2.6 has AVX2 with VNNI above AVX-512.
int graft_processor_has(dnnl_cpu_isa_t set);

descriptor graft_described(const graft_layout *layout);
// The library shall choose.
graft_layout *graft_layout_of_any(int rank, const int64_t *dimensions, graft_type type);
graft_layout *graft_layout_copied(descriptor description);

// The caller owns scratch memory, so that layers share one buffer instead of holding one each.
dnnl_primitive_attr_t graft_attributes_with_own_scratch(void);
// Takes the primitive descriptor over.
graft_status graft_compiled(dnnl_primitive_desc_t description, graft_primitive **result);
