// Prints the five best classes of images, which go through the network in one batch.
//
//   c++ classify.cpp $(pkg-config --cflags --libs gpunet) -o classify
//   ./classify model.gpw images.f32
//
// The images are 32-bit floats in the order N×C×H×W, prepared as the network wants them: resized
// and cropped, each channel in 0…1, less the mean, over the standard deviation. In Python:
// images.astype("<f4").tofile("images.f32").
#include <gpunet.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <iterator>
#include <memory>
#include <numeric>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

struct Free {
  void operator()(gpunet_model *model) const { gpunet_model_free(model); }
  void operator()(gpunet_session *session) const { gpunet_session_free(session); }
  void operator()(gpunet_error *error) const { gpunet_error_free(error); }
};
using Model = std::unique_ptr<gpunet_model, Free>;
using Session = std::unique_ptr<gpunet_session, Free>;

// A failure of the library as an exception.
class Failure : public std::runtime_error {
 public:
  explicit Failure(gpunet_error *error) : Failure(std::unique_ptr<gpunet_error, Free>(error)) {}
  gpunet_status status() const { return status_; }

 private:
  explicit Failure(const std::unique_ptr<gpunet_error, Free> &error)
      : std::runtime_error(gpunet_error_message(error.get())),
        status_(gpunet_error_status(error.get())) {}
  gpunet_status status_;
};

Model open(const std::string &path) {
  gpunet_model *model = nullptr;
  gpunet_error *error = nullptr;
  if (gpunet_model_open(path.c_str(), &model, &error) != GPUNET_OK) throw Failure(error);
  return Model(model);
}

gpunet_description describe(const Model &model) {
  gpunet_description description;
  gpunet_error *error = nullptr;
  if (gpunet_model_describe(model.get(), &description, sizeof description, &error) != GPUNET_OK) {
    throw Failure(error);
  }
  return description;
}

Session prepare(const Model &model, std::size_t batch_size) {
  gpunet_session *session = nullptr;
  gpunet_error *error = nullptr;
  if (gpunet_session_create(model.get(), batch_size, 0, 0, 2, &session, &error) != GPUNET_OK) {
    throw Failure(error);
  }
  return Session(session);
}

std::vector<float> floats(const std::string &path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error(path + ": cannot be opened");
  const std::vector<char> bytes{std::istreambuf_iterator<char>(file), {}};
  std::vector<float> values(bytes.size() / sizeof(float));
  std::copy_n(
      bytes.begin(), values.size() * sizeof(float), reinterpret_cast<char *>(values.data()));
  return values;
}

void print_best(const Model &model, std::size_t number, const float *logits, std::size_t count) {
  std::vector<std::size_t> order(count);
  std::iota(order.begin(), order.end(), std::size_t(0));
  std::stable_sort(order.begin(), order.end(), [logits](std::size_t a, std::size_t b) {
    return logits[a] > logits[b];
  });
  double sum = 0;
  for (std::size_t i = 0; i < count; i++) sum += std::exp(double(logits[i] - logits[order[0]]));
  for (std::size_t place = 0; place < std::min<std::size_t>(5, count); place++) {
    const std::size_t best = order[place];
    const char *label = gpunet_model_label(model.get(), best);
    std::printf(
        "%zu %zu %.6f %s\n", number, best,
        std::exp(double(logits[best] - logits[order[0]])) / sum, label ? label : "");
  }
}

void classify(const std::string &model_path, const std::string &image_path) {
  const Model model = open(model_path);
  const gpunet_description description = describe(model);
  const std::vector<float> images = floats(image_path);
  const std::size_t image_count =
      description.input_channels * description.input_height * description.input_width;
  const Session session = prepare(model, std::max<std::size_t>(1, images.size() / image_count));
  std::vector<float> logits(gpunet_session_output_count(session.get()));
  gpunet_error *error = nullptr;
  // A file that ends within an image has too many floats for the batch, which is an error here.
  const gpunet_status status = gpunet_session_predict(
      session.get(), images.data(), images.size(), logits.data(), logits.size(), &error);
  if (status != GPUNET_OK) throw Failure(error);
  for (std::size_t i = 0; i < logits.size() / description.class_count; i++) {
    print_best(model, i + 1, logits.data() + i * description.class_count, description.class_count);
  }
}

}  // namespace

int main(int argument_count, char **arguments) {
  if (argument_count != 3) {
    std::cerr << "usage: classify MODEL.gpw IMAGES.f32\n";
    return 64;
  }
  try {
    classify(arguments[1], arguments[2]);
    return 0;
  } catch (const Failure &failure) {
    std::cerr << "error: " << failure.what() << "\n";
    return failure.status();
  } catch (const std::exception &failure) {
    std::cerr << "error: " << failure.what() << "\n";
    return 1;
  }
}
