// Writes Tests/Golden/jpeg_arithmetic.jpg: the coefficients of images/baseline_444.jpg, coded arithmetically, which neither Pillow
// nor most programs can write. Run from the package folder:
//   cc Tests/Golden/generators/jpeg_arithmetic.c -ljpeg -o /tmp/arithmetic && /tmp/arithmetic
#include <stdio.h>

#include <jpeglib.h>

int main(void) {
  struct jpeg_error_mgr errors;
  struct jpeg_decompress_struct source = {.err = jpeg_std_error(&errors)};
  struct jpeg_compress_struct target = {.err = &errors};
  FILE *in = fopen("Tests/Golden/images/baseline_444.jpg", "rb"), *out = fopen("Tests/Golden/jpeg_arithmetic.jpg", "wb");
  if (!in || !out) return 1;
  jpeg_create_decompress(&source);
  jpeg_create_compress(&target);
  jpeg_stdio_src(&source, in);
  jpeg_read_header(&source, TRUE);
  jvirt_barray_ptr *coefficients = jpeg_read_coefficients(&source);
  jpeg_stdio_dest(&target, out);
  jpeg_copy_critical_parameters(&source, &target);
  target.arith_code = TRUE;
  jpeg_write_coefficients(&target, coefficients);
  jpeg_finish_compress(&target);
  jpeg_finish_decompress(&source);
  return fclose(out);
}
