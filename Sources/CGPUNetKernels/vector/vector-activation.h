/// Activations, in terms of the vector that is included.

/// exp(−x) by range reduction and a Taylor polynomial of degree 7, whose relative error on
/// [−ln 2/2, ln 2/2] is below 6e-9. Overflows to infinity and underflows to 0; NaN stays.
GPK_INLINE vector v_exp_negated(vector x) {
  // Beyond ±104, 2ⁿ is out of range even for two steps.
  const vector y = v_max(v_set(-104.0f), v_min(v_set(104.0f), v_sub(v_zero(), x)));
  const vector n = v_round(v_mul(y, v_set(1.44269504088896341f)));
  // ln 2 in two parts, the first with few bits, so that n times it is exact.
  vector r = v_fnma(n, v_set(0.693359375f), y);
  r = v_fnma(n, v_set(-2.12194440e-4f), r);
  vector p = v_set(1.0f / 5040);
  p = v_fma(p, r, v_set(1.0f / 720));
  p = v_fma(p, r, v_set(1.0f / 120));
  p = v_fma(p, r, v_set(1.0f / 24));
  p = v_fma(p, r, v_set(1.0f / 6));
  p = v_fma(p, r, v_set(0.5f));
  p = v_fma(p, r, v_set(1.0f));
  p = v_fma(p, r, v_set(1.0f));
  return v_scale(p, n);
}

GPK_INLINE vector v_activate(vector x, enum gpk_activation activation) {
  switch (activation) {
    case gpk_activation_none:
      return x;
    case gpk_activation_relu:
      return v_max(v_zero(), x);
    case gpk_activation_swish:
      return v_div(x, v_add(v_set(1), v_exp_negated(x)));
    case gpk_activation_sigmoid:
      return v_div(v_set(1), v_add(v_set(1), v_exp_negated(x)));
    case gpk_activation_relu6:
      // The second operand of both is what is kept where one is a NaN.
      return v_min(v_set(6), v_max(v_zero(), x));
  }
}
