#if defined(__x86_64__)
#include "../vector/vector-avx512f.h"
#include "../vector/vector-activation.h"
#include "f32-conv.h"

#pragma clang attribute pop
#endif
