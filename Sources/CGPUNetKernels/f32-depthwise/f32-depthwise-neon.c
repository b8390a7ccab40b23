#if defined(__aarch64__)
#include "../vector/vector-neon.h"
#include "../vector/vector-activation.h"
#include "f32-depthwise.h"

#pragma clang attribute pop
#endif
