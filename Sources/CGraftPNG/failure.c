#include "failure.h"

#include <stdio.h>

void graft_png_fail(png_structp png, png_const_charp reason) {
  graft_png_failure *failure = png_get_error_ptr(png);
  snprintf(failure->message, GRAFT_PNG_MESSAGE_SIZE, "%s", reason);
  longjmp(failure->place, 1);
}

// Warnings are about chunks that say nothing about the pixels.
void graft_png_ignore(png_structp png, png_const_charp warning) {
  (void)png;
  (void)warning;
}
