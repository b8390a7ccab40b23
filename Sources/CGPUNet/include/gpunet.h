/// Runs image classifiers from `.gpw` files.
///
///     gpunet_model *model;
///     gpunet_session *session;
///     gpunet_error *error;
///     if (gpunet_model_open("model.gpw", &model, &error) != GPUNET_OK ||
///         gpunet_session_create(model, 1, 0, 0, 2, &session, &error) != GPUNET_OK) {
///       fprintf(stderr, "%s\n", gpunet_error_message(error));
///       …
///     }
///
/// A *model* is an open file, a *session* the memory and the threads that run it for batches of one
/// size. Everything that this interface hands out is freed by the function that is named after it;
/// each of these does nothing where it gets NULL.
///
/// **Errors.** Functions that can fail return a `gpunet_status` and take a `gpunet_error **`, which
/// may be NULL where the message is of no interest. On success NULL is stored there and on failure
/// an error that the caller frees; the result is NULL then. Arguments that are wrong (NULL, a count
/// that is not what the model needs, a number out of range) are failures like any other and end no
/// process. What cannot be noticed is a pointer that leads to less memory than the count beside it
/// says, and a handle that was freed before. Damaged and hostile files are failures, too. Where the
/// system has no memory for weights or images that is `io.memory`; where it has none for a few
/// hundred bytes, the process ends.
///
/// **Threads.** A model may be used by any number of threads at once, as may an error. A session is
/// used by one thread at a time. After fork() a session of more than one thread is of no use to the
/// child, which may neither run nor free it.
///
/// **Texts** are UTF-8, end with a zero byte, and live as long as said at each function.
#ifndef GPUNET_H
#define GPUNET_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// The number of the binary interface that this header describes; the shared library's name ends in
/// it. Within one number functions may be added, and fields at the end of `gpunet_description`.
#define GPUNET_ABI_VERSION 0

/// The `GPUNET_ABI_VERSION` of the library that is linked. Any thread.
int gpunet_abi_version(void);

/// The version of the library that is linked: `0.1.0`. Any thread; the text is never freed.
const char *gpunet_version(void);

/// What kind of failure it was. The numbers are those that the tools exit with.
typedef enum gpunet_status {
  GPUNET_OK = 0,
  /// What was asked for cannot be done: an argument, or the value of `GPUNET_CPU` in the
  /// environment.
  GPUNET_ERROR_REQUEST = 64,
  /// A file is malformed, damaged, unsupported or over a limit, or images do not fit the network.
  GPUNET_ERROR_INPUT = 65,
  /// A file cannot be opened.
  GPUNET_ERROR_OPEN = 66,
  /// The system failed to read, or has not enough memory or threads.
  GPUNET_ERROR_SYSTEM = 74
} gpunet_status;

// Errors

/// A failure: what, where, expected, found, and what to do.
typedef struct gpunet_error gpunet_error;

/// What kind of failure it was; `GPUNET_OK` for NULL. Any thread.
gpunet_status gpunet_error_status(const gpunet_error *error);

/// The stable name of the condition, for programs: `gpw.headerChecksum`. Any thread; the text lives
/// as long as the error and is empty for NULL.
const char *gpunet_error_code(const gpunet_error *error);

/// The whole message in one line, for people, with the code in brackets at its end. Any thread; the
/// text lives as long as the error and is empty for NULL.
const char *gpunet_error_message(const gpunet_error *error);

/// Frees an error. One thread, once.
void gpunet_error_free(gpunet_error *error);

// Models

/// A network from a `.gpw` file.
typedef struct gpunet_model gpunet_model;

/// Opens a `.gpw` file and verifies all of its checksums.
///
/// The file is mapped and not copied: while the model or one of its sessions is there, it must not
/// be written to or made shorter, as shared libraries must not; it may be renamed, replaced and
/// removed. Any thread.
///
/// @param path The file.
/// @param model Gets the model.
/// @param error Gets the failure: `io.open`, `io.read`, `io.memory`, one of `gpw.…`,
///   `network.parameter`, `runtime.kernels`, `interface.pointer`, `interface.text`.
gpunet_status gpunet_model_open(const char *path, gpunet_model **model, gpunet_error **error);

/// Opens a `.gpw` file that is in memory. Any thread.
///
/// @param bytes The whole file. It is copied and may be freed at once.
/// @param byte_count Its length.
/// @param model Gets the model.
/// @param error Gets the failure, as above without `io.open` and `io.read`.
gpunet_status gpunet_model_open_memory(
    const void *bytes, size_t byte_count, gpunet_model **model, gpunet_error **error);

/// Closes a model. Its sessions go on working, and the last of them frees it. One thread, once.
void gpunet_model_free(gpunet_model *model);

/// What a model is and what images it is meant for.
typedef struct gpunet_description {
  /// The published network's name, or NULL where it is none. This text and all others here live as
  /// long as the model.
  const char *name;
  /// The channels of an image: 3, red, green and blue.
  size_t input_channels;
  /// The height of the images that it was trained for.
  size_t input_height;
  /// The width of the images that it was trained for.
  size_t input_width;
  /// The number of classes, which is the number of logits for an image.
  size_t class_count;
  /// The number of learned parameters in the file.
  uint64_t parameter_count;
  /// Subtracted from red, green and blue, which are between 0 and 1 at first.
  double mean[3];
  /// What the differences are divided by.
  double standard_deviation[3];
  /// How pictures are resized: `bicubic` or `bilinear`.
  const char *interpolation;
  /// The side of the square that is cut out of the middle as a part of the resized picture's
  /// shorter side.
  double crop_fraction;
  /// Not 0 where mean to crop are only what is usual for such a network.
  int preprocessing_is_assumed;
  /// Not 0 where the file names the classes.
  int has_labels;
  /// The kernels that run it: `avx512`, `avx2`, `neon` or `scalar`.
  const char *kernels;
} gpunet_description;

/// Describes a model. Any thread.
///
/// @param model The model.
/// @param description Is filled.
/// @param description_size `sizeof(gpunet_description)`: so a program goes on working with a
///   library whose structure has more fields, and gets zeros from one that has fewer.
/// @param error Gets the failure: `interface.pointer`, `interface.range`.
gpunet_status gpunet_model_describe(
    const gpunet_model *model, gpunet_description *description, size_t description_size,
    gpunet_error **error);

/// The name of a class; NULL where the file has no names, where there is no such class, and for
/// NULL. Any thread; the text lives as long as the model.
const char *gpunet_model_label(const gpunet_model *model, size_t class_index);

// Sessions

/// A model with the memory and the threads to run batches of one size.
typedef struct gpunet_session gpunet_session;

/// The most threads that a session can have.
#define GPUNET_MAXIMUM_THREADS 1024

/// Prepares to run a model. All memory is allocated here. Any thread.
///
/// @param model The model; it may be freed before the session.
/// @param batch_size The number of images of a batch; at least 1.
/// @param height The height of the images, up to 8192; 0 with width 0 for the model's own.
/// @param width Their width, likewise.
/// @param thread_count How many threads compute, the caller's among them: 1 to
///   `GPUNET_MAXIMUM_THREADS`. More than the machine has only slow each other down.
/// @param session Gets the session.
/// @param error Gets the failure: `architecture.resolution`, `network.input`, `io.memory`,
///   `interface.pointer`, `interface.range`.
gpunet_status gpunet_session_create(
    const gpunet_model *model, size_t batch_size, size_t height, size_t width, size_t thread_count,
    gpunet_session **session, gpunet_error **error);

/// The floats that a batch of images has: N×C×H×W; 0 for NULL. Any thread.
size_t gpunet_session_input_count(const gpunet_session *session);

/// The floats that a batch of answers has: N×classes; 0 for NULL. Any thread.
size_t gpunet_session_output_count(const gpunet_session *session);

/// Computes the classes' logits for a batch of images. Allocates nothing. The answer has the same
/// bits whatever the number of threads and the place in the batch. One thread at a time; of two
/// that call at once, one fails.
///
/// @param session The session.
/// @param images N×C×H×W, scaled to 0…1, less the mean, over the standard deviation.
/// @param image_count The number of floats there, which is `gpunet_session_input_count`.
/// @param logits Gets N×classes, before any softmax. Does not overlap the images.
/// @param logit_count The number of floats there, which is `gpunet_session_output_count`.
/// @param error Gets the failure: `interface.pointer`, `interface.count`, `interface.busy`. The
///   logits are as they were then.
gpunet_status gpunet_session_predict(
    gpunet_session *session, const float *images, size_t image_count, float *logits,
    size_t logit_count, gpunet_error **error);

/// Ends a session and its threads. One thread, once, while nobody uses it.
void gpunet_session_free(gpunet_session *session);

#ifdef __cplusplus
}
#endif

#endif
