#include "CDigestKernels.h"

#include <string.h>

// tables[0] advances the CRC by one byte; tables[n] by that byte and n zero bytes after it.
static uint32_t tables[8][256];

// Before main, so that no caller on any thread sees them empty.
__attribute__((constructor)) static void gpd_fill_crc32_tables(void) {
  for (uint32_t byte = 0; byte < 256; byte++) {
    uint32_t crc = byte;
    for (int bit = 0; bit < 8; bit++) {
      crc = (crc >> 1) ^ ((crc & 1) ? 0xEDB88320u : 0);
    }
    tables[0][byte] = crc;
  }
  for (int n = 1; n < 8; n++) {
    for (uint32_t byte = 0; byte < 256; byte++) {
      uint32_t crc = tables[n - 1][byte];
      tables[n][byte] = (crc >> 8) ^ tables[0][crc & 0xFF];
    }
  }
}

// The register is the checksum's complement.
static uint32_t advance(uint32_t reg, const uint8_t *bytes, size_t count) {
  for (; count >= 8; bytes += 8, count -= 8) {
    uint32_t low, high;
    memcpy(&low, bytes, 4);
    memcpy(&high, bytes + 4, 4);
    low ^= reg;
    reg = tables[7][low & 0xFF] ^ tables[6][(low >> 8) & 0xFF] ^ tables[5][(low >> 16) & 0xFF] ^
          tables[4][low >> 24] ^ tables[3][high & 0xFF] ^ tables[2][(high >> 8) & 0xFF] ^
          tables[1][(high >> 16) & 0xFF] ^ tables[0][high >> 24];
  }
  for (; count > 0; bytes++, count--) {
    reg = (reg >> 8) ^ tables[0][(reg ^ *bytes) & 0xFF];
  }
  return reg;
}

uint32_t gpd_crc32_portable(uint32_t crc, const void *bytes, size_t count) {
  return ~advance(~crc, bytes, count);
}

#if defined(__x86_64__)

#include <immintrin.h>

bool gpd_crc32_is_accelerated(void) {
  return __builtin_cpu_supports("pclmul") && __builtin_cpu_supports("sse2");
}

#pragma clang attribute push(__attribute__((target("sse2,pclmul"))), apply_to = function)

static __m128i load(const uint8_t *bytes) { return _mm_loadu_si128((const __m128i *)bytes); }

// Moves `lane` forward over the bytes between it and `next`, and adds `next`. `factors` are
// x^(d+32) and x^(d-32) modulo the polynomial for a distance of d bits, bit-reflected and
// shifted left by one because the product of two reflected numbers is one bit short.
static __m128i fold(__m128i lane, __m128i next, __m128i factors) {
  __m128i low = _mm_clmulepi64_si128(lane, factors, 0x00);
  __m128i high = _mm_clmulepi64_si128(lane, factors, 0x11);
  return _mm_xor_si128(_mm_xor_si128(low, high), next);
}

// Folds four lanes of 16 bytes in parallel, then those into one, whose 16 bytes are congruent to
// everything before them (Gopal et al., "Fast CRC Computation for Generic Polynomials Using
// PCLMULQDQ Instruction", 2009); the tables finish it and the bytes that are left.
uint32_t gpd_crc32_accelerated(uint32_t crc, const void *start, size_t count) {
  if (count < 64) { return gpd_crc32_portable(crc, start, count); }
  const uint8_t *bytes = start;
  const __m128i by512 = _mm_set_epi64x(0x1c6e41596, 0x154442bd4);
  const __m128i by128 = _mm_set_epi64x(0x0ccaa009e, 0x1751997d0);
  __m128i a = _mm_xor_si128(load(bytes), _mm_cvtsi32_si128((int)~crc));
  __m128i b = load(bytes + 16);
  __m128i c = load(bytes + 32);
  __m128i d = load(bytes + 48);
  for (bytes += 64, count -= 64; count >= 64; bytes += 64, count -= 64) {
    a = fold(a, load(bytes), by512);
    b = fold(b, load(bytes + 16), by512);
    c = fold(c, load(bytes + 32), by512);
    d = fold(d, load(bytes + 48), by512);
  }
  a = fold(fold(fold(a, b, by128), c, by128), d, by128);
  for (; count >= 16; bytes += 16, count -= 16) { a = fold(a, load(bytes), by128); }
  uint8_t residue[16];
  _mm_storeu_si128((__m128i *)residue, a);
  return ~advance(advance(0, residue, 16), bytes, count);
}

#pragma clang attribute pop

#else

bool gpd_crc32_is_accelerated(void) { return false; }

uint32_t gpd_crc32_accelerated(uint32_t crc, const void *bytes, size_t count) {
  return gpd_crc32_portable(crc, bytes, count);
}

#endif

uint32_t gpd_crc32(uint32_t crc, const void *bytes, size_t count) {
  return gpd_crc32_is_accelerated() ? gpd_crc32_accelerated(crc, bytes, count)
                                    : gpd_crc32_portable(crc, bytes, count);
}
