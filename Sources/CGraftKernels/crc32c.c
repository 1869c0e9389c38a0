#include <string.h>

#include "graft_kernels.h"

// Castagnoli's polynomial, bits reversed.
static uint32_t crc32c_bits(uint32_t value, const uint8_t *bytes, size_t count) {
  for (size_t i = 0; i < count; i++) {
    value ^= bytes[i];
    for (int bit = 0; bit < 8; bit++) value = value >> 1 ^ (value & 1 ? 0x82f63b78u : 0);
  }
  return value;
}

#if defined(__x86_64__)
__attribute__((target("sse4.2"))) static uint32_t crc32c_words(uint32_t value, const uint8_t *bytes, size_t count) {
  uint64_t wide = value;
  for (size_t i = 0; i < count; i++) {
    uint64_t word;
    memcpy(&word, bytes + 8 * i, 8);
    wide = __builtin_ia32_crc32di(wide, word);
  }
  return (uint32_t)wide;
}
#endif

uint32_t graft_crc32c(const void *bytes, size_t count) {
  const uint8_t *rest = bytes;
  uint32_t value = ~0u;
#if defined(__x86_64__)
  if (__builtin_cpu_supports("sse4.2")) {
    value = crc32c_words(value, rest, count / 8);
    rest += count / 8 * 8;
    count %= 8;
  }
#endif
  return ~crc32c_bits(value, rest, count);
}
