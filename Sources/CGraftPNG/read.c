#include "failure.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct graft_png_reader {
  png_structp png;
  png_infop info;
  const uint8_t *bytes;
  size_t count, offset;
  int keeps_numbers;
  graft_png_failure failure;
};

static void take(png_structp png, png_bytep destination, size_t count) {
  graft_png_reader *reader = png_get_io_ptr(png);
  if (count > reader->count - reader->offset) png_error(png, "the file ends too early");
  memcpy(destination, reader->bytes + reader->offset, count);
  reader->offset += count;
}

// Compressed texts and colour profiles would be unpacked, and complained about, for nothing.
static void skip_texts_and_profiles(png_structp png) {
  static const png_byte names[] = "iCCP\0iTXt\0zTXt";
  png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_NEVER, names, 3);
}

graft_png_reader *graft_png_open(const uint8_t *bytes, size_t count, char message[GRAFT_PNG_MESSAGE_SIZE]) {
  snprintf(message, GRAFT_PNG_MESSAGE_SIZE, "there is not enough memory");
  graft_png_reader *reader = calloc(1, sizeof *reader);
  if (!reader) return NULL;
  reader->bytes = bytes;
  reader->count = count;
  reader->failure.message = message;
  if (setjmp(reader->failure.place)) {
    graft_png_close(reader);
    return NULL;
  }
  reader->png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &reader->failure, graft_png_fail, graft_png_ignore);
  if (reader->png) reader->info = png_create_info_struct(reader->png);
  if (!reader->info) {
    graft_png_close(reader);
    return NULL;
  }
  png_set_read_fn(reader->png, reader, take);
  // How many pixels are too many is the caller's decision.
  png_set_user_limits(reader->png, PNG_UINT_31_MAX, PNG_UINT_31_MAX);
  skip_texts_and_profiles(reader->png);
  png_read_info(reader->png, reader->info);
  return reader;
}

uint32_t graft_png_width(const graft_png_reader *reader) { return png_get_image_width(reader->png, reader->info); }

uint32_t graft_png_height(const graft_png_reader *reader) { return png_get_image_height(reader->png, reader->info); }

static int has_palette(const graft_png_reader *reader) {
  return png_get_color_type(reader->png, reader->info) == PNG_COLOR_TYPE_PALETTE;
}

void graft_png_keep_numbers(graft_png_reader *reader) { reader->keeps_numbers = 1; }

int graft_png_channels(const graft_png_reader *reader) {
  if (reader->keeps_numbers && has_palette(reader)) return 1;
  return png_get_color_type(reader->png, reader->info) & PNG_COLOR_MASK_COLOR ? 3 : 1;
}

int graft_png_bits_per_pixel(const graft_png_reader *reader) {
  return png_get_bit_depth(reader->png, reader->info) * png_get_channels(reader->png, reader->info);
}

const char *graft_png_software(const graft_png_reader *reader) {
  png_textp texts = NULL;
  int count = 0;
  png_get_text(reader->png, reader->info, &texts, &count);
  for (int index = 0; index < count; index++)
    if (strcmp(texts[index].key, "Software") == 0) return texts[index].text;
  return NULL;
}

const uint8_t *graft_png_exif(const graft_png_reader *reader, size_t *count) {
  png_uint_32 length = 0;
  png_bytep bytes = NULL;
  if (!png_get_eXIf_1(reader->png, reader->info, &length, &bytes)) return NULL;
  *count = length;
  return bytes;
}

static void ask_for_8_bits_without_alpha(graft_png_reader *reader, int takes_high_byte) {
  png_structp png = reader->png;
  png_byte type = png_get_color_type(png, reader->info), depth = png_get_bit_depth(png, reader->info);
  if (type == PNG_COLOR_TYPE_PALETTE || (type == PNG_COLOR_TYPE_GRAY && reader->keeps_numbers)) png_set_packing(png);
  if (type == PNG_COLOR_TYPE_GRAY && depth < 8 && !reader->keeps_numbers) png_set_expand_gray_1_2_4_to_8(png);
  if (depth == 16 && reader->keeps_numbers) png_error(png, "its numbers have 16 bits, and class numbers have 8 at most");
  if (depth == 16 && takes_high_byte) png_set_strip_16(png);
  if (depth == 16 && !takes_high_byte) png_set_scale_16(png);
  if (type & PNG_COLOR_MASK_ALPHA) png_set_strip_alpha(png);
}

// Turns rows that begin with one index a pixel into rows of colours, in place. libpng would do so too, but not look whether
// the palette has that colour.
static void replace_indices(graft_png_reader *reader, uint8_t *pixels, size_t row) {
  png_colorp palette = NULL;
  int colours = 0;
  png_get_PLTE(reader->png, reader->info, &palette, &colours);
  for (uint32_t y = 0; y < graft_png_height(reader); y++, pixels += row)
    // From the end, since a colour takes the place of three indices.
    for (size_t x = graft_png_width(reader); x-- > 0;) {
      uint8_t index = pixels[x];
      if (index >= colours) png_error(reader->png, "a pixel names a colour that the palette does not have");
      pixels[3 * x] = palette[index].red;
      pixels[3 * x + 1] = palette[index].green;
      pixels[3 * x + 2] = palette[index].blue;
    }
}

int graft_png_read(graft_png_reader *reader, int takes_high_byte, uint8_t *pixels, char message[GRAFT_PNG_MESSAGE_SIZE]) {
  png_structp png = reader->png;
  reader->failure.message = message;
  if (setjmp(reader->failure.place)) return -1;
  int has_colours_to_replace = has_palette(reader) && !reader->keeps_numbers;
  size_t row = (size_t)graft_png_width(reader) * (size_t)graft_png_channels(reader);
  ask_for_8_bits_without_alpha(reader, takes_high_byte);
  int passes = png_set_interlace_handling(png);
  png_read_update_info(png, reader->info);
  if (png_get_rowbytes(png, reader->info) != (has_colours_to_replace ? row / 3 : row))
    png_error(png, "its rows have an unexpected length");
  for (int pass = 0; pass < passes; pass++)
    for (uint32_t y = 0; y < graft_png_height(reader); y++) png_read_row(png, pixels + y * row, NULL);
  png_read_end(png, reader->info);
  if (has_colours_to_replace) replace_indices(reader, pixels, row);
  return 0;
}

void graft_png_close(graft_png_reader *reader) {
  if (!reader) return;
  if (reader->png) png_destroy_read_struct(&reader->png, &reader->info, NULL);
  free(reader);
}
