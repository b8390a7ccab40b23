#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// libjpeg reports errors by not returning: its caller has to jump out of the middle of it. These
// functions are necessary because Swift has no setjmp and must not be jumped over.

/// What a step came to. After anything but `gpj_done` the decoder can only be destroyed.
typedef enum {
  gpj_done,
  /// The bytes end before the picture does.
  gpj_truncated,
  /// libjpeg refuses the file, for the reason that `gpj_message` gives.
  gpj_malformed,
  /// There are more scans than are read.
  gpj_too_many_scans,
  /// The system has no memory for the picture.
  gpj_no_memory,
} gpj_status;

typedef struct gpj_decoder gpj_decoder;

typedef struct {
  uint32_t width, height;
  /// 1 for grey, 3 for colour, 4 for inks.
  int component_count;
} gpj_header;

/// Prepares to decode the `count` bytes of a file, which are not copied and have to stay.
///
/// Where `allows_truncated`, a file that is too short is read as if the mark of its end followed once;
/// so does Pillow. Nothing is printed. NULL where there is no memory.
gpj_decoder *gpj_create(const uint8_t *bytes, size_t count, bool allows_truncated);

/// Reads up to the first scan.
gpj_status gpj_read_header(gpj_decoder *decoder, gpj_header *header);

/// Decodes the picture as 8-bit red, green and blue, rows one after the other without gaps; inks, which
/// are taken to be inverted as all programs write them, are multiplied.
///
/// `pixels` has `3 * width * height` bytes; what follows the last row that could be decoded is left as
/// it is. libjpeg itself may use `byte_limit` bytes.
gpj_status gpj_read_pixels(
    gpj_decoder *decoder, uint8_t *pixels, int scan_limit, size_t byte_limit);

/// What libjpeg says of the last failure; empty where it said nothing.
const char *gpj_message(const gpj_decoder *decoder);

void gpj_destroy(gpj_decoder *decoder);
