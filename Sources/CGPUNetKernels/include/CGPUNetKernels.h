/// Kernels in f32 for networks whose activations lie in blocks of 16 channels.
///
/// A *block* is 16 neighbouring channels. A map of C channels has ⌈C/16⌉ blocks; in each, the 16
/// values of a pixel are neighbours, pixels follow each other row by row, and the lanes beyond the
/// last channel are zero. Weights are in the same blocks of their output channels (layout 1 of the
/// `.gpw` format).
///
/// Every operator exists once for each instruction set, under `gpk_f32_<operator>__<set>`, with
/// one contract, which stands at its arguments here. Counts, strides and offsets are in elements,
/// not in bytes. Pointers need no more alignment than a float has. Nothing is read or written
/// outside of what the arguments describe. Outputs overlap no input, unless it is said that they
/// may. A sum is formed in one order whatever the number of pixels or blocks of a call, so that an
/// element does not depend on how the work was divided; a NaN stays one.
#ifndef CGPUNETKERNELS_H
#define CGPUNETKERNELS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// The channels of a block.
#define GPK_BLOCK 16

/// What is applied to a sum last.
enum gpk_activation {
  gpk_activation_none = 0,
  /// max(0, x).
  gpk_activation_relu = 1,
  /// x / (1 + exp(−x)); relative error at most 4 units of roundoff, but 0 where the value is below
  /// 2⁻¹²⁰ in size.
  gpk_activation_swish = 2,
  /// 1 / (1 + exp(−x)); the error as for swish.
  gpk_activation_sigmoid = 3,
  /// min(max(0, x), 6).
  gpk_activation_relu6 = 4,
};

/// A dense convolution, or matrix product, of a run of pixels.
///
/// The reduction goes over segments: runs of neighbouring input elements (16 channels of a block,
/// or fewer), each at its own distance from the pixel. A 1×1 convolution has one segment a block,
/// a k×k convolution k·k of them. The products of every eight whole segments are summed apart,
/// and then these sums, which keeps the rounding of long reductions low.
struct gpk_f32_conv {
  /// The first pixel of the run, from which the segments' offsets count.
  const float *input;
  /// From one pixel of the run to the next.
  ptrdiff_t input_pixel_stride;
  /// Where each segment begins; those of 16 elements first.
  const ptrdiff_t *segment_offsets;
  /// The number of segments of 16 elements.
  size_t whole_segment_count;
  /// The number of segments after them, of `partial_length` elements.
  size_t partial_segment_count;
  /// Between 1 and 16; without meaning where there are no partial segments.
  size_t partial_length;
  /// For each block: for each element of each segment, the weights of its 16 outputs.
  const float *weights;
  /// From the weights of one block of outputs to those of the next.
  size_t weight_block_stride;
  /// 16 for each block, or null for zeros; not read where `accumulates`.
  const float *bias;
  /// Added before the activation, with the strides of the output, or null; may be the output.
  const float *residual;
  float *output;
  ptrdiff_t output_pixel_stride;
  ptrdiff_t output_block_stride;
  size_t pixel_count;
  /// The number of blocks of 16 output channels.
  size_t block_count;
  /// Add to what is in the output instead of to the bias: a later part of a long reduction.
  bool accumulates;
  enum gpk_activation activation;
  /// Weights of the next call, of as many blocks with the same stride, which are brought near while
  /// this one computes; or null.
  const float *next_weights;
  /// The number of elements for each block.
  size_t next_count;
};

/// One row of a depthwise convolution, for one block of channels.
struct gpk_f32_depthwise {
  /// For each row of the kernel, the pixel under its first column for the first output. In each
  /// row (count − 1)·stride + kernel_size pixels are read.
  const float *const *rows;
  /// kernel_size × kernel_size × 16.
  const float *weights;
  /// 16.
  const float *bias;
  /// count × 16.
  float *output;
  size_t count;
  size_t kernel_size;
  size_t stride;
  enum gpk_activation activation;
};

/// The tiles of Winograd's convolution F(4×4, 3×3): 36 products make 16 outputs.
///
/// A tile is 4×4 outputs, made from 6×6 inputs. Its transform has 36 elements for each channel;
/// they are kept apart: element e of tile t at `transformed + e·element_stride + t·16`.
#define GPK_WINOGRAD_ELEMENTS 36

/// The transform of the inputs of some tiles, for one block of channels.
struct gpk_f32_winograd_input {
  /// The map's first pixel.
  const float *input;
  size_t height;
  size_t width;
  /// 1, or 2 where only every other row and column take part: a convolution with stride 2 is the sum
  /// of four with stride 1 over such maps.
  size_t step;
  /// Where the first tile begins, in rows and columns of the map; less than 0 where zeros surround
  /// it. What is missing below and to the right is zero, too.
  ptrdiff_t top;
  ptrdiff_t left;
  /// The tiles in row order: of `tile_columns` a row, from the one at `first_tile`.
  size_t tile_columns;
  size_t first_tile;
  size_t tile_count;
  float *transformed;
  size_t element_stride;
};

/// The outputs of some tiles, for one block of channels.
struct gpk_f32_winograd_output {
  const float *transformed;
  size_t element_stride;
  /// 16.
  const float *bias;
  /// A map like the output, or null; may be the output.
  const float *residual;
  /// The map's first pixel; what of a tile is beyond its height or width is not written.
  float *output;
  size_t height;
  size_t width;
  size_t tile_columns;
  size_t first_tile;
  size_t tile_count;
  enum gpk_activation activation;
};

/// The mean of the pixels of one block: `output` (16) = Σ `input` (count × 16) · `scale`.
struct gpk_f32_mean {
  const float *input;
  size_t count;
  float scale;
  float *output;
};

/// The pixels of one block times a factor a channel: `output` (count × 16), which may be the input.
struct gpk_f32_scale {
  const float *input;
  /// 16.
  const float *factors;
  size_t count;
  float *output;
};

/// The operators and the types of their arguments.
#define GPK_F32_OPERATORS(X) \
  X(conv) \
  X(depthwise) \
  X(winograd_input) \
  X(winograd_output) \
  X(mean) \
  X(scale)

/// The instruction sets that this file was compiled for, best first.
#if defined(__x86_64__)
#define GPK_INSTRUCTION_SETS(X) X(avx512f) X(avx2) X(scalar)
#elif defined(__aarch64__)
#define GPK_INSTRUCTION_SETS(X) X(neon) X(scalar)
#else
#define GPK_INSTRUCTION_SETS(X) X(scalar)
#endif

#define GPK_DECLARE(operator, set) \
  void gpk_f32_##operator##__##set(const struct gpk_f32_##operator *arguments);
#define GPK_DECLARE_SET(set) \
  GPK_DECLARE(conv, set) \
  GPK_DECLARE(depthwise, set) \
  GPK_DECLARE(winograd_input, set) \
  GPK_DECLARE(winograd_output, set) \
  GPK_DECLARE(mean, set) \
  GPK_DECLARE(scale, set) \
  double gpk_f32_peak__##set(size_t rounds);
GPK_INSTRUCTION_SETS(GPK_DECLARE_SET)
#undef GPK_DECLARE_SET
#undef GPK_DECLARE

/// The kernels of one instruction set.
struct gpk_kernels {
  /// `avx512`, `avx2`, `neon` or `scalar`: the names that GPUNET_CPU knows.
  const char *name;
  /// The features that the processor needs, as ``gpk_cpu_feature_at`` names them.
  const char *needs;
  /// Whether this processor has them.
  bool (*is_supported)(void);
  /// The pixels and blocks of the largest register tile of `conv`.
  size_t tile_pixels;
  size_t tile_blocks;
  /// The floating-point operations of one round of `peak`.
  double peak_operations;
#define GPK_MEMBER(operator) void (*operator)(const struct gpk_f32_##operator *arguments);
  GPK_F32_OPERATORS(GPK_MEMBER)
#undef GPK_MEMBER
  /// Multiplies and adds in registers alone, to see how fast that can be; the result means nothing.
  double (*peak)(size_t rounds);
};

/// The number of instruction sets in ``gpk_kernels_at``.
size_t gpk_kernels_count(void);

/// The kernels of one instruction set, best first.
const struct gpk_kernels *gpk_kernels_at(size_t index);

/// The features of processors that matter here, or nearly; null from the last on.
const char *gpk_cpu_feature_at(size_t index);

/// Whether this processor has a feature that ``gpk_cpu_feature_at`` names.
bool gpk_cpu_has_feature_at(size_t index);

/// The transform of 3×3 weights for Winograd's convolution.
///
/// - Parameters:
///   - weights: One block of outputs as `.gpw` layout 1 has it: `input_count` channels, 9 taps.
///   - kernel_size: 3, or 5 for a convolution with stride 2, of whose weights every other row and
///     column is taken.
///   - row, column: The first row and column that are taken; 0 where all are.
///   - transformed: element e of the 36 at `transformed + e·element_stride`: for each input channel
///     its 16 outputs.
/// Computed in 64 bits and rounded once.
void gpk_f32_winograd_weights(
    const float *weights, size_t input_count, size_t kernel_size, size_t row, size_t column,
    float *transformed, size_t element_stride);

/// Tells the processor that a thread waits in a loop.
static inline void gpk_pause(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}

#endif
