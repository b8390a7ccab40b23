/// The depthwise convolution in terms of the vector that is included: tiles of neighbouring outputs,
/// for which each input is loaded once a row of the kernel.

enum { depthwise_tile = 8 };

/// `outputs`, `kernel` and `stride` are constants wherever this is inlined.
GPK_INLINE void depthwise_tile_row(
    const struct gpk_f32_depthwise *arguments, size_t first, size_t lane, const size_t outputs,
    const size_t kernel, const size_t stride) {
  vector sums[depthwise_tile];
  const vector bias = v_load(arguments->bias + lane);
  GPK_UNROLL for (size_t o = 0; o < outputs; o++) { sums[o] = bias; }
  for (size_t row = 0; row < kernel; row++) {
    const float *pixels = arguments->rows[row] + first * stride * GPK_BLOCK + lane;
    const float *taps = arguments->weights + row * kernel * GPK_BLOCK + lane;
    vector w[7];
    GPK_UNROLL for (size_t column = 0; column < kernel; column++) {
      w[column] = v_load(taps + column * GPK_BLOCK);
    }
    GPK_UNROLL for (size_t place = 0; place < (outputs - 1) * stride + kernel; place++) {
      const vector x = v_load(pixels + place * GPK_BLOCK);
      GPK_UNROLL for (size_t o = 0; o < outputs; o++) {
        if (place >= o * stride && place < o * stride + kernel) {
          sums[o] = v_fma(x, w[place - o * stride], sums[o]);
        }
      }
    }
  }
  float *output = arguments->output + first * GPK_BLOCK + lane;
  switch (arguments->activation) {
    case gpk_activation_none:
      GPK_UNROLL for (size_t o = 0; o < outputs; o++) { v_store(output + o * GPK_BLOCK, sums[o]); }
      break;
    case gpk_activation_relu:
      GPK_UNROLL for (size_t o = 0; o < outputs; o++) {
        v_store(output + o * GPK_BLOCK, v_max(v_zero(), sums[o]));
      }
      break;
    case gpk_activation_relu6:
      GPK_UNROLL for (size_t o = 0; o < outputs; o++) {
        v_store(output + o * GPK_BLOCK, v_activate(sums[o], gpk_activation_relu6));
      }
      break;
    default:
      GPK_UNROLL for (size_t o = 0; o < outputs; o++) {
        v_store(output + o * GPK_BLOCK, v_activate(sums[o], arguments->activation));
      }
  }
}

GPK_INLINE void depthwise_row(
    const struct gpk_f32_depthwise *arguments, const size_t kernel, const size_t stride) {
  // Tiles of nearly one size: the sums of a small one would wait for each other.
  const size_t tile_count = (arguments->count + depthwise_tile - 1) / depthwise_tile;
  for (size_t lane = 0; lane < GPK_BLOCK; lane += lanes) {
    size_t first = 0;
    for (size_t tile = 0; tile < tile_count; tile++) {
      const size_t outputs = (arguments->count - first) / (tile_count - tile);
      switch (outputs) {
#define GPK_CASE(size)                                                      \
  case size:                                                                \
    depthwise_tile_row(arguments, first, lane, size, kernel, stride); break;
        GPK_CASE(1) GPK_CASE(2) GPK_CASE(3) GPK_CASE(4)
        GPK_CASE(5) GPK_CASE(6) GPK_CASE(7) GPK_CASE(8)
#undef GPK_CASE
      }
      first += outputs;
    }
  }
}

#define GPK_ROW(kernel, stride)                                                               \
  static void depthwise_row_##kernel##s##stride(const struct gpk_f32_depthwise *arguments) { \
    depthwise_row(arguments, kernel, stride);                                                 \
  }
GPK_ROW(3, 1)
GPK_ROW(3, 2)
GPK_ROW(5, 1)
GPK_ROW(5, 2)
GPK_ROW(7, 1)
GPK_ROW(7, 2)
#undef GPK_ROW

/// Any kernel and stride.
static void depthwise_row_any(const struct gpk_f32_depthwise *arguments) {
  const struct gpk_f32_depthwise a = *arguments;
  for (size_t lane = 0; lane < GPK_BLOCK; lane += lanes) {
    for (size_t o = 0; o < a.count; o++) {
      vector sum = v_load(a.bias + lane);
      for (size_t row = 0; row < a.kernel_size; row++) {
        const float *pixels = a.rows[row] + o * a.stride * GPK_BLOCK + lane;
        const float *taps = a.weights + row * a.kernel_size * GPK_BLOCK + lane;
        for (size_t column = 0; column < a.kernel_size; column++) {
          sum = v_fma(v_load(pixels + column * GPK_BLOCK), v_load(taps + column * GPK_BLOCK), sum);
        }
      }
      v_store(a.output + o * GPK_BLOCK + lane, v_activate(sum, a.activation));
    }
  }
}

void GPK_NAME(gpk_f32_depthwise)(const struct gpk_f32_depthwise *arguments) {
  switch (arguments->kernel_size * 10 + arguments->stride) {
    case 31: depthwise_row_3s1(arguments); break;
    case 32: depthwise_row_3s2(arguments); break;
    case 51: depthwise_row_5s1(arguments); break;
    case 52: depthwise_row_5s2(arguments); break;
    case 71: depthwise_row_7s1(arguments); break;
    case 72: depthwise_row_7s2(arguments); break;
    default: depthwise_row_any(arguments);
  }
}
