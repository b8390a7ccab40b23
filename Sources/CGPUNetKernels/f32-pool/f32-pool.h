/// Means and factors of whole channels in terms of the vector that is included.

void GPK_NAME(gpk_f32_mean)(const struct gpk_f32_mean *arguments) {
  const struct gpk_f32_mean a = *arguments;
  for (size_t lane = 0; lane < GPK_BLOCK; lane += lanes) {
    // Eight sums hide the latency of an addition and keep rounding low.
    vector sums[8];
    GPK_UNROLL for (size_t part = 0; part < 8; part++) { sums[part] = v_zero(); }
    size_t pixel = 0;
    for (; pixel + 8 <= a.count; pixel += 8) {
      GPK_UNROLL for (size_t part = 0; part < 8; part++) {
        sums[part] = v_add(sums[part], v_load(a.input + (pixel + part) * GPK_BLOCK + lane));
      }
    }
    for (; pixel < a.count; pixel++) {
      sums[0] = v_add(sums[0], v_load(a.input + pixel * GPK_BLOCK + lane));
    }
    GPK_UNROLL for (size_t part = 0; part < 4; part++) {
      sums[part] = v_add(sums[part], sums[part + 4]);
    }
    const vector sum = v_add(v_add(sums[0], sums[2]), v_add(sums[1], sums[3]));
    v_store(a.output + lane, v_mul(sum, v_set(a.scale)));
  }
}

void GPK_NAME(gpk_f32_scale)(const struct gpk_f32_scale *arguments) {
  const struct gpk_f32_scale a = *arguments;
  for (size_t lane = 0; lane < GPK_BLOCK; lane += lanes) {
    const vector factor = v_load(a.factors + lane);
    for (size_t pixel = 0; pixel < a.count; pixel++) {
      const size_t place = pixel * GPK_BLOCK + lane;
      v_store(a.output + place, v_mul(v_load(a.input + place), factor));
    }
  }
}
