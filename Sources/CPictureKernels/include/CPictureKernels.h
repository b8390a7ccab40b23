#ifndef GPI_PICTURE_KERNELS_H
#define GPI_PICTURE_KERNELS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Weighted sums of 8-bit pixels, in whole numbers, so that every form gives the same bits. The plain
// name takes the fastest form that this processor can run; the others are there so that tests can
// compare them.
//
// A weight is a number of 2^-22 and kept in two parts, `2048 * upper + lower` with a lower part of
// 0...2047, because processors multiply pairs of 16-bit numbers fastest. Weights stand in groups of
// four: the upper parts of four weights, then their lower parts. Sums are rounded, ties up, and kept
// in 0...255.

/// A group of four weights.
typedef struct {
  int16_t upper[4];
  int16_t lower[4];
} gpi_weights;

/// How many bytes behind the last pixel of a row may be read.
#define GPI_ROW_SLACK 16

/// Makes `count` pixels of 3 bytes from a row of such pixels: pixel `x` of the output is the sum of
/// `4 * group_count` pixels of the row from `firsts[x]` on, weighted with the `group_count` groups of
/// weights that are its own. Where weights are 0, pixels may be up to GPI_ROW_SLACK bytes behind the
/// row; these must be there. `output` has room for a byte more than the pixels.
void gpi_resample_row(
    const uint8_t *row, uint8_t *output, size_t count, const uint32_t *firsts,
    const gpi_weights *weights, size_t group_count);

/// Makes a row of `byte_count` bytes from `4 * group_count` rows, each weighted with its one weight.
/// `byte_count` is a multiple of 16, and no row overlaps the output.
void gpi_resample_rows(
    const uint8_t *const *rows, uint8_t *output, size_t byte_count, const gpi_weights *weights,
    size_t group_count);

void gpi_resample_row_portable(
    const uint8_t *row, uint8_t *output, size_t count, const uint32_t *firsts,
    const gpi_weights *weights, size_t group_count);
void gpi_resample_rows_portable(
    const uint8_t *const *rows, uint8_t *output, size_t byte_count, const gpi_weights *weights,
    size_t group_count);

/// Whether there are forms for this processor's own instructions; the ones below may be called only then.
bool gpi_is_accelerated(void);
void gpi_resample_row_accelerated(
    const uint8_t *row, uint8_t *output, size_t count, const uint32_t *firsts,
    const gpi_weights *weights, size_t group_count);
void gpi_resample_rows_accelerated(
    const uint8_t *const *rows, uint8_t *output, size_t byte_count, const gpi_weights *weights,
    size_t group_count);

/// Looks up each byte of `count` pixels of 3 bytes in the table of its channel, of which there are three
/// of 256 numbers, and writes the channels to rows of their own.
void gpi_look_up_row(
    const uint8_t *pixels, size_t count, const float *table, float *first, float *second,
    float *third);

#endif
