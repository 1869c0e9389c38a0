#include "failure.h"

#include <stdlib.h>

struct graft_jpeg_reader {
  struct jpeg_decompress_struct codec;
  struct jpeg_progress_mgr progress;
  graft_jpeg_failure failure;
};

// A small file can have so many scans that decoding takes minutes.
static void limit_scans(j_common_ptr codec) {
  enum { most = 500 };
  if (codec->is_decompressor && ((j_decompress_ptr)codec)->input_scan_number > most)
    graft_jpeg_fail(codec, "it has more than 500 scans");
}

graft_jpeg_reader *graft_jpeg_open(const uint8_t *bytes, size_t count, char message[GRAFT_JPEG_MESSAGE_SIZE]) {
  snprintf(message, GRAFT_JPEG_MESSAGE_SIZE, "there is not enough memory");
  graft_jpeg_reader *reader = calloc(1, sizeof *reader);
  if (!reader) return NULL;
  j_decompress_ptr codec = &reader->codec;
  reader->failure.message = message;
  codec->err = graft_jpeg_watch(&reader->failure);
  if (setjmp(reader->failure.place)) {
    graft_jpeg_close(reader);
    return NULL;
  }
  jpeg_create_decompress(codec);
  reader->progress.progress_monitor = limit_scans;
  codec->progress = &reader->progress;
  jpeg_mem_src(codec, bytes, (unsigned long)count);
  jpeg_read_header(codec, TRUE);
  switch (codec->jpeg_color_space) {
    case JCS_GRAYSCALE: codec->out_color_space = JCS_GRAYSCALE; break;
    case JCS_CMYK:
    case JCS_YCCK: codec->out_color_space = JCS_CMYK; break;
    default: codec->out_color_space = JCS_RGB;
  }
  codec->dct_method = JDCT_ISLOW;
  jpeg_calc_output_dimensions(codec);
  return reader;
}

uint32_t graft_jpeg_width(const graft_jpeg_reader *reader) { return reader->codec.output_width; }

uint32_t graft_jpeg_height(const graft_jpeg_reader *reader) { return reader->codec.output_height; }

int graft_jpeg_channels(const graft_jpeg_reader *reader) {
  switch (reader->codec.out_color_space) {
    case JCS_GRAYSCALE: return 1;
    case JCS_CMYK: return 4;
    default: return 3;
  }
}

int graft_jpeg_is_arithmetic(const graft_jpeg_reader *reader) { return reader->codec.arith_code; }

int graft_jpeg_scale(graft_jpeg_reader *reader, int eighths, char message[GRAFT_JPEG_MESSAGE_SIZE]) {
  reader->failure.message = message;
  if (setjmp(reader->failure.place)) return -1;
  reader->codec.scale_num = (unsigned)eighths;
  reader->codec.scale_denom = 8;
  jpeg_calc_output_dimensions(&reader->codec);
  return 0;
}

// How many bits of a coefficient no scan of a progressive file has brought yet; -1 if none has begun with it.
static int missing_bits(j_decompress_ptr codec, int component, int coefficient) {
  return codec->coef_bits ? codec->coef_bits[component][coefficient] : 0;
}

// Refuses pixels that scans are missing for.
static void check_scans(j_decompress_ptr codec) {
  j_common_ptr common = (j_common_ptr)codec;
  graft_jpeg_failure *failure = (graft_jpeg_failure *)codec->err;
  int is_partial = 0;
  for (int component = 0; component < codec->num_components; component++) {
    // A component gets its table when its first scan begins.
    if (!codec->comp_info[component].quant_table || missing_bits(codec, component, 0) < 0)
      graft_jpeg_fail(common, "the scan of one of its colours is missing");
    for (int coefficient = 0; coefficient < DCTSIZE2; coefficient++)
      is_partial |= missing_bits(codec, component, coefficient) != 0;
  }
  // Arithmetic coding reads zeros where its data end, and nobody can say whether they were meant.
  if (failure->ended_early && (is_partial || codec->arith_code)) graft_jpeg_fail(common, "the file ends too early");
}

int graft_jpeg_read(graft_jpeg_reader *reader, uint8_t *pixels, char message[GRAFT_JPEG_MESSAGE_SIZE]) {
  j_decompress_ptr codec = &reader->codec;
  reader->failure.message = message;
  if (setjmp(reader->failure.place)) return -1;
  jpeg_start_decompress(codec);
  size_t row = (size_t)codec->output_width * (size_t)graft_jpeg_channels(reader);
  while (codec->output_scanline < codec->output_height) {
    JSAMPROW place = pixels + codec->output_scanline * row;
    jpeg_read_scanlines(codec, &place, 1);
  }
  check_scans(codec);
  jpeg_finish_decompress(codec);
  return 0;
}

void graft_jpeg_close(graft_jpeg_reader *reader) {
  if (!reader) return;
  jpeg_destroy_decompress(&reader->codec);
  free(reader);
}
