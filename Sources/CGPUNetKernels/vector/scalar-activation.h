/// Activations by their definition, in 64 bits and rounded once.
#include <math.h>

#include "../include/CGPUNetKernels.h"

static inline float scalar_activate(float x, enum gpk_activation activation) {
  switch (activation) {
    case gpk_activation_none:
      return x;
    case gpk_activation_relu:
      // Written so that a NaN stays one.
      return x < 0 ? 0 : x;
    case gpk_activation_swish:
      return (float)(x / (1 + exp(-(double)x)));
    case gpk_activation_sigmoid:
      return (float)(1 / (1 + exp(-(double)x)));
    case gpk_activation_relu6:
      return x < 0 ? 0 : x > 6 ? 6 : x;
  }
}
