#include "../vector/scalar-activation.h"

#pragma STDC FP_CONTRACT OFF

void gpk_f32_conv__scalar(const struct gpk_f32_conv *arguments) {
  const struct gpk_f32_conv a = *arguments;
  for (size_t block = 0; block < a.block_count; block++) {
    for (size_t pixel = 0; pixel < a.pixel_count; pixel++) {
      const ptrdiff_t start = (ptrdiff_t)block * a.output_block_stride
          + (ptrdiff_t)pixel * a.output_pixel_stride;
      // Sums of 128 products, and the sum of these.
      float sums[GPK_BLOCK], totals[GPK_BLOCK];
      for (size_t lane = 0; lane < GPK_BLOCK; lane++) {
        sums[lane] = 0;
        totals[lane] = a.accumulates ? a.output[start + (ptrdiff_t)lane]
            : a.bias != NULL         ? a.bias[block * GPK_BLOCK + lane]
                                     : 0;
      }
      const float *weights = a.weights + block * a.weight_block_stride;
      for (size_t s = 0; s < a.whole_segment_count + a.partial_segment_count; s++) {
        const float *segment =
            a.input + (ptrdiff_t)pixel * a.input_pixel_stride + a.segment_offsets[s];
        const size_t length = s < a.whole_segment_count ? GPK_BLOCK : a.partial_length;
        for (size_t element = 0; element < length; element++) {
          for (size_t lane = 0; lane < GPK_BLOCK; lane++) {
            sums[lane] += segment[element] * *weights++;
          }
        }
        if (s % 8 == 7) {
          for (size_t lane = 0; lane < GPK_BLOCK; lane++) {
            totals[lane] += sums[lane];
            sums[lane] = 0;
          }
        }
      }
      for (size_t lane = 0; lane < GPK_BLOCK; lane++) { sums[lane] += totals[lane]; }
      for (size_t lane = 0; lane < GPK_BLOCK; lane++) {
        if (a.residual != NULL) { sums[lane] += a.residual[start + (ptrdiff_t)lane]; }
        a.output[start + (ptrdiff_t)lane] = scalar_activate(sums[lane], a.activation);
      }
    }
  }
}
