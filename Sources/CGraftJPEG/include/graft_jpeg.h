// JPEG in and out through libjpeg. libjpeg reports errors by a call that must not return: it is left by longjmp, which must not
// cross Swift's frames, so it is caught in here; every function returns a status and leaves a sentence in `message`.
#pragma once

#include <stddef.h>
#include <stdint.h>

#define GRAFT_JPEG_MESSAGE_SIZE 240

typedef struct graft_jpeg_reader graft_jpeg_reader;

// Reads everything before the first scan. The bytes must stay where they are until graft_jpeg_close. Returns NULL on failure.
graft_jpeg_reader *graft_jpeg_open(const uint8_t *bytes, size_t count, char message[GRAFT_JPEG_MESSAGE_SIZE]);

// Of the picture as it will be decoded, in pixels.
uint32_t graft_jpeg_width(const graft_jpeg_reader *reader);
uint32_t graft_jpeg_height(const graft_jpeg_reader *reader);
// 1 for grey, 3 for colour, 4 for inks.
int graft_jpeg_channels(const graft_jpeg_reader *reader);
// Whether a few bytes can stand for any number of pixels.
int graft_jpeg_is_arithmetic(const graft_jpeg_reader *reader);

// Has the picture decoded at so many eighths of its size, 1 to 8, rounded up. Returns 0, or -1 on failure.
int graft_jpeg_scale(graft_jpeg_reader *reader, int eighths, char message[GRAFT_JPEG_MESSAGE_SIZE]);

// Reads all pixels, with the accurate inverse transform and smooth chroma: width · height · channels bytes; once only. Returns
// 0, or -1 on failure: where a pixel would have to be guessed, too.
int graft_jpeg_read(graft_jpeg_reader *reader, uint8_t *pixels, char message[GRAFT_JPEG_MESSAGE_SIZE]);

void graft_jpeg_close(graft_jpeg_reader *reader);

// Encodes 1 (grey) or 3 (RGB) channels of 8 bits, with colours as fine as the brightness. On success returns 0 and `bytes`, to
// be given to graft_jpeg_free.
int graft_jpeg_encode(const uint8_t *pixels, uint32_t width, uint32_t height, int channels, int quality, uint8_t **bytes,
                      size_t *count, char message[GRAFT_JPEG_MESSAGE_SIZE]);

void graft_jpeg_free(uint8_t *bytes);
