#include "graft_kernels.h"
#include "kernels.h"

#include <dlfcn.h>
#include <stdatomic.h>

typedef struct {
  int64_t count;
  _Atomic int64_t next;
  void (*body)(int64_t index, void *context);
  void *context;
} parallel_work;

static void take_part(void *pointer) {
  parallel_work *work = pointer;
  for (;;) {
    int64_t index = atomic_fetch_add_explicit(&work->next, 1, memory_order_relaxed);
    if (index >= work->count) return;
    work->body(index, work->context);
  }
}

static _Thread_local int has_team;

void graft_compute_here(void) { has_team = 1; }
int graft_computes_here(void) { return has_team; }

static _Thread_local int64_t loops_alone;

int64_t graft_loops_alone(void) { return loops_alone; }

// The team of threads that the compute library keeps, asked for by the name under which GNU's and LLVM's OpenMP have it: a second
// team would wait for the cores on which the first one spins.
void graft_parallel(int64_t count, void (*body)(int64_t index, void *context), void *context) {
  typedef void (*team)(void (*)(void *), void *, unsigned, unsigned);
  parallel_work work = {.count = count, .body = body, .context = context};
  if (count > 1 && !has_team) loops_alone++;
  team run = count > 1 && has_team ? (team)dlsym(RTLD_DEFAULT, "GOMP_parallel") : 0;
  if (run)
    run(take_part, &work, 0, 0);
  else
    take_part(&work);
}

typedef struct {
  int64_t count;
  void (*body)(int64_t first, int64_t count, const void *context);
  const void *context;
} part_work;

static void take_part_of_row(int64_t part, void *pointer) {
  const part_work *work = pointer;
  int64_t first = part * GRAFT_PART, rest = work->count - first;
  work->body(first, rest < GRAFT_PART ? rest : GRAFT_PART, work->context);
}

void graft_parallel_parts(int64_t count, void (*body)(int64_t first, int64_t count, const void *context), const void *context) {
  part_work work = {count, body, context};
  graft_parallel((count + GRAFT_PART - 1) / GRAFT_PART, take_part_of_row, &work);
}
