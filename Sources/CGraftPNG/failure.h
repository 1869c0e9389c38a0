#pragma once

#include "graft_png.h"

#include <png.h>
#include <setjmp.h>

// Where libpng's errors go: a sentence, and the place to return to.
typedef struct {
  jmp_buf place;
  char *message;
} graft_png_failure;

void graft_png_fail(png_structp png, png_const_charp reason);
void graft_png_ignore(png_structp png, png_const_charp warning);
