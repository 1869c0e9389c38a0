#include "failure.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
  png_structp png;
  png_infop info;
  uint8_t *bytes;
  size_t count, capacity;
  graft_png_failure failure;
} graft_png_writer;

static void give(png_structp png, png_bytep source, size_t count) {
  graft_png_writer *writer = png_get_io_ptr(png);
  if (writer->capacity - writer->count < count) {
    size_t capacity = 2 * writer->capacity + count;
    uint8_t *bytes = realloc(writer->bytes, capacity);
    if (!bytes) png_error(png, "there is not enough memory");
    writer->bytes = bytes;
    writer->capacity = capacity;
  }
  memcpy(writer->bytes + writer->count, source, count);
  writer->count += count;
}

static void flush(png_structp png) { (void)png; }

static int encode(graft_png_writer *writer, const uint8_t *pixels, uint32_t width, uint32_t height, int channels,
                  const char *software) {
  if (setjmp(writer->failure.place)) return -1;
  writer->png = png_create_write_struct(PNG_LIBPNG_VER_STRING, &writer->failure, graft_png_fail, graft_png_ignore);
  if (writer->png) writer->info = png_create_info_struct(writer->png);
  if (!writer->info) return -1;
  png_set_write_fn(writer->png, writer, give, flush);
  png_set_user_limits(writer->png, PNG_UINT_31_MAX, PNG_UINT_31_MAX);
  png_set_IHDR(writer->png, writer->info, width, height, 8, channels == 1 ? PNG_COLOR_TYPE_GRAY : PNG_COLOR_TYPE_RGB,
               PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
  if (software) {
    png_text text = {.compression = PNG_TEXT_COMPRESSION_NONE, .key = "Software", .text = (png_charp)software};
    png_set_text(writer->png, writer->info, &text, 1);
  }
  png_write_info(writer->png, writer->info);
  size_t row = (size_t)width * (size_t)channels;
  for (uint32_t y = 0; y < height; y++) png_write_row(writer->png, pixels + y * row);
  png_write_end(writer->png, NULL);
  return 0;
}

int graft_png_encode(const uint8_t *pixels, uint32_t width, uint32_t height, int channels, const char *software,
                     uint8_t **bytes, size_t *count, char message[GRAFT_PNG_MESSAGE_SIZE]) {
  snprintf(message, GRAFT_PNG_MESSAGE_SIZE, "there is not enough memory");
  graft_png_writer writer = {.failure = {.message = message}};
  int status = encode(&writer, pixels, width, height, channels, software);
  if (writer.png) png_destroy_write_struct(&writer.png, &writer.info);
  if (status) {
    free(writer.bytes);
    return status;
  }
  *bytes = writer.bytes;
  *count = writer.count;
  return 0;
}

void graft_png_free(uint8_t *bytes) { free(bytes); }
