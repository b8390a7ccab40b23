#include "../vector/scalar-activation.h"
#include "winograd-points.h"

#pragma STDC FP_CONTRACT OFF

static inline float power(double point, int exponent) {
  double result = 1;
  for (int i = 0; i < exponent; i++) { result *= point; }
  return (float)result;
}

/// The transforms as matrices: rows are what comes out.
static void fill_matrices(float input[6][6], float output[4][6]) {
  const double points[5] = {
      0, GPK_POINT_A, -GPK_POINT_A, GPK_POINT_B, -GPK_POINT_B,
  };
  for (int row = 0; row < 6; row++) {
    // The coefficients of the product of (x − p) over the finite points but the row's own.
    double product[7] = {1};
    int degree = 0;
    for (int i = 0; i < 5; i++) {
      if (i == row) { continue; }
      degree++;
      for (int c = degree; c > 0; c--) { product[c] = product[c - 1] - points[i] * product[c]; }
      product[0] *= -points[i];
    }
    for (int column = 0; column < 6; column++) { input[row][column] = (float)product[column]; }
  }
  for (int row = 0; row < 4; row++) {
    for (int column = 0; column < 5; column++) { output[row][column] = power(points[column], row); }
    output[row][5] = row == 3;
  }
}

void gpk_f32_winograd_input__scalar(const struct gpk_f32_winograd_input *arguments) {
  const struct gpk_f32_winograd_input a = *arguments;
  float matrix[6][6], unused[4][6];
  fill_matrices(matrix, unused);
  for (size_t t = 0; t < a.tile_count; t++) {
    const ptrdiff_t step = (ptrdiff_t)a.step;
    const ptrdiff_t top = (ptrdiff_t)((a.first_tile + t) / a.tile_columns * 4) * step + a.top;
    const ptrdiff_t left = (ptrdiff_t)((a.first_tile + t) % a.tile_columns * 4) * step + a.left;
    for (size_t lane = 0; lane < GPK_BLOCK; lane++) {
      float columns[6][6];
      for (int row = 0; row < 6; row++) {
        for (ptrdiff_t x = 0; x < 6; x++) {
          float sum = 0;
          for (ptrdiff_t y = 0; y < 6; y++) {
            const ptrdiff_t row_in = top + y * step, column_in = left + x * step;
            const bool is_pixel = row_in >= 0 && row_in < (ptrdiff_t)a.height && column_in >= 0
                && column_in < (ptrdiff_t)a.width;
            const ptrdiff_t place = (row_in * (ptrdiff_t)a.width + column_in) * GPK_BLOCK;
            // A factor of 0 takes no part, so that it cannot make a NaN of an infinity.
            if (is_pixel && matrix[row][y] != 0) {
              sum += matrix[row][y] * a.input[place + (ptrdiff_t)lane];
            }
          }
          columns[row][x] = sum;
        }
      }
      for (size_t row = 0; row < 6; row++) {
        for (size_t column = 0; column < 6; column++) {
          float sum = 0;
          for (int x = 0; x < 6; x++) {
            if (matrix[column][x] != 0) { sum += matrix[column][x] * columns[row][x]; }
          }
          a.transformed[(row * 6 + column) * a.element_stride + t * GPK_BLOCK + lane] = sum;
        }
      }
    }
  }
}

void gpk_f32_winograd_output__scalar(const struct gpk_f32_winograd_output *arguments) {
  const struct gpk_f32_winograd_output a = *arguments;
  float unused[6][6], matrix[4][6];
  fill_matrices(unused, matrix);
  for (size_t t = 0; t < a.tile_count; t++) {
    const size_t top = (a.first_tile + t) / a.tile_columns * 4;
    const size_t left = (a.first_tile + t) % a.tile_columns * 4;
    for (size_t lane = 0; lane < GPK_BLOCK; lane++) {
      for (size_t y = 0; y < 4 && top + y < a.height; y++) {
        for (size_t x = 0; x < 4 && left + x < a.width; x++) {
          float sum = 0;
          for (size_t row = 0; row < 6; row++) {
            for (size_t column = 0; column < 6; column++) {
              const float factor = matrix[y][row] * matrix[x][column];
              const size_t element = (row * 6 + column) * a.element_stride;
              if (factor != 0) { sum += factor * a.transformed[element + t * GPK_BLOCK + lane]; }
            }
          }
          const size_t place = ((top + y) * a.width + left + x) * GPK_BLOCK + lane;
          sum += a.bias[lane];
          if (a.residual != NULL) { sum += a.residual[place]; }
          a.output[place] = scalar_activate(sum, a.activation);
        }
      }
    }
  }
}
