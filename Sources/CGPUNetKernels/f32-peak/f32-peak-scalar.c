#include "../include/CGPUNetKernels.h"

#pragma STDC FP_CONTRACT OFF

double gpk_f32_peak__scalar(size_t rounds) {
  float sums[12];
  for (int i = 0; i < 12; i++) { sums[i] = (float)i; }
  for (size_t round = 0; round < rounds; round++) {
    for (int i = 0; i < 12; i++) { sums[i] = sums[i] * 0.999f + 0.999f; }
  }
  double total = 0;
  for (int i = 0; i < 12; i++) { total += sums[i]; }
  return total;
}
