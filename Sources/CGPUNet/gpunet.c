// Nothing but the header's own check that it stands alone: the functions are written in Swift, in
// GPUNetC, where the compiler holds them against these declarations.
#include "gpunet.h"
