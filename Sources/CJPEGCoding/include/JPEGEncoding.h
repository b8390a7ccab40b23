#pragma once

#include <stddef.h>
#include <stdint.h>

// This function is necessary for the same reason as those that decode: libjpeg reports errors by not
// returning.

/// Encodes 8-bit red, green and blue, rows one after the other without gaps, as a baseline JPEG file
/// that halves no colours. The same pixels and quality give the same bytes.
///
/// `output` has room for `capacity` bytes; `6 * width * height + 2048`, both rounded up to multiples of
/// 8, are what libjpeg-turbo calls enough. Nothing is printed. Gives the number of bytes of the file; 0
/// where they are too many, where libjpeg has no memory, or where a side has more than 65,500 pixels.
size_t gpj_encode(
    const uint8_t *pixels, uint32_t width, uint32_t height, int quality, uint8_t *output,
    size_t capacity);
