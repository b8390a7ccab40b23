#include "JPEGEncoding.h"

#include <setjmp.h>
// jpeglib.h needs FILE and size_t, and declares neither.
#include <stddef.h>
#include <stdio.h>

#include <jpeglib.h>

typedef struct {
  struct jpeg_compress_struct info;
  struct jpeg_error_mgr errors;
  struct jpeg_destination_mgr destination;
  jmp_buf failure;
} encoder;

__attribute__((noreturn)) static void give_up(j_common_ptr info) {
  encoder *self = info->client_data;
  longjmp(self->failure, 1);
}

static void print_nothing(j_common_ptr info) { (void)info; }

static void do_nothing(j_compress_ptr info) { (void)info; }

/// Is called where the output is full.
static boolean empty_output_buffer(j_compress_ptr info) { give_up((j_common_ptr)info); }

size_t gpj_encode(
    const uint8_t *pixels, uint32_t width, uint32_t height, int quality, uint8_t *output,
    size_t capacity) {
  encoder self = {0};
  j_compress_ptr info = &self.info;
  info->err = jpeg_std_error(&self.errors);
  self.errors.error_exit = give_up;
  self.errors.output_message = print_nothing;
  info->client_data = &self;
  if (setjmp(self.failure)) {
    jpeg_destroy_compress(info);
    return 0;
  }
  jpeg_create_compress(info);
  self.destination.next_output_byte = output;
  self.destination.free_in_buffer = capacity;
  self.destination.init_destination = do_nothing;
  self.destination.empty_output_buffer = empty_output_buffer;
  self.destination.term_destination = do_nothing;
  info->dest = &self.destination;
  info->image_width = width;
  info->image_height = height;
  info->input_components = 3;
  info->in_color_space = JCS_RGB;
  jpeg_set_defaults(info);
  jpeg_set_quality(info, quality, TRUE);
  info->comp_info[0].h_samp_factor = 1;
  info->comp_info[0].v_samp_factor = 1;
  jpeg_start_compress(info, TRUE);
  while (info->next_scanline < height) {
    // libjpeg reads from rows that it does not call constant.
    JSAMPROW row = (JSAMPROW)(pixels + (size_t)3 * width * info->next_scanline);
    jpeg_write_scanlines(info, &row, 1);
  }
  jpeg_finish_compress(info);
  size_t count = capacity - self.destination.free_in_buffer;
  jpeg_destroy_compress(info);
  return count;
}
