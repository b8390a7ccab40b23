/// The vector of NEON: a quarter of a block of channels.
#include <arm_neon.h>

#include "vector-attributes.h"

#pragma clang attribute push(__attribute__((target("neon"))), apply_to = function)

#define GPK_SET neon
/// A block is four vectors; 32 registers hold 6×1 blocks of sums beside weights and input.
enum { lanes = 4, tile_blocks_max = 1 };
#define GPK_TILE_PIXELS(blocks) 6

/// The register tiles, as pixels and blocks.
#define GPK_CONV_TILES(X, stride) \
  X(1, 1, stride) X(2, 1, stride) X(3, 1, stride) X(4, 1, stride) X(5, 1, stride) \
  X(6, 1, stride)

typedef float32x4_t vector;

GPK_INLINE vector v_zero(void) { return vdupq_n_f32(0); }
GPK_INLINE vector v_set(float x) { return vdupq_n_f32(x); }
GPK_INLINE vector v_load(const float *p) { return vld1q_f32(p); }
/// What lies at a place, in every lane.
GPK_INLINE vector v_repeat(const float *p) { return vld1q_dup_f32(p); }
GPK_INLINE void v_store(float *p, vector a) { vst1q_f32(p, a); }
GPK_INLINE vector v_add(vector a, vector b) { return vaddq_f32(a, b); }
GPK_INLINE vector v_sub(vector a, vector b) { return vsubq_f32(a, b); }
GPK_INLINE vector v_mul(vector a, vector b) { return vmulq_f32(a, b); }
GPK_INLINE vector v_div(vector a, vector b) { return vdivq_f32(a, b); }
/// a·b + c, rounded once.
GPK_INLINE vector v_fma(vector a, vector b, vector c) { return vfmaq_f32(c, a, b); }
/// c − a·b, rounded once.
GPK_INLINE vector v_fnma(vector a, vector b, vector c) { return vfmsq_f32(c, a, b); }
/// The larger, or a NaN where one is a NaN.
GPK_INLINE vector v_max(vector a, vector b) { return vmaxq_f32(a, b); }
/// The smaller, or a NaN where one is a NaN.
GPK_INLINE vector v_min(vector a, vector b) { return vminq_f32(a, b); }
GPK_INLINE vector v_round(vector a) { return vrndnq_f32(a); }
/// a·2ⁿ for whole n, in two steps, since 2ⁿ alone may be out of range.
GPK_INLINE vector v_scale(vector a, vector n) {
  const int32x4_t bias = vdupq_n_s32(127);
  const int32x4_t whole = vcvtnq_s32_f32(n);
  const int32x4_t half = vshrq_n_s32(whole, 1);
  const int32x4_t rest = vsubq_s32(whole, half);
  const vector first = vreinterpretq_f32_s32(vshlq_n_s32(vaddq_s32(half, bias), 23));
  const vector second = vreinterpretq_f32_s32(vshlq_n_s32(vaddq_s32(rest, bias), 23));
  return vmulq_f32(vmulq_f32(a, first), second);
}
