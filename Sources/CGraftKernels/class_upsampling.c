#include "graft_kernels.h"
#include "kernels.h"
#include "logistic.h"
#include "block_product.h"

#include <string.h>

// As many maps as there are classes are enlarged by `stride` with a kernel of twice that, each to all. Cut into cells of stride ×
// stride pixels, the pixels at one place of all cells depend on the same part of the kernel: their logits are one product of
// matrices, classes × 4·classes by 4·classes × cells, and so are both gradients. Cells begin half a stride before the first pixel,
// and those that a border cuts have no such pixel.

enum { CELLS = 64, CORNERS = 4 };

typedef struct {
  const graft_upsampling *map;
  int64_t classes, images;
  const float *scores, *kernel;
  // Whether the cross entropy with these labels is wanted, with its gradients, or else the logits.
  int trains;
  float *logits;
  const uint8_t *labels;
  int64_t ignored;
  float scale;
  double *losses;
  float *kernel_gradients, *score_gradients, *scratch;
} upsampling_work;

static int64_t score_count(const upsampling_work *w) {
  return w->images * w->map->height * w->map->width * w->classes;
}

// The scores that a pixel depends on: four for each class.
static int64_t inner_count(const upsampling_work *w) { return CORNERS * w->classes; }
static int64_t inner_row(const upsampling_work *w) { return rounded_up(inner_count(w), LANES); }
static int64_t packed_count(const upsampling_work *w) { return w->classes * inner_row(w); }

// A task is a row of pixels within the cells: packed kernels, their gradients, and gradients of all scores.
static int64_t scratch_of_task(const upsampling_work *w) {
  int64_t kernels = w->map->stride * packed_count(w);
  return w->trains ? 2 * kernels + rounded_up(score_count(w), LANES) : kernels;
}

// MARK: A block of cells

typedef struct {
  const upsampling_work *work;
  // The row within the cells, and whether a cell's pixels of it lie a score further down or right.
  int64_t row, below, right;
  int64_t first, count;
  // classes · corners × CELLS, the same transposed, and the gradients.
  float *scores, *transposed, *gradients;
  // classes × CELLS: logits, and then their gradients.
  float *logits;
  // Where the pixels of the row begin in each cell.
  int64_t pixels[CELLS];
} block;

// The elements of the block's scores, and where they come from; -1 outside of the map.
GRAFT_INLINE int64_t source_of(const block *b, int64_t cell, int64_t corner) {
  const graft_upsampling *map = b->work->map;
  int64_t index = b->first + cell, column = index % map->width, row = index / map->width % map->height;
  int64_t image = index / map->width / map->height;
  row += b->below - corner / 2, column += b->right - corner % 2;
  if (row < 0 || row >= map->height || column < 0 || column >= map->width) return -1;
  return ((image * map->height + row) * map->width + column) * b->work->classes;
}

static void load_block(block *b) {
  const graft_upsampling *map = b->work->map;
  int64_t classes = b->work->classes, row_length = inner_row(b->work), half = map->stride / 2;
  memset(b->scores, 0, sizeof *b->scores * inner_count(b->work) * CELLS);
  memset(b->transposed, 0, sizeof *b->transposed * CELLS * row_length);
  memset(b->gradients, 0, sizeof *b->gradients * inner_count(b->work) * CELLS);
  for (int64_t cell = 0; cell < b->count; cell++) {
    int64_t index = b->first + cell, line = index / map->width;
    int64_t above = (line + b->below) * map->stride + b->row - half;
    b->pixels[cell] = above * map->width * map->stride + (index % map->width + b->right) * map->stride - half;
    for (int64_t corner = 0; corner < CORNERS; corner++) {
      int64_t source = source_of(b, cell, corner);
      for (int64_t i = 0; source >= 0 && i < classes; i++) {
        float score = b->work->scores[source + i];
        b->scores[(corner * classes + i) * CELLS + cell] = score;
        b->transposed[cell * row_length + corner * classes + i] = score;
      }
    }
  }
}

static void add_score_gradients(const block *b, float *score_gradients) {
  int64_t classes = b->work->classes;
  for (int64_t cell = 0; cell < b->count; cell++)
    for (int64_t corner = 0; corner < CORNERS; corner++) {
      int64_t source = source_of(b, cell, corner);
      for (int64_t i = 0; source >= 0 && i < classes; i++)
        score_gradients[source + i] += b->gradients[(corner * classes + i) * CELLS + cell];
    }
}

static void logits_of_block(const block *b, const float *packed) {
  block_product product = {
      .rows = b->work->classes, .columns = CELLS, .inner = inner_count(b->work),
      .left = packed, .left_row = inner_row(b->work), .left_step = 1,
      .right = b->scores, .right_step = CELLS, .right_panel = LANES,
      .result = b->logits, .result_row = CELLS,
  };
  graft_multiply_blocks(&product);
}

static void gradients_of_block(const block *b, const float *packed, float *packed_gradients) {
  int64_t row_length = inner_row(b->work);
  block_product by_scores = {
      .rows = inner_count(b->work), .columns = CELLS, .inner = b->work->classes,
      .left = packed, .left_row = 1, .left_step = row_length,
      .right = b->logits, .right_step = CELLS, .right_panel = LANES,
      .result = b->gradients, .result_row = CELLS, .adds = 1,
  };
  graft_multiply_blocks(&by_scores);
  block_product by_kernel = {
      .rows = b->work->classes, .columns = row_length, .inner = CELLS,
      .left = b->logits, .left_row = CELLS, .left_step = 1,
      .right = b->transposed, .right_step = row_length, .right_panel = LANES,
      .result = packed_gradients, .result_row = row_length, .adds = 1,
  };
  graft_multiply_blocks(&by_kernel);
}

static void store_logits(const block *b, int64_t column) {
  int64_t classes = b->work->classes;
  for (int64_t cell = 0; cell < b->count; cell++) {
    float *pixel = b->work->logits + (b->pixels[cell] + column) * classes;
    for (int64_t o = 0; o < classes; o++) pixel[o] = b->logits[o * CELLS + cell];
  }
}

// MARK: Cross entropy

// The labels of the pixels in a column of the cells; -1 for those that do not count.
static void load_labels(const block *b, int64_t column, int32_t *labels) {
  for (int64_t cell = 0; cell < CELLS; cell++) {
    int32_t label = cell < b->count ? b->work->labels[b->pixels[cell] + column] : -1;
    labels[cell] = label == b->work->ignored ? -1 : label;
  }
}

// Replaces logits by their gradients. The class that is right has minus the sum of all others: 1 - p would round a small one away.
GRAFT_VECTORISED
static double cross_entropy_of_cells(int64_t classes, const int32_t *labels, float scale, float *logits) {
  wide_lanes total = 0;
  for (int64_t cell = 0; cell < CELLS; cell += LANES) {
    lane_bits label;
    lanes largest, right = 0, sum = 0, others = 0, logarithm, x, power;
    __builtin_memcpy(&label, labels + cell, sizeof label);
    graft_load(logits + cell, &largest);
    for (int64_t o = 1; o < classes; o++) {
      graft_load(logits + o * CELLS + cell, &x);
      largest = __builtin_elementwise_max(largest, x);
    }
    for (int64_t o = 0; o < classes; o++) {
      graft_load(logits + o * CELLS + cell, &x);
      right = label == (int32_t)o ? x : right;
      x -= largest;
      graft_exp_of_minus_magnitude(&x, &power);
      sum += power;
      others += label == (int32_t)o ? (lanes)0 : power;
      graft_store(&power, logits + o * CELLS + cell);
    }
    graft_log(&sum, &logarithm);
    lanes losses = label >= 0 ? logarithm + (largest - right) : (lanes)0;
    total += __builtin_convertvector(losses, wide_lanes);
    lanes share = scale / sum;
    for (int64_t o = 0; o < classes; o++) {
      graft_load(logits + o * CELLS + cell, &power);
      lanes slope = (label == (int32_t)o ? -others : power) * share;
      slope = label >= 0 ? slope : (lanes)0;
      graft_store(&slope, logits + o * CELLS + cell);
    }
  }
  double sum = 0;
  for (int lane = 0; lane < LANES; lane++) sum += total[lane];
  return sum;
}

// MARK: A row of pixels within the cells

// Where the kernel has what a pixel at this place of a cell takes from a corner: from a score further up or left, further down or
// right in it.
GRAFT_INLINE int64_t kernel_offset(const upsampling_work *w, int64_t row, int64_t column, int64_t corner) {
  int64_t side = 2 * w->map->stride;
  row += corner / 2 * w->map->stride, column += corner % 2 * w->map->stride;
  return (row * side + column) * w->classes * w->classes;
}

static void pack_kernel(const upsampling_work *w, int64_t row, float *packed) {
  int64_t classes = w->classes;
  for (int64_t column = 0; column < w->map->stride; column++, packed += packed_count(w))
    for (int64_t corner = 0; corner < CORNERS; corner++)
      for (int64_t o = 0; o < classes; o++)
        memcpy(packed + o * inner_row(w) + corner * classes, w->kernel + kernel_offset(w, row, column, corner) + o * classes,
               sizeof *packed * classes);
}

static void unpack_kernel_gradients(const upsampling_work *w, int64_t row, const float *packed) {
  int64_t classes = w->classes;
  for (int64_t column = 0; column < w->map->stride; column++, packed += packed_count(w))
    for (int64_t corner = 0; corner < CORNERS; corner++)
      for (int64_t o = 0; o < classes; o++)
        memcpy(w->kernel_gradients + kernel_offset(w, row, column, corner) + o * classes,
               packed + o * inner_row(w) + corner * classes, sizeof *packed * classes);
}

// The columns of one half of the cells.
static double take_block(block *b, const float *packed, float *packed_gradients, float *score_gradients) {
  const upsampling_work *w = b->work;
  int64_t half = w->map->stride / 2, begin = b->right ? 0 : half;
  double loss = 0;
  load_block(b);
  for (int64_t column = begin; column < begin + half; column++) {
    logits_of_block(b, packed + column * packed_count(w));
    if (!w->trains) {
      store_logits(b, column);
      continue;
    }
    int32_t labels[CELLS];
    load_labels(b, column, labels);
    loss += cross_entropy_of_cells(w->classes, labels, w->scale, b->logits);
    gradients_of_block(b, packed + column * packed_count(w), packed_gradients + column * packed_count(w));
  }
  if (w->trains) add_score_gradients(b, score_gradients);
  return loss;
}

static void take_row(int64_t row, void *context) {
  const upsampling_work *w = context;
  int64_t cells = w->images * w->map->height * w->map->width, kernels = w->map->stride * packed_count(w);
  float *packed = w->scratch + row * scratch_of_task(w);
  float *packed_gradients = w->trains ? packed + kernels : NULL;
  float *score_gradients = w->trains ? packed_gradients + kernels : NULL;
  float scores[inner_count(w) * CELLS] __attribute__((aligned(64)));
  float transposed[CELLS * inner_row(w)] __attribute__((aligned(64)));
  float gradients[inner_count(w) * CELLS] __attribute__((aligned(64)));
  float logits[w->classes * CELLS] __attribute__((aligned(64)));
  block b = {.work = w, .row = row, .below = row < w->map->stride / 2, .scores = scores, .transposed = transposed,
             .gradients = gradients, .logits = logits};
  pack_kernel(w, row, packed);
  if (w->trains) memset(packed_gradients, 0, sizeof *packed * (kernels + score_count(w)));
  double loss = 0;
  for (b.first = 0; b.first < cells; b.first += CELLS) {
    b.count = cells - b.first < CELLS ? cells - b.first : CELLS;
    for (b.right = 0; b.right < 2; b.right++) loss += take_block(&b, packed, packed_gradients, score_gradients);
  }
  if (!w->trains) return;
  unpack_kernel_gradients(w, row, packed_gradients);
  w->losses[row] = loss;
}

// MARK: All of it

int64_t graft_class_upsampling_scratch(const graft_upsampling *map, int64_t classes, int64_t images, int trains) {
  upsampling_work work = {.map = map, .classes = classes, .images = images, .trains = trains};
  return map->stride * scratch_of_task(&work);
}

void graft_upsample_classes(const graft_upsampling *map, int64_t classes, int64_t images, const float *scores,
                            const float *kernel, float *logits, float *scratch) {
  upsampling_work work = {.map = map, .classes = classes, .images = images, .scores = scores, .kernel = kernel,
                          .logits = logits, .scratch = scratch};
  graft_parallel(map->stride, take_row, &work);
}

double graft_upsampled_softmax_cross_entropy(const graft_upsampling *map, int64_t classes, int64_t images,
                                             const float *scores, const float *kernel, const uint8_t *labels, int64_t ignored,
                                             float scale, float *score_gradients, float *kernel_gradients, float *scratch) {
  double losses[map->stride], total = 0;
  upsampling_work work = {.map = map, .classes = classes, .images = images, .scores = scores, .kernel = kernel,
                          .trains = 1, .labels = labels, .ignored = ignored, .scale = scale, .losses = losses,
                          .kernel_gradients = kernel_gradients, .scratch = scratch};
  graft_parallel(map->stride, take_row, &work);
  int64_t count = score_count(&work);
  memset(score_gradients, 0, sizeof *score_gradients * count);
  for (int64_t row = 0; row < map->stride; row++) {
    const float *own = scratch + row * scratch_of_task(&work) + 2 * map->stride * packed_count(&work);
    for (int64_t i = 0; i < count; i++) score_gradients[i] += own[i];
    total += losses[row];
  }
  return total;
}

GRAFT_VECTORISED
int64_t graft_count_labels(int64_t count, const uint8_t *labels, int64_t classes, int64_t ignored) {
  int64_t counted = 0, wrong = 0;
  for (int64_t i = 0; i < count; i++) {
    counted += labels[i] != ignored;
    wrong += labels[i] != ignored && labels[i] >= classes;
  }
  return wrong ? -1 : counted;
}
