/// Arithmetic alone in terms of the vector that is included.

enum { peak_sums = 12 };

double GPK_NAME(gpk_f32_peak)(size_t rounds) {
  // Enough sums to hide the latency of a fused multiply-add, few enough for 16 registers.
  vector sums[peak_sums];
  GPK_UNROLL for (int i = 0; i < peak_sums; i++) { sums[i] = v_set((float)i); }
  const vector factor = v_set(0.999f);
  for (size_t round = 0; round < rounds; round++) {
    GPK_UNROLL for (int i = 0; i < peak_sums; i++) {
      sums[i] = v_fma(sums[i], factor, factor);
      // Keeps the sums in registers and the loop in the program.
#if defined(__x86_64__)
      __asm__ volatile("" : "+v"(sums[i]));
#else
      __asm__ volatile("" : "+w"(sums[i]));
#endif
    }
  }
  float results[lanes];
  double total = 0;
  for (int i = 0; i < peak_sums; i++) {
    v_store(results, sums[i]);
    total += results[0];
  }
  return total;
}
