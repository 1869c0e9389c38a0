// PNG in and out through libpng's row interface. libpng reports errors by longjmp, which must not cross Swift's frames: it
// is caught in here, and every function returns a status and leaves a sentence in `message`.
#pragma once

#include <stddef.h>
#include <stdint.h>

#define GRAFT_PNG_MESSAGE_SIZE 160

typedef struct graft_png_reader graft_png_reader;

// Reads everything before the pixels. The bytes must stay where they are until graft_png_close. Returns NULL on failure.
graft_png_reader *graft_png_open(const uint8_t *bytes, size_t count, char message[GRAFT_PNG_MESSAGE_SIZE]);

uint32_t graft_png_width(const graft_png_reader *reader);
uint32_t graft_png_height(const graft_png_reader *reader);
// Asks for the numbers that are stored: the indices of a palette instead of its colours, and samples of fewer than 8 bits as they
// are. To be called before graft_png_channels; numbers of 16 bits are then a failure.
void graft_png_keep_numbers(graft_png_reader *reader);
// 1 for grey, 3 for colour; a palette counts as colour unless its numbers are kept.
int graft_png_channels(const graft_png_reader *reader);
// As stored.
int graft_png_bits_per_pixel(const graft_png_reader *reader);
// The text that names the program that made the file, if it stands before the pixels; NULL if there is none.
const char *graft_png_software(const graft_png_reader *reader);

// Reads all pixels, 8 bits a channel, without alpha and without gamma: width · height · channels bytes; once only. Of 16-bit
// samples the high byte is taken, or v / 257, rounded. Returns 0, or -1 on failure.
int graft_png_read(graft_png_reader *reader, int takes_high_byte, uint8_t *pixels, char message[GRAFT_PNG_MESSAGE_SIZE]);

// The TIFF structure of the EXIF chunk, wherever it stands; NULL if there is none. To be called after graft_png_read.
const uint8_t *graft_png_exif(const graft_png_reader *reader, size_t *count);

void graft_png_close(graft_png_reader *reader);

// Encodes 1 (grey) or 3 (RGB) channels of 8 bits; `software` is recorded as the maker, if it is not NULL. On success returns 0 and `bytes`, to be given to graft_png_free.
int graft_png_encode(const uint8_t *pixels, uint32_t width, uint32_t height, int channels, const char *software, uint8_t **bytes,
                     size_t *count, char message[GRAFT_PNG_MESSAGE_SIZE]);

void graft_png_free(uint8_t *bytes);
