/// The transforms around Winograd's F(4×4, 3×3) in terms of the vector that is included.
#include "winograd-points.h"

/// One dimension of the input's transform: for each point, the product of the other points'
/// factors, (x² − a²)(x² − b²) at 0 and so on.
GPK_INLINE void input_transform(const vector d[6], vector result[6]) {
  const vector a = v_set((float)GPK_POINT_A), b = v_set((float)GPK_POINT_B);
  const vector a2 = v_set((float)GPK_POINT_A2), b2 = v_set((float)GPK_POINT_B2);
  const vector a2_b2 = v_set((float)(GPK_POINT_A2 + GPK_POINT_B2));
  // a²b² is 1.
  result[0] = v_add(v_fnma(a2_b2, d[2], d[4]), d[0]);
  result[5] = v_add(v_fnma(a2_b2, d[3], d[5]), d[1]);
  const vector even_a = v_fnma(b2, d[2], d[4]), odd_a = v_mul(a, v_fnma(b2, d[1], d[3]));
  const vector even_b = v_fnma(a2, d[2], d[4]), odd_b = v_mul(b, v_fnma(a2, d[1], d[3]));
  result[1] = v_add(even_a, odd_a);
  result[2] = v_sub(even_a, odd_a);
  result[3] = v_add(even_b, odd_b);
  result[4] = v_sub(even_b, odd_b);
}

/// One dimension of the output's transform: the sums of the products times the points' powers.
GPK_INLINE void output_transform(const vector m[6], vector result[4]) {
  const float a = (float)GPK_POINT_A, b = (float)GPK_POINT_B;
  const float a3 = (float)(GPK_POINT_A * GPK_POINT_A2), b3 = (float)(GPK_POINT_B * GPK_POINT_B2);
  const vector even_a = v_add(m[1], m[2]), odd_a = v_sub(m[1], m[2]);
  const vector even_b = v_add(m[3], m[4]), odd_b = v_sub(m[3], m[4]);
  result[0] = v_add(m[0], v_add(even_a, even_b));
  result[1] = v_fma(v_set(b), odd_b, v_mul(v_set(a), odd_a));
  result[2] = v_fma(
      v_set((float)GPK_POINT_B2), even_b, v_mul(v_set((float)GPK_POINT_A2), even_a));
  result[3] = v_add(m[5], v_fma(v_set(b3), odd_b, v_mul(v_set(a3), odd_a)));
}

void GPK_NAME(gpk_f32_winograd_input)(const struct gpk_f32_winograd_input *arguments) {
  const struct gpk_f32_winograd_input a = *arguments;
  const ptrdiff_t height = (ptrdiff_t)a.height, width = (ptrdiff_t)a.width;
  const ptrdiff_t step = (ptrdiff_t)a.step;
  for (size_t t = 0; t < a.tile_count; t++) {
    const size_t tile = a.first_tile + t;
    const ptrdiff_t top = (ptrdiff_t)(tile / a.tile_columns * 4) * step + a.top;
    const ptrdiff_t left = (ptrdiff_t)(tile % a.tile_columns * 4) * step + a.left;
    const bool is_inside =
        top >= 0 && left >= 0 && top + 5 * step < height && left + 5 * step < width;
    const float *pixels = a.input + (top * width + left) * GPK_BLOCK;
    ptrdiff_t row_stride = step * width * GPK_BLOCK;
    ptrdiff_t column_stride = step * GPK_BLOCK;
    float surrounded[6 * 6 * GPK_BLOCK];
    if (!is_inside) {
      for (ptrdiff_t y = 0; y < 6; y++) {
        for (ptrdiff_t x = 0; x < 6; x++) {
          const ptrdiff_t row = top + y * step, column = left + x * step;
          const bool is_pixel = row >= 0 && row < height && column >= 0 && column < width;
          for (size_t lane = 0; lane < GPK_BLOCK; lane += lanes) {
            v_store(
                surrounded + (y * 6 + x) * GPK_BLOCK + lane,
                is_pixel ? v_load(a.input + (row * width + column) * GPK_BLOCK + lane) : v_zero());
          }
        }
      }
      pixels = surrounded;
      row_stride = 6 * GPK_BLOCK;
      column_stride = GPK_BLOCK;
    }
    for (size_t lane = 0; lane < GPK_BLOCK; lane += lanes) {
      // Columns first: 6×6 does not fit into registers beside its transform.
      float columns[6 * 6 * lanes];
      GPK_UNROLL for (ptrdiff_t x = 0; x < 6; x++) {
        vector d[6], result[6];
        GPK_UNROLL for (ptrdiff_t y = 0; y < 6; y++) {
          d[y] = v_load(pixels + y * row_stride + x * column_stride + (ptrdiff_t)lane);
        }
        input_transform(d, result);
        GPK_UNROLL for (ptrdiff_t y = 0; y < 6; y++) {
          v_store(columns + (y * 6 + x) * lanes, result[y]);
        }
      }
      GPK_UNROLL for (ptrdiff_t y = 0; y < 6; y++) {
        vector d[6], result[6];
        GPK_UNROLL for (ptrdiff_t x = 0; x < 6; x++) {
          d[x] = v_load(columns + (y * 6 + x) * lanes);
        }
        input_transform(d, result);
        GPK_UNROLL for (ptrdiff_t x = 0; x < 6; x++) {
          v_store(
              a.transformed + (size_t)(y * 6 + x) * a.element_stride + t * GPK_BLOCK + lane,
              result[x]);
        }
      }
    }
  }
}

void GPK_NAME(gpk_f32_winograd_output)(const struct gpk_f32_winograd_output *arguments) {
  const struct gpk_f32_winograd_output a = *arguments;
  for (size_t t = 0; t < a.tile_count; t++) {
    const size_t top = (a.first_tile + t) / a.tile_columns * 4;
    const size_t left = (a.first_tile + t) % a.tile_columns * 4;
    const size_t rows = a.height - top < 4 ? a.height - top : 4;
    const size_t columns = a.width - left < 4 ? a.width - left : 4;
    for (size_t lane = 0; lane < GPK_BLOCK; lane += lanes) {
      float halves[4 * 6 * lanes];
      GPK_UNROLL for (size_t x = 0; x < 6; x++) {
        vector m[6], result[4];
        GPK_UNROLL for (size_t y = 0; y < 6; y++) {
          m[y] = v_load(a.transformed + (y * 6 + x) * a.element_stride + t * GPK_BLOCK + lane);
        }
        output_transform(m, result);
        GPK_UNROLL for (size_t y = 0; y < 4; y++) {
          v_store(halves + (y * 6 + x) * lanes, result[y]);
        }
      }
      const vector bias = v_load(a.bias + lane);
      for (size_t y = 0; y < rows; y++) {
        vector m[6], result[4];
        GPK_UNROLL for (size_t x = 0; x < 6; x++) { m[x] = v_load(halves + (y * 6 + x) * lanes); }
        output_transform(m, result);
        const size_t start = ((top + y) * a.width + left) * GPK_BLOCK + lane;
        GPK_UNROLL for (size_t x = 0; x < 4; x++) {
          if (x < columns) {
            vector sum = v_add(result[x], bias);
            if (a.residual != NULL) {
              sum = v_add(sum, v_load(a.residual + start + x * GPK_BLOCK));
            }
            v_store(a.output + start + x * GPK_BLOCK, v_activate(sum, a.activation));
          }
        }
      }
    }
  }
}
