/// The vector of AVX-512: a whole block of channels.
#include <immintrin.h>

#include "vector-attributes.h"

#pragma clang attribute push(__attribute__((target("avx512f,fma"))), apply_to = function)

#define GPK_SET avx512f
/// A block is one vector; 32 registers hold 14×2 or 8×3 sums beside weights and input.
enum { lanes = 16, tile_blocks_max = 3 };
#define GPK_TILE_PIXELS(blocks) ((blocks) == 3 ? 8 : 14)

/// The register tiles, as pixels and blocks.
#define GPK_CONV_TILES(X, stride) \
  X(1, 1, stride) X(2, 1, stride) X(3, 1, stride) X(4, 1, stride) X(5, 1, stride) \
  X(6, 1, stride) X(7, 1, stride) X(8, 1, stride) X(9, 1, stride) X(10, 1, stride) \
  X(11, 1, stride) X(12, 1, stride) X(13, 1, stride) X(14, 1, stride) \
  X(1, 2, stride) X(2, 2, stride) X(3, 2, stride) X(4, 2, stride) X(5, 2, stride) \
  X(6, 2, stride) X(7, 2, stride) X(8, 2, stride) X(9, 2, stride) X(10, 2, stride) \
  X(11, 2, stride) X(12, 2, stride) X(13, 2, stride) X(14, 2, stride) \
  X(1, 3, stride) X(2, 3, stride) X(3, 3, stride) X(4, 3, stride) X(5, 3, stride) \
  X(6, 3, stride) X(7, 3, stride) X(8, 3, stride)

typedef __m512 vector;

GPK_INLINE vector v_zero(void) { return _mm512_setzero_ps(); }
GPK_INLINE vector v_set(float x) { return _mm512_set1_ps(x); }
GPK_INLINE vector v_load(const float *p) { return _mm512_loadu_ps(p); }
/// What lies at a place, in every lane, by a load of its own.
GPK_INLINE vector v_repeat(const float *p) {
  vector a;
  __asm__("vbroadcastss %1, %0" : "=v"(a) : "m"(*p));
  return a;
}
GPK_INLINE void v_store(float *p, vector a) { _mm512_storeu_ps(p, a); }
GPK_INLINE vector v_add(vector a, vector b) { return _mm512_add_ps(a, b); }
GPK_INLINE vector v_sub(vector a, vector b) { return _mm512_sub_ps(a, b); }
GPK_INLINE vector v_mul(vector a, vector b) { return _mm512_mul_ps(a, b); }
GPK_INLINE vector v_div(vector a, vector b) { return _mm512_div_ps(a, b); }
/// a·b + c, rounded once.
GPK_INLINE vector v_fma(vector a, vector b, vector c) { return _mm512_fmadd_ps(a, b, c); }
/// c − a·b, rounded once.
GPK_INLINE vector v_fnma(vector a, vector b, vector c) { return _mm512_fnmadd_ps(a, b, c); }
/// The larger; b where one is a NaN.
GPK_INLINE vector v_max(vector a, vector b) { return _mm512_max_ps(a, b); }
/// The smaller; b where one is a NaN.
GPK_INLINE vector v_min(vector a, vector b) { return _mm512_min_ps(a, b); }
GPK_INLINE vector v_round(vector a) { return _mm512_roundscale_ps(a, 0); }
/// a·2ⁿ for whole n.
GPK_INLINE vector v_scale(vector a, vector n) { return _mm512_scalef_ps(a, n); }
