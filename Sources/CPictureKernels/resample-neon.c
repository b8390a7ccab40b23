#include "CPictureKernels.h"

#if defined(__aarch64__)

#include <arm_neon.h>

static inline int32x4_t weights_of(const gpi_weights *group) {
  return vaddw_s16(vshll_n_s16(vld1_s16(group->upper), 11), vld1_s16(group->lower));
}

/// Rounds sums, shifts them and keeps them in 0...255.
static inline uint8x8_t rounded(int32x4_t low, int32x4_t high) {
  return vqmovun_s16(
      vcombine_s16(vqmovn_s32(vrshrq_n_s32(low, 22)), vqmovn_s32(vrshrq_n_s32(high, 22))));
}

void gpi_resample_row_accelerated(
    const uint8_t *row, uint8_t *output, size_t count, const uint32_t *firsts,
    const gpi_weights *weights, size_t group_count) {
  // One pixel in each quarter, its channels as 32-bit numbers.
  static const uint8_t places[4][16] = {
      {0, 255, 255, 255, 1, 255, 255, 255, 2, 255, 255, 255, 255, 255, 255, 255},
      {3, 255, 255, 255, 4, 255, 255, 255, 5, 255, 255, 255, 255, 255, 255, 255},
      {6, 255, 255, 255, 7, 255, 255, 255, 8, 255, 255, 255, 255, 255, 255, 255},
      {9, 255, 255, 255, 10, 255, 255, 255, 11, 255, 255, 255, 255, 255, 255, 255},
  };
  const uint8x16_t first = vld1q_u8(places[0]), second = vld1q_u8(places[1]);
  const uint8x16_t third = vld1q_u8(places[2]), fourth = vld1q_u8(places[3]);
  for (size_t x = 0; x < count; x++, output += 3) {
    const uint8_t *pixels = row + 3 * (size_t)firsts[x];
    int32x4_t sum = vdupq_n_s32(0), other_sum = vdupq_n_s32(0);
    for (size_t group = 0; group < group_count; group++, pixels += 12, weights++) {
      uint8x16_t four = vld1q_u8(pixels);
      int32x4_t factors = weights_of(weights);
      sum = vmlaq_laneq_s32(sum, vreinterpretq_s32_u8(vqtbl1q_u8(four, first)), factors, 0);
      other_sum =
          vmlaq_laneq_s32(other_sum, vreinterpretq_s32_u8(vqtbl1q_u8(four, second)), factors, 1);
      sum = vmlaq_laneq_s32(sum, vreinterpretq_s32_u8(vqtbl1q_u8(four, third)), factors, 2);
      other_sum =
          vmlaq_laneq_s32(other_sum, vreinterpretq_s32_u8(vqtbl1q_u8(four, fourth)), factors, 3);
    }
    sum = vaddq_s32(sum, other_sum);
    uint32_t pixel = vget_lane_u32(vreinterpret_u32_u8(rounded(sum, sum)), 0);
    // The fourth byte is overwritten by the next pixel.
    __builtin_memcpy(output, &pixel, 4);
  }
}

void gpi_resample_rows_accelerated(
    const uint8_t *const *rows, uint8_t *output, size_t byte_count, const gpi_weights *weights,
    size_t group_count) {
  for (size_t start = 0; start < byte_count; start += 16) {
    int32x4_t sums[4] = {vdupq_n_s32(0), vdupq_n_s32(0), vdupq_n_s32(0), vdupq_n_s32(0)};
    for (size_t tap = 0; tap < 4 * group_count; tap++) {
      const gpi_weights *group = weights + tap / 4;
      int32x4_t factor = vdupq_n_s32(2048 * group->upper[tap % 4] + group->lower[tap % 4]);
      uint8x16_t bytes = vld1q_u8(rows[tap] + start);
      uint16x8_t low = vmovl_u8(vget_low_u8(bytes)), high = vmovl_u8(vget_high_u8(bytes));
      sums[0] = vmlaq_s32(sums[0], vreinterpretq_s32_u32(vmovl_u16(vget_low_u16(low))), factor);
      sums[1] = vmlaq_s32(sums[1], vreinterpretq_s32_u32(vmovl_u16(vget_high_u16(low))), factor);
      sums[2] = vmlaq_s32(sums[2], vreinterpretq_s32_u32(vmovl_u16(vget_low_u16(high))), factor);
      sums[3] = vmlaq_s32(sums[3], vreinterpretq_s32_u32(vmovl_u16(vget_high_u16(high))), factor);
    }
    vst1q_u8(
        output + start, vcombine_u8(rounded(sums[0], sums[1]), rounded(sums[2], sums[3])));
  }
}

#endif
