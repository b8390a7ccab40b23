#include "CPictureKernels.h"

static int32_t weight(const gpi_weights *weights, size_t index) {
  const gpi_weights *group = weights + index / 4;
  return 2048 * group->upper[index % 4] + group->lower[index % 4];
}

static uint8_t rounded(int32_t sum) {
  int32_t value = (sum + (1 << 21)) >> 22;
  return (uint8_t)(value < 0 ? 0 : value > 255 ? 255 : value);
}

void gpi_resample_row_portable(
    const uint8_t *row, uint8_t *output, size_t count, const uint32_t *firsts,
    const gpi_weights *weights, size_t group_count) {
  for (size_t x = 0; x < count; x++, output += 3, weights += group_count) {
    const uint8_t *pixels = row + 3 * (size_t)firsts[x];
    int32_t sums[3] = {0, 0, 0};
    for (size_t tap = 0; tap < 4 * group_count; tap++) {
      int32_t factor = weight(weights, tap);
      // Those without weight may lie beyond what can be read.
      if (factor == 0) continue;
      for (int channel = 0; channel < 3; channel++) {
        sums[channel] += factor * pixels[3 * tap + channel];
      }
    }
    for (int channel = 0; channel < 3; channel++) output[channel] = rounded(sums[channel]);
  }
}

void gpi_resample_rows_portable(
    const uint8_t *const *rows, uint8_t *output, size_t byte_count, const gpi_weights *weights,
    size_t group_count) {
  for (size_t start = 0; start < byte_count; start += 16) {
    int32_t sums[16] = {0};
    for (size_t tap = 0; tap < 4 * group_count; tap++) {
      int32_t factor = weight(weights, tap);
      const uint8_t *bytes = rows[tap] + start;
      for (int index = 0; index < 16; index++) sums[index] += factor * bytes[index];
    }
    for (int index = 0; index < 16; index++) output[start + index] = rounded(sums[index]);
  }
}

void gpi_look_up_row(
    const uint8_t *pixels, size_t count, const float *table, float *first, float *second,
    float *third) {
  for (size_t x = 0; x < count; x++, pixels += 3) {
    first[x] = table[pixels[0]];
    second[x] = table[256 + pixels[1]];
    third[x] = table[512 + pixels[2]];
  }
}
