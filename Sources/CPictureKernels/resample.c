#include "CPictureKernels.h"

#if defined(__x86_64__)
bool gpi_is_accelerated(void) { return __builtin_cpu_supports("avx2"); }
#elif defined(__aarch64__)
// Every processor of this architecture that runs Swift has it.
bool gpi_is_accelerated(void) { return true; }
#else
bool gpi_is_accelerated(void) { return false; }

void gpi_resample_row_accelerated(
    const uint8_t *row, uint8_t *output, size_t count, const uint32_t *firsts,
    const gpi_weights *weights, size_t group_count) {
  gpi_resample_row_portable(row, output, count, firsts, weights, group_count);
}

void gpi_resample_rows_accelerated(
    const uint8_t *const *rows, uint8_t *output, size_t byte_count, const gpi_weights *weights,
    size_t group_count) {
  gpi_resample_rows_portable(rows, output, byte_count, weights, group_count);
}
#endif

void gpi_resample_row(
    const uint8_t *row, uint8_t *output, size_t count, const uint32_t *firsts,
    const gpi_weights *weights, size_t group_count) {
  if (gpi_is_accelerated()) {
    gpi_resample_row_accelerated(row, output, count, firsts, weights, group_count);
  } else {
    gpi_resample_row_portable(row, output, count, firsts, weights, group_count);
  }
}

void gpi_resample_rows(
    const uint8_t *const *rows, uint8_t *output, size_t byte_count, const gpi_weights *weights,
    size_t group_count) {
  if (gpi_is_accelerated()) {
    gpi_resample_rows_accelerated(rows, output, byte_count, weights, group_count);
  } else {
    gpi_resample_rows_portable(rows, output, byte_count, weights, group_count);
  }
}
