#include "../include/CGPUNetKernels.h"
#include "winograd-points.h"

#pragma STDC FP_CONTRACT OFF

/// The 16 outputs of a weight.
typedef double lanes[GPK_BLOCK];

/// One dimension of the transform: the polynomial of three weights at the six points, each divided
/// by the product of the point's distances from the other finite ones.
static inline void transform(const lanes w[3], lanes result[6]) {
  const double a2 = GPK_POINT_A2, b2 = GPK_POINT_B2;
  const double scale_a = 1 / (2 * a2 * (a2 - b2)), scale_b = 1 / (2 * b2 * (b2 - a2));
  for (size_t lane = 0; lane < GPK_BLOCK; lane++) {
    const double even_a = w[0][lane] + a2 * w[2][lane], odd_a = GPK_POINT_A * w[1][lane];
    const double even_b = w[0][lane] + b2 * w[2][lane], odd_b = GPK_POINT_B * w[1][lane];
    result[0][lane] = w[0][lane] / (a2 * b2);
    result[1][lane] = (even_a + odd_a) * scale_a;
    result[2][lane] = (even_a - odd_a) * scale_a;
    result[3][lane] = (even_b + odd_b) * scale_b;
    result[4][lane] = (even_b - odd_b) * scale_b;
    result[5][lane] = w[2][lane];
  }
}

void gpk_f32_winograd_weights(
    const float *weights, size_t input_count, size_t kernel_size, size_t row, size_t column,
    float *transformed, size_t element_stride) {
  const size_t step = kernel_size > 3 ? 2 : 1;
  const size_t tap_count = kernel_size * kernel_size;
  for (size_t input = 0; input < input_count; input++) {
    const size_t first = input / GPK_BLOCK * GPK_BLOCK;
    const size_t width = input_count - first < GPK_BLOCK ? input_count - first : GPK_BLOCK;
    const float *taps = weights + (first * tap_count + input % GPK_BLOCK) * GPK_BLOCK;
    // By rows of the transform, then columns of the kernel.
    lanes columns[6][3];
    for (size_t x = 0; x < 3; x++) {
      lanes w[3], result[6];
      for (size_t y = 0; y < 3; y++) {
        const size_t tap_row = row + y * step, tap_column = column + x * step;
        const size_t tap = tap_row * kernel_size + tap_column;
        const bool is_tap = tap_row < kernel_size && tap_column < kernel_size;
        for (size_t lane = 0; lane < GPK_BLOCK; lane++) {
          w[y][lane] = is_tap ? taps[tap * width * GPK_BLOCK + lane] : 0;
        }
      }
      transform(w, result);
      for (size_t y = 0; y < 6; y++) {
        for (size_t lane = 0; lane < GPK_BLOCK; lane++) { columns[y][x][lane] = result[y][lane]; }
      }
    }
    for (size_t y = 0; y < 6; y++) {
      lanes result[6];
      transform(columns[y], result);
      for (size_t x = 0; x < 6; x++) {
        float *place = transformed + (y * 6 + x) * element_stride + input * GPK_BLOCK;
        for (size_t lane = 0; lane < GPK_BLOCK; lane++) { place[lane] = (float)result[x][lane]; }
      }
    }
  }
}
