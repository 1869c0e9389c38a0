#pragma once

#include "graft_jpeg.h"

#include <setjmp.h>
#include <stddef.h>
#include <stdio.h>

#include <jerror.h>
#include <jpeglib.h>

// Where libjpeg's errors go: a sentence, and the place to return to. Its own part stands first, as libjpeg knows of no other.
typedef struct {
  struct jpeg_error_mgr manager;
  jmp_buf place;
  char *message;
  // What has been warned of that is judged when all scans are read.
  int ended_early, out_of_order;
} graft_jpeg_failure;

// Prepares a failure for a compressor or decompressor.
struct jpeg_error_mgr *graft_jpeg_watch(graft_jpeg_failure *failure);

// Ends with a sentence of our own.
_Noreturn void graft_jpeg_fail(j_common_ptr codec, const char *reason);
