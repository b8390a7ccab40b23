#include "CPNGDecoding.h"

#include <png.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct gpp_decoder {
  png_structp png;
  png_infop info;
  const uint8_t *bytes;
  size_t count, read_count;
  jmp_buf failure;
  gpp_status status;
  char message[128];
  uint8_t palette[3 * PNG_MAX_PALETTE_LENGTH];
};

static bool ends_with(const char *text, const char *end) {
  size_t count = strlen(text), end_count = strlen(end);
  return count >= end_count && strcmp(text + count - end_count, end) == 0;
}

__attribute__((noreturn)) static void fail(gpp_decoder *decoder, gpp_status status) {
  decoder->status = status;
  longjmp(decoder->failure, 1);
}

/// The two messages are the only sign of their causes.
__attribute__((noreturn)) static void exit_with_error(png_structp png, png_const_charp message) {
  gpp_decoder *decoder = png_get_error_ptr(png);
  snprintf(decoder->message, sizeof decoder->message, "%s", message);
  if (ends_with(message, "CRC error")) fail(decoder, gpp_bad_checksum);
  fail(decoder, strstr(message, "emory") != NULL ? gpp_no_memory : gpp_malformed);
}

/// libpng only warns where the checksum inside of the compressed pixels is wrong.
static void take_warning(png_structp png, png_const_charp message) {
  if (ends_with(message, "incorrect data check")) exit_with_error(png, message);
}

static void read_bytes(png_structp png, png_bytep output, size_t count) {
  gpp_decoder *decoder = png_get_io_ptr(png);
  if (count > decoder->count - decoder->read_count) fail(decoder, gpp_truncated);
  memcpy(output, decoder->bytes + decoder->read_count, count);
  decoder->read_count += count;
}

gpp_decoder *gpp_create(const uint8_t *bytes, size_t count, bool allows_truncated) {
  gpp_decoder *decoder = calloc(1, sizeof *decoder);
  if (decoder == NULL) return NULL;
  decoder->bytes = bytes;
  decoder->count = count;
  if (setjmp(decoder->failure)) {
    gpp_destroy(decoder);
    return NULL;
  }
  decoder->png =
      png_create_read_struct(PNG_LIBPNG_VER_STRING, decoder, exit_with_error, take_warning);
  if (decoder->png != NULL) decoder->info = png_create_info_struct(decoder->png);
  if (decoder->info == NULL) {
    gpp_destroy(decoder);
    return NULL;
  }
  png_set_read_fn(decoder->png, decoder, read_bytes);
  // Whoever asks for the picture says how large it may be.
  png_set_user_limits(decoder->png, PNG_UINT_31_MAX, PNG_UINT_31_MAX);
  png_set_keep_unknown_chunks(decoder->png, PNG_HANDLE_CHUNK_NEVER, NULL, -1);
  png_set_keep_unknown_chunks(decoder->png, PNG_HANDLE_CHUNK_NEVER, NULL, 0);
  png_set_crc_action(
      decoder->png, PNG_CRC_ERROR_QUIT,
      allows_truncated ? PNG_CRC_WARN_DISCARD : PNG_CRC_ERROR_QUIT);
  return decoder;
}

gpp_status gpp_read_header(gpp_decoder *decoder, gpp_header *header) {
  if (setjmp(decoder->failure)) return decoder->status;
  png_read_info(decoder->png, decoder->info);
  header->width = png_get_image_width(decoder->png, decoder->info);
  header->height = png_get_image_height(decoder->png, decoder->info);
  header->pixel_bit_count = png_get_bit_depth(decoder->png, decoder->info)
      * png_get_channels(decoder->png, decoder->info);
  png_colorp colors = NULL;
  int count = 0;
  if (png_get_PLTE(decoder->png, decoder->info, &colors, &count) != 0) {
    for (int index = 0; index < count; index++) {
      decoder->palette[3 * index] = colors[index].red;
      decoder->palette[3 * index + 1] = colors[index].green;
      decoder->palette[3 * index + 2] = colors[index].blue;
    }
  }
  return gpp_done;
}

// Both put a row of fewer bytes in place of itself, from its end on.

static void look_up_colors(uint8_t *row, size_t width, const uint8_t *palette) {
  for (size_t x = width; x-- > 0;) memcpy(row + 3 * x, palette + 3 * row[x], 3);
}

static void cut_off_grey(uint8_t *row, size_t width) {
  for (size_t x = width; x-- > 0;) {
    uint8_t grey = row[2 * x] > 0 ? 255 : row[2 * x + 1];
    memset(row + 3 * x, grey, 3);
  }
}

gpp_status gpp_read_pixels(gpp_decoder *decoder, uint8_t *pixels) {
  png_structp png = decoder->png;
  const size_t width = png_get_image_width(png, decoder->info);
  const size_t height = png_get_image_height(png, decoder->info);
  const int color = png_get_color_type(png, decoder->info);
  const bool is_wide_grey =
      color == PNG_COLOR_TYPE_GRAY && png_get_bit_depth(png, decoder->info) == 16;
  if (setjmp(decoder->failure) == 0) {
    if (color == PNG_COLOR_TYPE_PALETTE) {
      png_set_packing(png);
    } else if (!is_wide_grey) {
      png_set_expand_gray_1_2_4_to_8(png);
      png_set_strip_16(png);
      png_set_strip_alpha(png);
      png_set_gray_to_rgb(png);
    }
    int pass_count = png_set_interlace_handling(png);
    png_read_update_info(png, decoder->info);
    if (png_get_rowbytes(png, decoder->info) > 3 * width) {
      fail(decoder, gpp_malformed);
    }
    for (int pass = 0; pass < pass_count; pass++) {
      for (size_t y = 0; y < height; y++) png_read_row(png, pixels + 3 * width * y, NULL);
    }
    decoder->status = gpp_done;
  }
  for (size_t y = 0; y < height; y++) {
    uint8_t *row = pixels + 3 * width * y;
    if (color == PNG_COLOR_TYPE_PALETTE) {
      look_up_colors(row, width, decoder->palette);
    } else if (is_wide_grey) {
      cut_off_grey(row, width);
    }
  }
  return decoder->status;
}

const char *gpp_message(const gpp_decoder *decoder) { return decoder->message; }

size_t gpp_read_count(const gpp_decoder *decoder) { return decoder->read_count; }

void gpp_destroy(gpp_decoder *decoder) {
  png_destroy_read_struct(&decoder->png, &decoder->info, NULL);
  free(decoder);
}
