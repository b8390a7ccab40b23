#if defined(__x86_64__)
#include "../vector/vector-avx512f.h"
#include "f32-peak.h"

#pragma clang attribute pop
#endif
