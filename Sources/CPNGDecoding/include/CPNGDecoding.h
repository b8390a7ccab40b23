#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// libpng reports errors by not returning: its caller has to jump out of the middle of it. These
// functions are necessary because Swift has no setjmp and must not be jumped over.

/// What a step came to. After anything but `gpp_done` the decoder can only be destroyed.
typedef enum {
  gpp_done,
  /// The bytes end before the picture does.
  gpp_truncated,
  /// libpng refuses the file, for the reason that `gpp_message` gives.
  gpp_malformed,
  /// A checksum is not that of the bytes.
  gpp_bad_checksum,
  /// The system has no memory for the picture.
  gpp_no_memory,
} gpp_status;

typedef struct gpp_decoder gpp_decoder;

typedef struct {
  uint32_t width, height;
  /// Bits of a pixel in the file.
  int pixel_bit_count;
} gpp_header;

/// Prepares to decode the `count` bytes of a file, which are not copied and have to stay.
///
/// Texts, profiles and everything else beside the picture are passed over and never inflated. Where
/// `allows_truncated`, checksums of these do not matter. Nothing is printed. NULL where there is no
/// memory.
gpp_decoder *gpp_create(const uint8_t *bytes, size_t count, bool allows_truncated);

/// Reads up to the pixels.
gpp_status gpp_read_header(gpp_decoder *decoder, gpp_header *header);

/// Decodes the picture as 8-bit red, green and blue, rows one after the other without gaps. Alpha is
/// dropped; of 16 bits the upper 8 are kept, but grey of 16 bits is cut off at 255, as Pillow does.
///
/// `pixels` has `3 * width * height` bytes, all zero; after a failure it has the rows before it.
gpp_status gpp_read_pixels(gpp_decoder *decoder, uint8_t *pixels);

/// What libpng says of the last failure; empty where it said nothing.
const char *gpp_message(const gpp_decoder *decoder);

/// The number of bytes that were read.
size_t gpp_read_count(const gpp_decoder *decoder);

void gpp_destroy(gpp_decoder *decoder);
