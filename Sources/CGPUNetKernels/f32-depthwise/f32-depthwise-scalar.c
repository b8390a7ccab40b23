#include "../vector/scalar-activation.h"

#pragma STDC FP_CONTRACT OFF

void gpk_f32_depthwise__scalar(const struct gpk_f32_depthwise *arguments) {
  const struct gpk_f32_depthwise a = *arguments;
  for (size_t o = 0; o < a.count; o++) {
    for (size_t lane = 0; lane < GPK_BLOCK; lane++) {
      float sum = a.bias[lane];
      for (size_t row = 0; row < a.kernel_size; row++) {
        for (size_t column = 0; column < a.kernel_size; column++) {
          sum += a.rows[row][(o * a.stride + column) * GPK_BLOCK + lane]
              * a.weights[(row * a.kernel_size + column) * GPK_BLOCK + lane];
        }
      }
      a.output[o * GPK_BLOCK + lane] = scalar_activate(sum, a.activation);
    }
  }
}
