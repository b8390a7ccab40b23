#if defined(__x86_64__)
#include "../vector/vector-avx2.h"
#include "f32-peak.h"

#pragma clang attribute pop
#endif
