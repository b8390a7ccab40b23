#include "../include/CGPUNetKernels.h"

#pragma STDC FP_CONTRACT OFF

void gpk_f32_mean__scalar(const struct gpk_f32_mean *arguments) {
  const struct gpk_f32_mean a = *arguments;
  for (size_t lane = 0; lane < GPK_BLOCK; lane++) {
    double sum = 0;
    for (size_t pixel = 0; pixel < a.count; pixel++) { sum += a.input[pixel * GPK_BLOCK + lane]; }
    a.output[lane] = (float)(sum * a.scale);
  }
}

void gpk_f32_scale__scalar(const struct gpk_f32_scale *arguments) {
  const struct gpk_f32_scale a = *arguments;
  for (size_t place = 0; place < a.count * GPK_BLOCK; place++) {
    a.output[place] = a.input[place] * a.factors[place % GPK_BLOCK];
  }
}
