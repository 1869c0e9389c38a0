#include "failure.h"

_Noreturn void graft_jpeg_fail(j_common_ptr codec, const char *reason) {
  graft_jpeg_failure *failure = (graft_jpeg_failure *)codec->err;
  snprintf(failure->message, GRAFT_JPEG_MESSAGE_SIZE, "%s", reason);
  longjmp(failure->place, 1);
}

_Noreturn static void stop(j_common_ptr codec) {
  char reason[JMSG_LENGTH_MAX];
  codec->err->format_message(codec, reason);
  graft_jpeg_fail(codec, reason);
}

static void say_nothing(j_common_ptr codec) { (void)codec; }

typedef enum {
  // All pixels are there.
  harmless,
  // It depends on which scans there are in the end.
  undecided,
  // Pixels are made up.
  guessed,
} verdict;

// The one rule about warnings: a file is refused where pixels are made up, and read where all of them are there.
static verdict verdict_on(int code) {
  switch (code) {
    // The coefficients are as the file has them, and other decoders take these colours for the same.
    case JWRN_ADOBE_XFORM:
    case JWRN_JFIF_MAJOR:
    // A profile is not asked for.
    case JWRN_BOGUS_ICC:
    // The scan of a sequential file holds whole blocks, whatever range its header names.
    case JWRN_NOT_SEQUENTIAL:
    // Bytes between a segment and the next marker belong to neither.
    case JWRN_EXTRANEOUS_DATA: return harmless;
    // Maybe only the mark of the end is missing, maybe whole scans are.
    case JWRN_JPEG_EOF:
    // Maybe scans are only in an unusual order, maybe one is missing.
    case JWRN_BOGUS_PROGRESSION: return undecided;
    // Codes that are no codes, data that end within a scan, or a piece of a scan that is lost; and what later versions warn of.
    default: return guessed;
  }
}

static void judge(j_common_ptr codec, int level) {
  if (level >= 0) return;
  codec->err->num_warnings++;
  graft_jpeg_failure *failure = (graft_jpeg_failure *)codec->err;
  switch (verdict_on(codec->err->msg_code)) {
    case harmless: return;
    case guessed: stop(codec);
    case undecided: break;
  }
  if (codec->err->msg_code == JWRN_JPEG_EOF) {
    failure->ended_early = 1;
    return;
  }
  // Of a progressive file's scans only those of the finer coefficients before the coarsest one decode to what they say.
  if (((j_decompress_ptr)codec)->Ss == 0 || codec->err->msg_parm.i[1] != 0) stop(codec);
  failure->out_of_order = 1;
}

struct jpeg_error_mgr *graft_jpeg_watch(graft_jpeg_failure *failure) {
  jpeg_std_error(&failure->manager);
  failure->manager.error_exit = stop;
  failure->manager.output_message = say_nothing;
  failure->manager.emit_message = judge;
  return &failure->manager;
}
