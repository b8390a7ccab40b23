/// The vector of AVX2 with FMA: half a block of channels.
#include <immintrin.h>

#include "vector-attributes.h"

#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)

#define GPK_SET avx2
/// A block is two vectors; 16 registers hold 6×1 blocks of sums beside weights and input.
enum { lanes = 8, tile_blocks_max = 1 };
#define GPK_TILE_PIXELS(blocks) 6

/// The register tiles, as pixels and blocks.
#define GPK_CONV_TILES(X, stride) \
  X(1, 1, stride) X(2, 1, stride) X(3, 1, stride) X(4, 1, stride) X(5, 1, stride) \
  X(6, 1, stride)

typedef __m256 vector;

GPK_INLINE vector v_zero(void) { return _mm256_setzero_ps(); }
GPK_INLINE vector v_set(float x) { return _mm256_set1_ps(x); }
GPK_INLINE vector v_load(const float *p) { return _mm256_loadu_ps(p); }
/// What lies at a place, in every lane, by a load of its own.
GPK_INLINE vector v_repeat(const float *p) {
  vector a;
  __asm__("vbroadcastss %1, %0" : "=x"(a) : "m"(*p));
  return a;
}
GPK_INLINE void v_store(float *p, vector a) { _mm256_storeu_ps(p, a); }
GPK_INLINE vector v_add(vector a, vector b) { return _mm256_add_ps(a, b); }
GPK_INLINE vector v_sub(vector a, vector b) { return _mm256_sub_ps(a, b); }
GPK_INLINE vector v_mul(vector a, vector b) { return _mm256_mul_ps(a, b); }
GPK_INLINE vector v_div(vector a, vector b) { return _mm256_div_ps(a, b); }
/// a·b + c, rounded once.
GPK_INLINE vector v_fma(vector a, vector b, vector c) { return _mm256_fmadd_ps(a, b, c); }
/// c − a·b, rounded once.
GPK_INLINE vector v_fnma(vector a, vector b, vector c) { return _mm256_fnmadd_ps(a, b, c); }
/// The larger; b where one is a NaN.
GPK_INLINE vector v_max(vector a, vector b) { return _mm256_max_ps(a, b); }
/// The smaller; b where one is a NaN.
GPK_INLINE vector v_min(vector a, vector b) { return _mm256_min_ps(a, b); }
GPK_INLINE vector v_round(vector a) { return _mm256_round_ps(a, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC); }
/// a·2ⁿ for whole n, in two steps, since 2ⁿ alone may be out of range.
GPK_INLINE vector v_scale(vector a, vector n) {
  const __m256i bias = _mm256_set1_epi32(127);
  const __m256i whole = _mm256_cvtps_epi32(n);
  const __m256i half = _mm256_srai_epi32(whole, 1);
  const __m256i rest = _mm256_sub_epi32(whole, half);
  const vector first = _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_add_epi32(half, bias), 23));
  const vector second = _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_add_epi32(rest, bias), 23));
  return _mm256_mul_ps(_mm256_mul_ps(a, first), second);
}
