#if defined(__aarch64__)
#include "../vector/vector-neon.h"
#include "f32-pool.h"

#pragma clang attribute pop
#endif
