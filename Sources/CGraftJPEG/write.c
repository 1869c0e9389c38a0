#include "failure.h"

#include <stdlib.h>

typedef struct {
  struct jpeg_compress_struct codec;
  graft_jpeg_failure failure;
  unsigned char *bytes;
  unsigned long count;
} graft_jpeg_writer;

static int encode(graft_jpeg_writer *writer, const uint8_t *pixels, uint32_t width, uint32_t height, int channels,
                  int quality) {
  j_compress_ptr codec = &writer->codec;
  codec->err = graft_jpeg_watch(&writer->failure);
  if (setjmp(writer->failure.place)) return -1;
  jpeg_create_compress(codec);
  jpeg_mem_dest(codec, &writer->bytes, &writer->count);
  codec->image_width = width;
  codec->image_height = height;
  codec->input_components = channels;
  codec->in_color_space = channels == 1 ? JCS_GRAYSCALE : JCS_RGB;
  jpeg_set_defaults(codec);
  jpeg_set_quality(codec, quality, TRUE);
  codec->dct_method = JDCT_ISLOW;
  for (int component = 0; component < codec->num_components; component++)
    codec->comp_info[component].h_samp_factor = codec->comp_info[component].v_samp_factor = 1;
  jpeg_start_compress(codec, TRUE);
  size_t row = (size_t)width * (size_t)channels;
  while (codec->next_scanline < height) {
    JSAMPROW place = (JSAMPROW)(pixels + codec->next_scanline * row);
    jpeg_write_scanlines(codec, &place, 1);
  }
  jpeg_finish_compress(codec);
  return 0;
}

int graft_jpeg_encode(const uint8_t *pixels, uint32_t width, uint32_t height, int channels, int quality, uint8_t **bytes,
                      size_t *count, char message[GRAFT_JPEG_MESSAGE_SIZE]) {
  snprintf(message, GRAFT_JPEG_MESSAGE_SIZE, "there is not enough memory");
  graft_jpeg_writer writer = {.failure = {.message = message}};
  int status = encode(&writer, pixels, width, height, channels, quality);
  jpeg_destroy_compress(&writer.codec);
  // After a failure libjpeg does not say which buffer it has come to, so that there is none to free.
  if (status) return status;
  *bytes = writer.bytes;
  *count = writer.count;
  return 0;
}

void graft_jpeg_free(uint8_t *bytes) { free(bytes); }
