#include "JPEGDecoding.h"

#include <setjmp.h>
// jpeglib.h needs FILE and size_t, and declares neither.
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>

#include <jerror.h>

struct gpj_decoder {
  struct jpeg_decompress_struct info;
  struct jpeg_error_mgr errors;
  struct jpeg_source_mgr source;
  struct jpeg_progress_mgr progress;
  jmp_buf failure;
  gpj_status status;
  char message[JMSG_LENGTH_MAX];
  bool allows_truncated;
  int scan_limit;
  /// How many bytes behind the end of the input are to be passed over.
  size_t missing_count;
  /// The bytes that were left when the input ended, and a mark of its end.
  uint8_t *tail;
  uint8_t *inks;
};

static gpj_decoder *decoder_of(j_common_ptr info) { return info->client_data; }

__attribute__((noreturn)) static void fail(j_common_ptr info, gpj_status status) {
  gpj_decoder *decoder = decoder_of(info);
  decoder->status = status;
  longjmp(decoder->failure, 1);
}

__attribute__((noreturn)) static void exit_with_error(j_common_ptr info) {
  info->err->format_message(info, decoder_of(info)->message);
  fail(info, info->err->msg_code == JERR_OUT_OF_MEMORY ? gpj_no_memory : gpj_malformed);
}

static void print_nothing(j_common_ptr info) { (void)info; }

static void do_nothing(j_decompress_ptr info) { (void)info; }

/// Tells libjpeg that no more bytes can be had now, which makes its caller return; it cannot tell the
/// end of the file by anything else, and would make up what is missing.
static boolean fill_input_buffer(j_decompress_ptr info) {
  (void)info;
  return FALSE;
}

static void skip_input_data(j_decompress_ptr info, long count) {
  struct jpeg_source_mgr *source = info->src;
  if (count <= 0) return;
  size_t skipped = (size_t)count;
  if (skipped > source->bytes_in_buffer) {
    decoder_of((j_common_ptr)info)->missing_count = skipped - source->bytes_in_buffer;
    skipped = source->bytes_in_buffer;
  }
  source->next_input_byte += skipped;
  source->bytes_in_buffer -= skipped;
}

/// Whether libjpeg, which wants bytes behind the end, is to try again: with a mark of the end behind those
/// that it has not taken yet. That is done once, and only for who takes pictures that are cut off.
static bool goes_on(gpj_decoder *decoder) {
  if (!decoder->allows_truncated || decoder->tail != NULL) return false;
  struct jpeg_source_mgr *source = &decoder->source;
  size_t count = source->bytes_in_buffer;
  decoder->tail = malloc(count + 2);
  if (decoder->tail == NULL) fail((j_common_ptr)&decoder->info, gpj_no_memory);
  memcpy(decoder->tail, source->next_input_byte, count);
  decoder->tail[count] = 0xFF;
  decoder->tail[count + 1] = JPEG_EOI;
  size_t skipped = decoder->missing_count < count + 2 ? decoder->missing_count : count + 2;
  source->next_input_byte = decoder->tail + skipped;
  source->bytes_in_buffer = count + 2 - skipped;
  return true;
}

static void count_scans(j_common_ptr info) {
  gpj_decoder *decoder = decoder_of(info);
  if (decoder->info.input_scan_number > decoder->scan_limit) fail(info, gpj_too_many_scans);
}

gpj_decoder *gpj_create(const uint8_t *bytes, size_t count, bool allows_truncated) {
  gpj_decoder *decoder = calloc(1, sizeof *decoder);
  if (decoder == NULL) return NULL;
  decoder->allows_truncated = allows_truncated;
  decoder->info.err = jpeg_std_error(&decoder->errors);
  decoder->errors.error_exit = exit_with_error;
  decoder->errors.output_message = print_nothing;
  decoder->info.client_data = decoder;
  if (setjmp(decoder->failure)) {
    gpj_destroy(decoder);
    return NULL;
  }
  jpeg_create_decompress(&decoder->info);
  decoder->source.next_input_byte = bytes;
  decoder->source.bytes_in_buffer = count;
  decoder->source.init_source = do_nothing;
  decoder->source.fill_input_buffer = fill_input_buffer;
  decoder->source.skip_input_data = skip_input_data;
  decoder->source.resync_to_restart = jpeg_resync_to_restart;
  decoder->source.term_source = do_nothing;
  decoder->info.src = &decoder->source;
  decoder->progress.progress_monitor = count_scans;
  decoder->info.progress = &decoder->progress;
  return decoder;
}

gpj_status gpj_read_header(gpj_decoder *decoder, gpj_header *header) {
  if (setjmp(decoder->failure)) return decoder->status;
  while (jpeg_read_header(&decoder->info, TRUE) == JPEG_SUSPENDED) {
    if (!goes_on(decoder)) return gpj_truncated;
  }
  header->width = decoder->info.image_width;
  header->height = decoder->info.image_height;
  header->component_count = decoder->info.num_components;
  return gpj_done;
}

/// The product of two parts of 255, rounded.
static uint8_t product(uint8_t first, uint8_t second) {
  unsigned scaled = (unsigned)first * second + 128;
  return (uint8_t)(((scaled >> 8) + scaled) >> 8);
}

/// Pillow's rule: each ink takes away from what black leaves. The bytes are what is left, not the inks.
static void multiply_inks(const uint8_t *inks, uint8_t *pixels, size_t count) {
  for (size_t index = 0; index < count; index++, inks += 4, pixels += 3) {
    for (int ink = 0; ink < 3; ink++) {
      pixels[ink] = (uint8_t)(inks[3] - product((uint8_t)(255 - inks[ink]), inks[3]));
    }
  }
}

gpj_status gpj_read_pixels(
    gpj_decoder *decoder, uint8_t *pixels, int scan_limit, size_t byte_limit) {
  j_decompress_ptr info = &decoder->info;
  decoder->scan_limit = scan_limit;
  info->mem->max_memory_to_use = (long)byte_limit;
  if (setjmp(decoder->failure)) return decoder->status;
  bool has_inks = info->num_components == 4;
  info->out_color_space = has_inks ? JCS_CMYK : JCS_RGB;
  size_t width = info->image_width;
  if (has_inks) {
    decoder->inks = malloc(4 * width);
    if (decoder->inks == NULL) return gpj_no_memory;
  }
  while (!jpeg_start_decompress(info)) {
    if (!goes_on(decoder)) return gpj_truncated;
  }
  while (info->output_scanline < info->output_height) {
    uint8_t *next = pixels + 3 * width * info->output_scanline;
    // As many rows as libjpeg makes at once; it takes pointers to fewer at the bottom.
    JSAMPROW rows[16];
    JDIMENSION count = 1;
    if (has_inks) {
      rows[0] = decoder->inks;
    } else {
      JDIMENSION left = info->output_height - info->output_scanline;
      for (count = 0; count < 16 && count < left; count++) rows[count] = next + 3 * width * count;
    }
    if (jpeg_read_scanlines(info, rows, count) == 0) {
      if (goes_on(decoder)) continue;
      return gpj_truncated;
    }
    if (has_inks) multiply_inks(decoder->inks, next, width);
  }
  // What follows the last row is read as well, and may be an error; but it may be missing.
  jpeg_finish_decompress(info);
  return gpj_done;
}

const char *gpj_message(const gpj_decoder *decoder) { return decoder->message; }

void gpj_destroy(gpj_decoder *decoder) {
  jpeg_destroy_decompress(&decoder->info);
  free(decoder->inks);
  free(decoder->tail);
  free(decoder);
}
