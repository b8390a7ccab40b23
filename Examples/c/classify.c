// Prints the five best classes of images.
//
//   cc classify.c $(pkg-config --cflags --libs gpunet) -lm -o classify
//   ./classify model.gpw images.f32
//
// The images are 32-bit floats in the order N×C×H×W, prepared as the network wants them: resized
// and cropped, each channel in 0…1, less the mean, over the standard deviation. In Python:
// images.astype("<f4").tofile("images.f32").
#include <gpunet.h>

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { shown_classes = 5 };

// Says what went wrong and frees it; what it returns is what the program exits with.
static int report(gpunet_error *error) {
  int status = (int)gpunet_error_status(error);
  fprintf(stderr, "error: %s\n", gpunet_error_message(error));
  gpunet_error_free(error);
  return status;
}

static void print_best(
    const gpunet_model *model, size_t number, const float *logits, size_t class_count) {
  double sum = 0;
  float largest = logits[0];
  for (size_t i = 1; i < class_count; i++) {
    if (logits[i] > largest) largest = logits[i];
  }
  for (size_t i = 0; i < class_count; i++) sum += exp((double)(logits[i] - largest));

  size_t printed[shown_classes];
  for (size_t place = 0; place < shown_classes && place < class_count; place++) {
    size_t best = class_count;
    for (size_t i = 0; i < class_count; i++) {
      int is_printed = 0;
      for (size_t earlier = 0; earlier < place; earlier++) is_printed |= printed[earlier] == i;
      if (!is_printed && (best == class_count || logits[i] > logits[best])) best = i;
    }
    printed[place] = best;
    const char *label = gpunet_model_label(model, best);
    double probability = exp((double)(logits[best] - largest)) / sum;
    printf("%zu %zu %.6f %s\n", number, best, probability, label ? label : "");
  }
}

// Runs one image after the other, as many as the file has.
static int classify(
    const gpunet_model *model, size_t class_count, gpunet_session *session, FILE *file) {
  size_t input_count = gpunet_session_input_count(session);
  float *image = malloc(input_count * sizeof *image);
  float *logits = malloc(class_count * sizeof *logits);
  int result = 0;
  if (image == NULL || logits == NULL) {
    fprintf(stderr, "error: no memory for an image\n");
    result = GPUNET_ERROR_SYSTEM;
  }
  for (size_t number = 1; result == 0; number++) {
    size_t count = fread(image, sizeof *image, input_count, file);
    if (count == 0 && number > 1) break;
    gpunet_error *error;
    // A file that ends within an image has too few floats, which is an error here.
    if (gpunet_session_predict(session, image, count, logits, class_count, &error) != GPUNET_OK) {
      result = report(error);
    } else {
      print_best(model, number, logits, class_count);
    }
  }
  free(logits);
  free(image);
  return result;
}

int main(int argument_count, char **arguments) {
  if (argument_count != 3) {
    fprintf(stderr, "usage: classify MODEL.gpw IMAGES.f32\n");
    return 64;
  }
  gpunet_model *model = NULL;
  gpunet_session *session = NULL;
  gpunet_description description;
  gpunet_error *error;
  if (gpunet_model_open(arguments[1], &model, &error) != GPUNET_OK) return report(error);

  int result = 0;
  if (gpunet_model_describe(model, &description, sizeof description, &error) != GPUNET_OK ||
      gpunet_session_create(model, 1, 0, 0, 2, &session, &error) != GPUNET_OK) {
    result = report(error);
  } else {
    fprintf(
        stderr, "%s: %zux%zux%zu, %zu classes, %" PRIu64 " parameters, on %s\n",
        description.name ? description.name : "network", description.input_channels,
        description.input_height, description.input_width, description.class_count,
        description.parameter_count, description.kernels);
    FILE *file = fopen(arguments[2], "rb");
    if (file == NULL) {
      perror(arguments[2]);
      result = GPUNET_ERROR_OPEN;
    } else {
      result = classify(model, description.class_count, session, file);
      fclose(file);
    }
  }
  // Both do nothing where there is nothing.
  gpunet_session_free(session);
  gpunet_model_free(model);
  return result;
}
