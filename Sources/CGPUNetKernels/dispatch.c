#include "include/CGPUNetKernels.h"

static bool always(void) { return true; }

#if defined(__x86_64__)
// The names are those of the compiler, which wants them as literals.
#define GPK_FEATURES(X) \
  X(avx) X(avx2) X(fma) X(f16c) X(avx512f) X(avx512vl) X(avx512bw) X(avx512dq) X(avx512vnni) \
  X(avx512bf16)
#define GPK_HAS(feature)                       \
  static bool has_##feature(void) {            \
    __builtin_cpu_init();                      \
    return __builtin_cpu_supports(#feature);   \
  }
GPK_FEATURES(GPK_HAS)

static bool has_avx512f_kernels(void) { return has_avx512f() && has_fma(); }
static bool has_avx2_kernels(void) { return has_avx2() && has_fma(); }
#elif defined(__aarch64__)
// Every processor of this architecture that runs Swift has it.
#define GPK_FEATURES(X) X(neon)
static bool has_neon(void) { return true; }
#else
#define GPK_FEATURES(X)
#endif

static const struct {
  const char *name;
  bool (*is_present)(void);
} features[] = {
#define GPK_FEATURE(feature) {#feature, has_##feature},
    GPK_FEATURES(GPK_FEATURE)
    {NULL, NULL},
};

const char *gpk_cpu_feature_at(size_t index) { return features[index].name; }

bool gpk_cpu_has_feature_at(size_t index) { return features[index].is_present(); }

#define GPK_ASSIGN(operator, set) .operator = gpk_f32_##operator##__##set,
#define GPK_KERNELS(set, title, features, supported, pixels, blocks, lanes)            \
  {                                                                                    \
    .name = title, .needs = features, .is_supported = supported, .tile_pixels = pixels, \
    .tile_blocks = blocks, .peak_operations = 12 * 2 * (lanes),     \
    GPK_ASSIGN(conv, set) GPK_ASSIGN(depthwise, set)                \
    GPK_ASSIGN(winograd_input, set) GPK_ASSIGN(winograd_output, set) \
    GPK_ASSIGN(mean, set) GPK_ASSIGN(scale, set)                    \
    .peak = gpk_f32_peak__##set,                                    \
  },

static const struct gpk_kernels kernels[] = {
#if defined(__x86_64__)
    GPK_KERNELS(avx512f, "avx512", "avx512f fma", has_avx512f_kernels, 14, 2, 16)
    GPK_KERNELS(avx2, "avx2", "avx2 fma", has_avx2_kernels, 6, 1, 8)
#elif defined(__aarch64__)
    GPK_KERNELS(neon, "neon", "neon", has_neon, 6, 1, 4)
#endif
    GPK_KERNELS(scalar, "scalar", "", always, 1, 1, 1)
};

size_t gpk_kernels_count(void) { return sizeof kernels / sizeof kernels[0]; }

const struct gpk_kernels *gpk_kernels_at(size_t index) { return &kernels[index]; }
