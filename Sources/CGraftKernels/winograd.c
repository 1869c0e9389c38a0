#include "winograd.h"

#include <stdatomic.h>

enum {
  // How many bytes of transformed tiles are in work at a time, but at least so many tiles: on one thread, in about the cache of one
  // core; on all threads, in that of all cores; and for the gradient of the kernel. Found by measurement, with 1 MB for each core
  // and 32 MB for all.
  BYTES_APART = 900 << 10,
  TILES_APART = 24,
  BYTES_TOGETHER = 8 << 20,
  TILES_TOGETHER = 132,
  BYTES_FOR_GRADIENT = 1 << 20,
  TILES_FOR_GRADIENT = 132,
  // Larger transformed kernels are not read by each thread for itself.
  KERNEL_BYTES_APART = 12 << 20,
  // Where sums over tiles are small, so many are formed apart and then added up.
  PARTS_OF_GRADIENT = 8,
  SUM_BYTES_APART = 12 << 20,
  // Blocks are whole multiples of the rows that the product keeps in registers.
  TILE_STEP = 12,
  TILES_PER_TASK = 4,
  PANELS_PER_TASK = 2,
  KERNEL_ROWS_PER_TASK = 32,
  PARTS_OF_BIAS = 64,
};

static int64_t least(int64_t left, int64_t right) { return left < right ? left : right; }
static int64_t parts(int64_t count, int64_t size) { return (count + size - 1) / size; }

// MARK: Partition

// A row of channels in memory, longer by one vector where rows would fall on the same sets of a cache.
static int64_t row_length(int64_t channels) {
  int64_t length = rounded_up(channels, LANES);
  return length % 256 == 0 ? length + LANES : length;
}

static int64_t plane_length(int64_t rows, int64_t row) { return rows * row + LANES; }

static int64_t kernel_plane(int64_t input_channels, int64_t output_channels) {
  return plane_length(rounded_up(output_channels, LANES), input_channels);
}

// The tiles of a batch, and how many of them are in work at a time.
typedef struct {
  int64_t rows, columns, total, block;
  // Whether each block is worked on by one thread, or all threads work on one block after another.
  int apart;
} partition;

// A block of about `bytes` of transformed tiles.
static int64_t block_of(const graft_winograd *s, int64_t total, int64_t bytes, int64_t fewest) {
  int64_t tile = POSITIONS * (row_length(s->input_channels) + row_length(s->output_channels)) * (int64_t)sizeof(float);
  int64_t most = bytes / tile > fewest ? bytes / tile : fewest;
  return rounded_up(parts(total, parts(total, most)), TILE_STEP);
}

static partition tiles_of(const graft_winograd *s) {
  partition p = {.rows = parts(s->output_height, TILE), .columns = parts(s->output_width, TILE)};
  p.total = s->batch * p.rows * p.columns;
  return p;
}

// A block for each thread stays in that core's own cache, but reads the whole transformed kernel: not where that is larger than the
// cache of all cores. A result is the same whatever the partition, because each sum is over the input channels in their order.
static partition forward_partition(const graft_winograd *s) {
  partition p = tiles_of(s);
  int64_t kernel = graft_winograd_kernel_count(s->input_channels, s->output_channels) * (int64_t)sizeof(float);
  p.block = block_of(s, p.total, BYTES_APART, TILES_APART);
  p.apart = kernel <= KERNEL_BYTES_APART && p.total >= 4 * s->threads * p.block;
  if (!p.apart) p.block = block_of(s, p.total, BYTES_TOGETHER, TILES_TOGETHER);
  return p;
}

// The sums over tiles pass through memory once for each block, and what is apart once more. The partition depends on the shape alone,
// as then do the results.
static partition gradient_partition(const graft_winograd *s) {
  partition p = tiles_of(s);
  int64_t sums = POSITIONS * plane_length(s->input_channels, row_length(s->output_channels)) * (int64_t)sizeof(float);
  p.block = block_of(s, p.total, BYTES_APART, TILES_APART);
  p.apart = PARTS_OF_GRADIENT * sums <= SUM_BYTES_APART && p.total >= PARTS_OF_GRADIENT * p.block;
  if (!p.apart) p.block = block_of(s, p.total, BYTES_FOR_GRADIENT, TILES_FOR_GRADIENT);
  return p;
}

// MARK: Work on one block

typedef struct {
  const graft_winograd *shape;
  partition tiles;
  int64_t first, count;
  const float *input, *kernel, *bias, *gradient;
  int relu;
  float *result;
  int64_t input_row, input_plane, output_row, output_plane, sum_plane;
  float *inputs, *outputs, *sums, *bias_sums;
  // The next block or part, where each is worked on apart.
  _Atomic int64_t *next;
  // Whether products are added to the sums of an earlier block.
  int adds;
} work;

typedef struct {
  int64_t image;
  tile_corner corner;
} tile_place;

static tile_place place_of(const work *w, int64_t tile) {
  int64_t per_image = w->tiles.rows * w->tiles.columns, within = tile % per_image;
  return (tile_place){tile / per_image, {within / w->tiles.columns * TILE, within % w->tiles.columns * TILE}};
}

static image_size size_of(int64_t height, int64_t width, int64_t channels, int in_blocks) {
  if (in_blocks) return (image_size){height, width, channels, LANES, height * width * LANES};
  return (image_size){height, width, channels, channels, LANES};
}

static image_size input_size(const graft_winograd *s) {
  return size_of(s->input_height, s->input_width, s->input_channels, s->input_in_blocks);
}

static image_size output_size(const graft_winograd *s) {
  return size_of(s->output_height, s->output_width, s->output_channels, s->output_in_blocks);
}

static int64_t elements(image_size size) { return size.height * size.width * size.channels; }

static void input_tile(const work *w, int64_t index, tile_place place) {
  image_size size = input_size(w->shape);
  tile_corner corner = {place.corner.top - w->shape->padding_top, place.corner.left - w->shape->padding_left};
  graft_winograd_input_tile(w->input + place.image * elements(size), size, corner, w->inputs + index * w->input_row,
                            w->input_plane);
}

static void output_tile(const work *w, int64_t index, tile_place place) {
  image_size size = output_size(w->shape);
  graft_winograd_output_tile(w->outputs + index * w->output_row, w->output_plane, w->bias, w->relu,
                             w->result + place.image * elements(size), size, place.corner);
}

static void gradient_tile(const work *w, int64_t index, tile_place place) {
  image_size size = output_size(w->shape);
  graft_winograd_gradient_tile(w->gradient + place.image * elements(size), size, place.corner,
                               w->outputs + index * w->output_row, w->output_plane);
}

typedef void (*tile_body)(const work *w, int64_t index, tile_place place);

static void each_tile(const work *w, int64_t first, int64_t end, tile_body body) {
  for (int64_t index = first; index < end; index++) body(w, index, place_of(w, w->first + index));
}

static void some_tiles(const work *w, int64_t task, tile_body body) {
  each_tile(w, task * TILES_PER_TASK, least((task + 1) * TILES_PER_TASK, w->count), body);
}

static void input_tiles(int64_t task, void *context) { some_tiles(context, task, input_tile); }
static void output_tiles(int64_t task, void *context) { some_tiles(context, task, output_tile); }
static void both_tiles(int64_t task, void *context) {
  some_tiles(context, task, input_tile);
  some_tiles(context, task, gradient_tile);
}

// Columns of one position's product.
typedef struct {
  int64_t position, first, count;
} columns;

static int64_t product_tasks(const graft_winograd *s) {
  return POSITIONS * parts(s->output_channels, PANELS_PER_TASK * LANES);
}

static columns columns_of(const graft_winograd *s, int64_t task) {
  int64_t per_position = parts(s->output_channels, PANELS_PER_TASK * LANES);
  int64_t first = task % per_position * PANELS_PER_TASK * LANES;
  return (columns){task / per_position, first, least(s->output_channels - first, PANELS_PER_TASK * LANES)};
}

static void multiply_columns(const work *w, columns c) {
  int64_t inner = w->shape->input_channels;
  block_product product = {
      .rows = w->count, .columns = c.count, .inner = inner,
      .left = w->inputs + c.position * w->input_plane, .left_row = w->input_row, .left_step = 1,
      .right = w->kernel + c.position * kernel_plane(inner, w->shape->output_channels) + c.first * inner,
      .right_step = LANES, .right_panel = inner * LANES,
      .result = w->outputs + c.position * w->output_plane + c.first, .result_row = w->output_row,
  };
  graft_multiply_blocks(&product);
}

static void forward_product(int64_t task, void *context) {
  const work *w = context;
  multiply_columns(w, columns_of(w->shape, task));
}

static void multiply_gradient(const work *w, columns c) {
  block_product product = {
      .rows = w->shape->input_channels, .columns = c.count, .inner = w->count,
      .left = w->inputs + c.position * w->input_plane, .left_row = 1, .left_step = w->input_row,
      .right = w->outputs + c.position * w->output_plane + c.first, .right_step = w->output_row,
      .right_panel = LANES,
      .result = w->sums + c.position * w->sum_plane + c.first, .result_row = w->output_row, .adds = w->adds,
  };
  graft_multiply_blocks(&product);
}

static void gradient_product(int64_t task, void *context) {
  const work *w = context;
  multiply_gradient(w, columns_of(w->shape, task));
}

static int64_t sum_count(const work *w) { return POSITIONS * w->sum_plane; }

static void kernel_row_gradient(const work *w, int64_t channel) {
  int64_t outputs = w->shape->output_channels;
  float *row = w->sums + channel * w->output_row;
  for (int part = 1; w->tiles.apart && part < PARTS_OF_GRADIENT; part++)
    for (int position = 0; position < POSITIONS; position++)
      graft_add_scaled(outputs, 1, row + part * sum_count(w) + position * w->sum_plane, row + position * w->sum_plane);
  graft_winograd_kernel_gradient_row(row, w->sum_plane, outputs, w->result + channel * outputs,
                                     w->shape->input_channels * outputs);
}

// MARK: Whole convolutions

static int64_t scratch_of_block(const work *w) { return POSITIONS * (w->input_plane + w->output_plane); }
static int64_t scratch_of_blocks(const work *w) { return scratch_of_block(w) * (w->tiles.apart ? w->shape->threads : 1); }

static work work_of(const graft_winograd *shape, partition tiles, float *scratch) {
  work w = {.shape = shape, .tiles = tiles};
  w.input_row = row_length(shape->input_channels);
  w.output_row = row_length(shape->output_channels);
  w.input_plane = plane_length(tiles.block, w.input_row);
  w.output_plane = plane_length(tiles.block, w.output_row);
  w.sum_plane = plane_length(shape->input_channels, w.output_row);
  if (!scratch) return w;
  w.inputs = scratch;
  w.outputs = w.inputs + POSITIONS * w.input_plane;
  // Only gradients have what follows.
  w.sums = scratch + scratch_of_blocks(&w);
  w.bias_sums = w.sums + (tiles.apart ? PARTS_OF_GRADIENT : 1) * sum_count(&w);
  return w;
}

int64_t graft_winograd_forward_scratch(const graft_winograd *shape) {
  work w = work_of(shape, forward_partition(shape), NULL);
  return scratch_of_blocks(&w);
}

int64_t graft_winograd_gradient_scratch(const graft_winograd *shape) {
  work w = work_of(shape, gradient_partition(shape), NULL);
  return scratch_of_blocks(&w) + (w.tiles.apart ? PARTS_OF_GRADIENT : 1) * sum_count(&w)
       + PARTS_OF_BIAS * shape->output_channels;
}

static void start_block(work *w, int64_t first) {
  w->first = first;
  w->count = least(w->tiles.total - first, w->tiles.block);
}

static int64_t taken(const work *w) { return atomic_fetch_add_explicit(w->next, 1, memory_order_relaxed); }

static work work_of_thread(const void *context, int64_t worker) {
  work w = *(const work *)context;
  w.inputs += worker * scratch_of_block(&w);
  w.outputs += worker * scratch_of_block(&w);
  return w;
}

// One block after another, each on this thread alone.
static void blocks_apart(int64_t worker, void *context) {
  work w = work_of_thread(context, worker);
  for (;;) {
    int64_t first = taken(&w) * w.tiles.block;
    if (first >= w.tiles.total) return;
    start_block(&w, first);
    each_tile(&w, 0, w.count, input_tile);
    for (int64_t position = 0; position < POSITIONS; position++)
      multiply_columns(&w, (columns){position, 0, w.shape->output_channels});
    each_tile(&w, 0, w.count, output_tile);
  }
}

void graft_winograd_forward(const graft_winograd *shape, const float *input, const float *transformed,
                            const float *bias, int relu, float *scratch, float *result) {
  _Atomic int64_t next = 0;
  work w = work_of(shape, forward_partition(shape), scratch);
  w.input = input, w.kernel = transformed, w.bias = bias, w.relu = relu, w.result = result, w.next = &next;
  if (w.tiles.apart) return graft_parallel(shape->threads, blocks_apart, &w);
  for (int64_t first = 0; first < w.tiles.total; first += w.tiles.block) {
    start_block(&w, first);
    graft_parallel(parts(w.count, TILES_PER_TASK), input_tiles, &w);
    graft_parallel(product_tasks(shape), forward_product, &w);
    graft_parallel(parts(w.count, TILES_PER_TASK), output_tiles, &w);
  }
}

// The part of the bias' gradient from some rows of pixels.
static void bias_part(const work *w, int64_t part) {
  int64_t pixels = w->shape->batch * w->shape->output_height * w->shape->output_width;
  int64_t first = part * pixels / PARTS_OF_BIAS, end = (part + 1) * pixels / PARTS_OF_BIAS;
  int64_t channels = w->shape->output_channels;
  graft_sum(1, end - first, channels, w->gradient + first * channels, w->bias_sums + part * channels);
}

// The rows of the kernel's gradient and then the parts of the bias'.
static void last_part(int64_t task, void *context) {
  const work *w = context;
  if (task < w->shape->input_channels)
    kernel_row_gradient(w, task);
  else
    bias_part(w, task - w->shape->input_channels);
}

// One part of the blocks after another, each on this thread alone.
static void gradient_parts_apart(int64_t worker, void *context) {
  work w = work_of_thread(context, worker);
  float *sums = w.sums;
  int64_t blocks = parts(w.tiles.total, w.tiles.block);
  for (;;) {
    int64_t part = taken(&w);
    if (part >= PARTS_OF_GRADIENT) return;
    w.sums = sums + part * sum_count(&w);
    int64_t begin = part * blocks / PARTS_OF_GRADIENT, end = (part + 1) * blocks / PARTS_OF_GRADIENT;
    for (int64_t block = begin; block < end; block++) {
      start_block(&w, block * w.tiles.block);
      w.adds = block > begin;
      each_tile(&w, 0, w.count, input_tile);
      each_tile(&w, 0, w.count, gradient_tile);
      for (int64_t position = 0; position < POSITIONS; position++)
        multiply_gradient(&w, (columns){position, 0, w.shape->output_channels});
    }
  }
}

void graft_winograd_gradient(const graft_winograd *shape, const float *input, const float *gradient, float *scratch,
                             float *kernel_gradient, float *bias_gradient) {
  _Atomic int64_t next = 0;
  work w = work_of(shape, gradient_partition(shape), scratch);
  w.input = input, w.gradient = gradient, w.result = kernel_gradient, w.next = &next;
  if (w.tiles.apart) graft_parallel(shape->threads, gradient_parts_apart, &w);
  for (int64_t first = 0; !w.tiles.apart && first < w.tiles.total; first += w.tiles.block) {
    start_block(&w, first);
    w.adds = first > 0;
    graft_parallel(parts(w.count, TILES_PER_TASK), both_tiles, &w);
    graft_parallel(product_tasks(shape), gradient_product, &w);
  }
  graft_parallel(shape->input_channels + (bias_gradient ? PARTS_OF_BIAS : 0), last_part, &w);
  if (bias_gradient) graft_sum(1, PARTS_OF_BIAS, shape->output_channels, w.bias_sums, bias_gradient);
}

// MARK: Kernels

typedef struct {
  int64_t inputs, outputs;
  const float *kernel;
  float *transformed;
} kernel_work;

int64_t graft_winograd_kernel_count(int64_t input_channels, int64_t output_channels) {
  return POSITIONS * kernel_plane(input_channels, output_channels);
}


static void transform_kernel(int64_t task, void *context) {
  const kernel_work *w = context;
  int64_t tasks = parts(w->inputs, KERNEL_ROWS_PER_TASK), first = task / tasks * LANES;
  int64_t begin = task % tasks * KERNEL_ROWS_PER_TASK, end = least(begin + KERNEL_ROWS_PER_TASK, w->inputs);
  int64_t plane = kernel_plane(w->inputs, w->outputs);
  for (int64_t i = begin; i < end; i++)
    graft_winograd_kernel_panel(w->kernel + i * w->outputs + first, w->inputs * w->outputs, w->outputs - first,
                                w->transformed + first * w->inputs + i * LANES, plane);
}

void graft_winograd_kernel(int64_t input_channels, int64_t output_channels, const float *kernel, float *transformed) {
  kernel_work w = {input_channels, output_channels, kernel, transformed};
  graft_parallel(parts(output_channels, LANES) * parts(input_channels, KERNEL_ROWS_PER_TASK), transform_kernel, &w);
}

// Sixteen input channels, which are the outputs of the mirrored kernel, and sixteen output channels, which are its inputs.
static void transform_mirrored(int64_t task, void *context) {
  const kernel_work *w = context;
  int64_t blocks = parts(w->outputs, LANES), input = task / blocks * LANES, output = task % blocks * LANES;
  int64_t inputs = least(LANES, w->inputs - input), outputs = least(LANES, w->outputs - output);
  float taps[TAPS * TAPS][LANES * LANES];
  for (int tap = 0; tap < TAPS * TAPS; tap++) {
    const float *source = w->kernel + ((TAPS * TAPS - 1 - tap) * w->inputs + input) * w->outputs + output;
    graft_winograd_transpose(source, w->outputs, inputs, outputs, taps[tap]);
  }
  for (int64_t o = 0; o < outputs; o++)
    graft_winograd_kernel_panel(taps[0] + o * LANES, LANES * LANES, inputs,
                                w->transformed + input * w->outputs + (output + o) * LANES,
                                kernel_plane(w->outputs, w->inputs));
}

void graft_winograd_mirrored_kernel(int64_t input_channels, int64_t output_channels, const float *kernel,
                                    float *transformed) {
  kernel_work w = {input_channels, output_channels, kernel, transformed};
  graft_parallel(parts(input_channels, LANES) * parts(output_channels, LANES), transform_mirrored, &w);
}
