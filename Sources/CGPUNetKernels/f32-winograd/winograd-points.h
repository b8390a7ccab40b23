/// Where Winograd's F(4×4, 3×3) evaluates its polynomials: 0, ±a, ±b and infinity.
///
/// a² = 1/2 and b² = 2 lose less to rounding than the customary 1 and 2, whose transforms have
/// elements up to 8 and down to 1/24.
#define GPK_POINT_A 0.70710678118654752440
#define GPK_POINT_B 1.41421356237309504880
#define GPK_POINT_A2 0.5
#define GPK_POINT_B2 2.0
