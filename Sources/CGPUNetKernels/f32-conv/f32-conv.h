/// The dense convolution in terms of the vector that is included: register tiles of pixels × output
/// channels over whole reductions.

enum { vectors_in_block = GPK_BLOCK / lanes };

/// What a tile brings near of the next call's weights.
struct conv_next {
  const float *weights;
  /// Cache lines of each block for each segment.
  size_t lines;
};

enum { line_length = 16, part_segments = 8 };

/// `pixels`, `blocks` and, unless it is 0, `stride` are constants wherever this is inlined.
GPK_INLINE void conv_tile(
    const struct gpk_f32_conv *arguments, const float *input, const float *weights,
    const float *bias, ptrdiff_t output_start, struct conv_next next, const size_t pixels,
    const size_t blocks, const ptrdiff_t stride) {
  const struct gpk_f32_conv a = *arguments;
  const ptrdiff_t pixel_stride = stride != 0 ? stride : a.input_pixel_stride;
  const size_t vectors = blocks * vectors_in_block;
  // Pixels that are as near as those of a plane would be loaded together and taken apart in
  // registers that the sums need; a single vector takes them from memory while it multiplies.
  const bool loads_apart = stride == 2 && vectors > 1;
  vector sums[14][4];

#define GPK_OUTPUT(base, p, v)                                                        \
  ((base) + output_start + (ptrdiff_t)((v) / vectors_in_block) * a.output_block_stride \
   + (ptrdiff_t)(p) * a.output_pixel_stride + ((v) % vectors_in_block) * lanes)

  // Long sums are formed in parts, so that small products are not added to large sums all the way:
  // what is summed so far is parked here meanwhile.
  vector parked[14][4];
  bool is_parked = a.accumulates;
  GPK_UNROLL for (size_t v = 0; v < vectors; v++) {
    const vector start = bias != NULL && !a.accumulates ? v_load(bias + v * lanes) : v_zero();
    GPK_UNROLL for (size_t p = 0; p < pixels; p++) { sums[p][v] = start; }
  }
  if (a.accumulates) {
    for (size_t p = 0; p < pixels; p++) {
      for (size_t v = 0; v < vectors; v++) { parked[p][v] = v_load(GPK_OUTPUT(a.output, p, v)); }
    }
  }

#define GPK_STEP(element)                                                                  \
  do {                                                                                     \
    vector w[4];                                                                           \
    GPK_UNROLL for (size_t v = 0; v < vectors; v++) {                                      \
      w[v] = v_load(                                                                       \
          weights + (v / vectors_in_block) * a.weight_block_stride + (element) * GPK_BLOCK \
          + (v % vectors_in_block) * lanes);                                               \
    }                                                                                      \
    GPK_UNROLL for (size_t p = 0; p < pixels; p++) {                                       \
      const float *place = segment + (ptrdiff_t)p * pixel_stride + (ptrdiff_t)(element);   \
      const vector x = loads_apart ? v_repeat(place) : v_set(*place);                      \
      GPK_UNROLL for (size_t v = 0; v < vectors; v++) {                                    \
        sums[p][v] = v_fma(x, w[v], sums[p][v]);                                           \
      }                                                                                    \
    }                                                                                      \
  } while (0)

  const ptrdiff_t *offsets = a.segment_offsets;
  for (size_t s = 0; s < a.whole_segment_count; s++) {
    if (s != 0 && s % part_segments == 0) {
      GPK_UNROLL for (size_t p = 0; p < pixels; p++) {
        GPK_UNROLL for (size_t v = 0; v < vectors; v++) {
          parked[p][v] = is_parked ? v_add(parked[p][v], sums[p][v]) : sums[p][v];
          sums[p][v] = v_zero();
        }
      }
      is_parked = true;
    }
    const float *segment = input + *offsets++;
    // A few lines at a time: more would wait for each other and hold up the arithmetic.
    for (size_t line = 0; line < next.lines; line++) {
      GPK_UNROLL for (size_t block = 0; block < blocks; block++) {
        __builtin_prefetch(next.weights + block * a.weight_block_stride, 0, 2);
      }
      next.weights += line_length;
    }
    _Pragma("clang loop unroll_count(8)")
    for (size_t element = 0; element < GPK_BLOCK; element++) { GPK_STEP(element); }
    weights += GPK_BLOCK * GPK_BLOCK;
  }
  for (size_t s = 0; s < a.partial_segment_count; s++) {
    const float *segment = input + *offsets++;
    for (size_t element = 0; element < a.partial_length; element++) { GPK_STEP(element); }
    weights += a.partial_length * GPK_BLOCK;
  }
#undef GPK_STEP

  if (is_parked) {
    GPK_UNROLL for (size_t p = 0; p < pixels; p++) {
      GPK_UNROLL for (size_t v = 0; v < vectors; v++) {
        sums[p][v] = v_add(parked[p][v], sums[p][v]);
      }
    }
  }
  if (a.residual != NULL) {
    GPK_UNROLL for (size_t p = 0; p < pixels; p++) {
      GPK_UNROLL for (size_t v = 0; v < vectors; v++) {
        sums[p][v] = v_add(sums[p][v], v_load(GPK_OUTPUT(a.residual, p, v)));
      }
    }
  }
#define GPK_STORE(activation)                                                     \
  GPK_UNROLL for (size_t p = 0; p < pixels; p++) {                                \
    GPK_UNROLL for (size_t v = 0; v < vectors; v++) {                             \
      v_store(GPK_OUTPUT(a.output, p, v), v_activate(sums[p][v], activation));    \
    }                                                                             \
  }
  switch (a.activation) {
    case gpk_activation_none:
      GPK_STORE(gpk_activation_none) break;
    case gpk_activation_relu:
      GPK_STORE(gpk_activation_relu) break;
    case gpk_activation_relu6:
      GPK_STORE(gpk_activation_relu6) break;
    default:
      // Long enough to stay a loop: what it needs beside the sums does not fit into registers.
      GPK_STORE(gpk_activation_none)
      for (size_t v = 0; v < vectors; v++) {
        for (size_t p = 0; p < pixels; p++) {
          float *place = GPK_OUTPUT(a.output, p, v);
          v_store(place, v_activate(v_load(place), a.activation));
        }
      }
  }
#undef GPK_STORE
#undef GPK_OUTPUT
}

typedef void conv_tile_function(
    const struct gpk_f32_conv *arguments, const float *input, const float *weights,
    const float *bias, ptrdiff_t output_start, struct conv_next next);

/// The input's pixel strides that have tiles of their own, and 0 for all others: neighbours in a
/// map, every other pixel of a map, every other pixel of a single plane.
#define GPK_TILES(X) \
  GPK_CONV_TILES(X, 16) GPK_CONV_TILES(X, 32) GPK_CONV_TILES(X, 2) GPK_CONV_TILES(X, 0)

#define GPK_TILE(pixels, blocks, stride)                                              \
  static void conv_tile_##pixels##x##blocks##s##stride(                               \
      const struct gpk_f32_conv *arguments, const float *input, const float *weights, \
      const float *bias, ptrdiff_t output_start, struct conv_next next) {             \
    conv_tile(                                                                        \
        arguments, input, weights, bias, output_start, next, pixels, blocks, stride); \
  }
GPK_TILES(GPK_TILE)
#undef GPK_TILE

/// By pixel stride, blocks and pixels.
static conv_tile_function *const conv_tiles[4][tile_blocks_max][GPK_TILE_PIXELS(1)] = {
#define GPK_STRIDE_INDEX(stride) ((stride) == 16 ? 0 : (stride) == 32 ? 1 : (stride) == 2 ? 2 : 3)
#define GPK_TILE(pixels, blocks, stride) \
  [GPK_STRIDE_INDEX(stride)][blocks - 1][pixels - 1] = conv_tile_##pixels##x##blocks##s##stride,
  GPK_TILES(GPK_TILE)
#undef GPK_TILE
};

void GPK_NAME(gpk_f32_conv)(const struct gpk_f32_conv *arguments) {
  const struct gpk_f32_conv a = *arguments;
  const size_t stride = GPK_STRIDE_INDEX(a.input_pixel_stride);
  size_t blocks;
  for (size_t block = 0; block < a.block_count; block += blocks) {
    const size_t left = a.block_count - block;
    // Two at a time, and three once where their number is odd.
    blocks = tile_blocks_max == 1 || left == 1 ? 1 : left % 2 == 1 ? 3 : 2;
    const float *weights = a.weights + block * a.weight_block_stride;
    const float *bias = a.bias != NULL ? a.bias + block * GPK_BLOCK : NULL;
    // Tiles of nearly one size: two of 7 pixels are faster than one of 12 and one of 2.
    const size_t tile_count = (a.pixel_count + GPK_TILE_PIXELS(blocks) - 1) / GPK_TILE_PIXELS(blocks);
    struct conv_next next = {0};
    if (a.next_weights != NULL && a.whole_segment_count > 0) {
      const size_t shares = tile_count * a.whole_segment_count * line_length;
      next.weights = a.next_weights + block * a.weight_block_stride;
      next.lines = (a.next_count + shares - 1) / shares;
    }
    size_t pixel = 0;
    for (size_t tile = 0; tile < tile_count; tile++) {
      const size_t pixels = (a.pixel_count - pixel) / (tile_count - tile);
      conv_tiles[stride][blocks - 1][pixels - 1](
          arguments, a.input + (ptrdiff_t)pixel * a.input_pixel_stride, weights, bias,
          (ptrdiff_t)block * a.output_block_stride + (ptrdiff_t)pixel * a.output_pixel_stride, next);
      pixel += pixels;
      next.weights += next.lines * a.whole_segment_count * line_length;
    }
  }
}
