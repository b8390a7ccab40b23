// What a C program can rely on and the examples do not show: nothing outlives what is freed, models
// are shared by threads, what is in memory runs like what is in a file, and wrong arguments are
// errors.
//
//   check MODEL.gpw      prints what does not hold, and exits with 1 then
#include <gpunet.h>

#include <dirent.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int failure_count;

#define CHECK(condition) \
  do { \
    if (!(condition)) { \
      fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #condition); \
      failure_count++; \
    } \
  } while (0)

// Whether a call fails as it should; frees the error.
static int fails(
    gpunet_status status, gpunet_error *error, gpunet_status expected, const char *code) {
  char end[64];
  snprintf(end, sizeof end, "[%s]", code);
  const char *message = gpunet_error_message(error);
  size_t length = strlen(message);
  int is_expected = status == expected && gpunet_error_status(error) == expected &&
      strcmp(gpunet_error_code(error), code) == 0 && length > strlen(end) &&
      strcmp(message + length - strlen(end), end) == 0;
  if (!is_expected) fprintf(stderr, "%d %s\n", (int)status, message);
  gpunet_error_free(error);
  return is_expected;
}

static void *content(const char *path, size_t *byte_count) {
  FILE *file = fopen(path, "rb");
  if (file == NULL || fseek(file, 0, SEEK_END) != 0) exit(2);
  *byte_count = (size_t)ftell(file);
  rewind(file);
  char *bytes = malloc(*byte_count);
  if (bytes == NULL || fread(bytes, 1, *byte_count, file) != *byte_count) exit(2);
  fclose(file);
  return bytes;
}

// What a model answers to one image, in memory that the caller frees.
static float *answer(const gpunet_model *model, size_t thread_count) {
  gpunet_session *session;
  if (gpunet_session_create(model, 1, 0, 0, thread_count, &session, NULL) != GPUNET_OK) exit(2);
  size_t image_count = gpunet_session_input_count(session);
  size_t logit_count = gpunet_session_output_count(session);
  float *image = malloc(image_count * sizeof *image);
  float *logits = malloc(logit_count * sizeof *logits);
  if (image == NULL || logits == NULL) exit(2);
  for (size_t i = 0; i < image_count; i++) image[i] = (float)(i % 23) / 10 - 1;
  for (int run = 0; run < 5; run++) {
    gpunet_status status =
        gpunet_session_predict(session, image, image_count, logits, logit_count, NULL);
    CHECK(status == GPUNET_OK);
  }
  gpunet_session_free(session);
  free(image);
  return logits;
}

static void *answer_of(void *model) { return answer(model, 1); }

static size_t entry_count(const char *folder) {
  DIR *directory = opendir(folder);
  size_t count = 0;
  if (directory == NULL) exit(2);
  while (readdir(directory) != NULL) count++;
  closedir(directory);
  return count;
}

static long resident_pages(void) {
  FILE *file = fopen("/proc/self/statm", "r");
  long all, resident;
  if (file == NULL || fscanf(file, "%ld %ld", &all, &resident) != 2) exit(2);
  fclose(file);
  return resident;
}

static void check_signals(void) {
  const int numbers[] = {
      SIGSEGV, SIGBUS, SIGILL, SIGTRAP, SIGFPE, SIGABRT, SIGPIPE, SIGINT, SIGTERM};
  for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
    struct sigaction action;
    CHECK(sigaction(numbers[i], NULL, &action) == 0 && action.sa_handler == SIG_DFL);
  }
}

static void check_null(void) {
  gpunet_error_free(NULL);
  gpunet_model_free(NULL);
  gpunet_session_free(NULL);
  CHECK(gpunet_error_status(NULL) == GPUNET_OK);
  CHECK(gpunet_error_code(NULL)[0] == 0 && gpunet_error_message(NULL)[0] == 0);
  CHECK(gpunet_model_label(NULL, 0) == NULL);
  CHECK(gpunet_session_input_count(NULL) == 0 && gpunet_session_output_count(NULL) == 0);
}

static void check_failures(const char *path, const gpunet_model *model) {
  gpunet_model *other = (gpunet_model *)1;
  gpunet_error *error;
  gpunet_status status = gpunet_model_open("/nowhere.gpw", &other, &error);
  CHECK(other == NULL && fails(status, error, GPUNET_ERROR_OPEN, "io.open"));

  size_t byte_count;
  unsigned char *bytes = content(path, &byte_count);
  bytes[byte_count - 1] ^= 1;
  status = gpunet_model_open_memory(bytes, byte_count, &other, &error);
  CHECK(other == NULL && fails(status, error, GPUNET_ERROR_INPUT, "gpw.tensorChecksum"));
  free(bytes);

  gpunet_session *session = (gpunet_session *)1;
  status = gpunet_session_create(model, 1, SIZE_MAX, 1, 1, &session, &error);
  CHECK(session == NULL && fails(status, error, GPUNET_ERROR_REQUEST, "interface.range"));
  status = gpunet_session_create(NULL, 1, 0, 0, 1, &session, NULL);
  CHECK(session == NULL && status == GPUNET_ERROR_REQUEST);

  CHECK(gpunet_session_create(model, 1, 0, 0, 1, &session, &error) == GPUNET_OK && error == NULL);
  float value = 7;
  status = gpunet_session_predict(session, &value, 1, &value, 1, &error);
  CHECK(value == 7 && fails(status, error, GPUNET_ERROR_REQUEST, "interface.count"));
  gpunet_session_free(session);
}

static void check_nothing_is_left(const char *path) {
  long resident = 0;
  size_t file_count = 0;
  for (int run = 0; run < 1100; run++) {
    if (run == 100) {
      resident = resident_pages();
      file_count = entry_count("/proc/self/fd");
    }
    gpunet_model *model;
    gpunet_session *session;
    gpunet_error *error;
    CHECK(gpunet_model_open(path, &model, NULL) == GPUNET_OK);
    CHECK(gpunet_session_create(model, 2, 0, 0, 2, &session, NULL) == GPUNET_OK);
    gpunet_model_free(model);
    gpunet_session_predict(session, NULL, 0, NULL, 0, &error);
    gpunet_error_free(error);
    gpunet_session_free(session);
  }
  CHECK(entry_count("/proc/self/fd") == file_count);
  // Three entries: the thread, the folder and the folder above.
  CHECK(entry_count("/proc/self/task") == 3);
  // Half a kilobyte a turn, where the smallest of what is opened here takes several.
  long kept = (resident_pages() - resident) * sysconf(_SC_PAGESIZE);
  printf("opened and closed 1000 times: %ld bytes more\n", kept);
  CHECK(kept < 512 * 1024);
}

int main(int argument_count, char **arguments) {
  if (argument_count != 2) return 64;
  const char *path = arguments[1];
  CHECK(gpunet_abi_version() == GPUNET_ABI_VERSION);
  check_null();
  check_signals();

  gpunet_model *model;
  if (gpunet_model_open(path, &model, NULL) != GPUNET_OK) return 2;
  gpunet_description description;
  CHECK(gpunet_model_describe(model, &description, sizeof description, NULL) == GPUNET_OK);
  CHECK(description.input_channels == 3 && description.mean[1] == 0.456);
  CHECK(strcmp(description.interpolation, "bicubic") == 0);
  check_failures(path, model);

  size_t logits_size = description.class_count * sizeof(float);
  float *expected = answer(model, 2);
  pthread_t threads[4];
  for (int i = 0; i < 4; i++) CHECK(pthread_create(&threads[i], NULL, answer_of, model) == 0);
  for (int i = 0; i < 4; i++) {
    void *logits;
    pthread_join(threads[i], &logits);
    CHECK(memcmp(logits, expected, logits_size) == 0);
    free(logits);
  }
  gpunet_model_free(model);

  size_t byte_count;
  void *bytes = content(path, &byte_count);
  CHECK(gpunet_model_open_memory(bytes, byte_count, &model, NULL) == GPUNET_OK);
  memset(bytes, 0, byte_count);
  free(bytes);
  float *logits = answer(model, 1);
  CHECK(memcmp(logits, expected, logits_size) == 0);
  free(logits);
  free(expected);
  gpunet_model_free(model);

  check_nothing_is_left(path);
  check_signals();
  return failure_count == 0 ? 0 : 1;
}
