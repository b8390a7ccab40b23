/// What every vector file and every operator's template need.
#ifndef GPK_VECTOR_ATTRIBUTES_H
#define GPK_VECTOR_ATTRIBUTES_H

#include "../include/CGPUNetKernels.h"

/// Register tiles exist only where their loops have constant bounds, so inlining is no choice.
#define GPK_INLINE static inline __attribute__((always_inline))
#define GPK_UNROLL _Pragma("clang loop unroll(full)")

#define GPK_JOIN_EXPANDED(a, b) a##__##b
#define GPK_JOIN(a, b) GPK_JOIN_EXPANDED(a, b)
/// `name__set` for the instruction set whose vector is included.
#define GPK_NAME(name) GPK_JOIN(name, GPK_SET)

#endif
