#include "CPictureKernels.h"

#if defined(__x86_64__)

#include <immintrin.h>

#pragma clang attribute push(__attribute__((target("avx2"))), apply_to = function)

/// Joins the sums of upper and lower parts, rounds and shifts.
static inline __m256i joined(__m256i upper, __m256i lower) {
  __m256i sum = _mm256_add_epi32(_mm256_slli_epi32(upper, 11), lower);
  return _mm256_srai_epi32(_mm256_add_epi32(sum, _mm256_set1_epi32(1 << 21)), 22);
}

/// For each half of a register, one pair of weights four times.
#define GPI_PAIRS(first, second)                                                     \
  _mm256_setr_epi8(                                                                  \
      first, first + 1, first + 2, first + 3, first, first + 1, first + 2, first + 3, \
      first, first + 1, first + 2, first + 3, first, first + 1, first + 2, first + 3, \
      second, second + 1, second + 2, second + 3, second, second + 1, second + 2,    \
      second + 3, second, second + 1, second + 2, second + 3, second, second + 1,    \
      second + 2, second + 3)

void gpi_resample_row_accelerated(
    const uint8_t *row, uint8_t *output, size_t count, const uint32_t *firsts,
    const gpi_weights *weights, size_t group_count) {
  // Two pixels in each half, as 16-bit numbers, the same channels of both beside each other.
  const __m256i pairs_of_pixels = _mm256_setr_epi8(
      0, -1, 3, -1, 1, -1, 4, -1, 2, -1, 5, -1, -1, -1, -1, -1, 6, -1, 9, -1, 7, -1, 10, -1, 8, -1,
      11, -1, -1, -1, -1, -1);
  const __m256i upper_pairs = GPI_PAIRS(0, 4);
  const __m256i lower_pairs = GPI_PAIRS(8, 12);
  for (size_t x = 0; x < count; x++, output += 3) {
    const uint8_t *pixels = row + 3 * (size_t)firsts[x];
    __m256i upper = _mm256_setzero_si256();
    __m256i lower = _mm256_setzero_si256();
    for (size_t group = 0; group < group_count; group++, pixels += 12, weights++) {
      __m256i four = _mm256_shuffle_epi8(
          _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)pixels)), pairs_of_pixels);
      __m256i parts = _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)weights));
      upper = _mm256_add_epi32(
          upper, _mm256_madd_epi16(four, _mm256_shuffle_epi8(parts, upper_pairs)));
      lower = _mm256_add_epi32(
          lower, _mm256_madd_epi16(four, _mm256_shuffle_epi8(parts, lower_pairs)));
    }
    __m256i halves = _mm256_add_epi32(_mm256_slli_epi32(upper, 11), lower);
    __m128i sum = _mm_add_epi32(
        _mm256_castsi256_si128(halves), _mm256_extracti128_si256(halves, 1));
    sum = _mm_srai_epi32(_mm_add_epi32(sum, _mm_set1_epi32(1 << 21)), 22);
    sum = _mm_packus_epi16(_mm_packs_epi32(sum, sum), sum);
    // The fourth byte is overwritten by the next pixel.
    _mm_storeu_si32(output, sum);
  }
}

void gpi_resample_rows_accelerated(
    const uint8_t *const *rows, uint8_t *output, size_t byte_count, const gpi_weights *weights,
    size_t group_count) {
  for (size_t start = 0; start < byte_count; start += 16) {
    __m256i upper_low = _mm256_setzero_si256(), upper_high = _mm256_setzero_si256();
    __m256i lower_low = _mm256_setzero_si256(), lower_high = _mm256_setzero_si256();
    for (size_t pair = 0; pair < 2 * group_count; pair++) {
      const gpi_weights *group = weights + pair / 2;
      int upper_pair, lower_pair;
      __builtin_memcpy(&upper_pair, &group->upper[2 * (pair % 2)], 4);
      __builtin_memcpy(&lower_pair, &group->lower[2 * (pair % 2)], 4);
      __m256i upper = _mm256_set1_epi32(upper_pair), lower = _mm256_set1_epi32(lower_pair);
      __m128i first = _mm_loadu_si128((const __m128i *)(rows[2 * pair] + start));
      __m128i second = _mm_loadu_si128((const __m128i *)(rows[2 * pair + 1] + start));
      __m256i low = _mm256_cvtepu8_epi16(_mm_unpacklo_epi8(first, second));
      __m256i high = _mm256_cvtepu8_epi16(_mm_unpackhi_epi8(first, second));
      upper_low = _mm256_add_epi32(upper_low, _mm256_madd_epi16(low, upper));
      upper_high = _mm256_add_epi32(upper_high, _mm256_madd_epi16(high, upper));
      lower_low = _mm256_add_epi32(lower_low, _mm256_madd_epi16(low, lower));
      lower_high = _mm256_add_epi32(lower_high, _mm256_madd_epi16(high, lower));
    }
    // Packing works within halves; the last step puts the quarters in order.
    __m256i words = _mm256_packs_epi32(joined(upper_low, lower_low), joined(upper_high, lower_high));
    words = _mm256_permute4x64_epi64(words, 0xD8);
    __m128i bytes = _mm_packus_epi16(
        _mm256_castsi256_si128(words), _mm256_extracti128_si256(words, 1));
    _mm_storeu_si128((__m128i *)(output + start), bytes);
  }
}

#pragma clang attribute pop

#endif
