// SPDX-License-Identifier: LGPL-2.1-or-later
#include "nmf/kernels.h"

#include <type_traits>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "nmf/kernels.cpp"
#include "hwy/cache_control.h"
#include "hwy/foreach_target.h"
#include "kernels/simd-inl.h"

HWY_BEFORE_NAMESPACE();
namespace lowrank::nmf::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

using kernels::HWY_NAMESPACE::Floats;
using kernels::HWY_NAMESPACE::load_floats;
using kernels::HWY_NAMESPACE::OneFloat;
using Vector = hn::Vec<Floats>;

// Components that are summed at a time, times the vectors or columns that each is summed for: as
// many sums as there are registers for.
constexpr int most_components = 6;
constexpr int side = HWY_TARGET <= HWY_AVX3 && HWY_MAX_BYTES >= 64 ? 4 : 2;

// Calls body(std::integral_constant<int, R>, first) for runs of R <= most_components components.
template <class Body>
HWY_INLINE void for_each_run(Index rank, const Body& body) {
  const Index runs = (rank + most_components - 1) / most_components;
  for (Index i = 0; i < runs; i++) {
    const Index first = i * rank / runs;
    switch ((i + 1) * rank / runs - first) {
      case 1:
        body(std::integral_constant<int, 1>(), first);
        break;
      case 2:
        body(std::integral_constant<int, 2>(), first);
        break;
      case 3:
        body(std::integral_constant<int, 3>(), first);
        break;
      case 4:
        body(std::integral_constant<int, 4>(), first);
        break;
      case 5:
        body(std::integral_constant<int, 5>(), first);
        break;
      default:
        body(std::integral_constant<int, 6>(), first);
        break;
    }
  }
}

// Some columns of A, for whose product with R columns of Y there are sums: to begin, or to add to.
template <typename T>
struct Panel {
  MatrixView<const T> a;
  const float* y_rows;
  Index rank;
  float* sums;
  bool begins;
  Index ahead;  // from an element to what is to be fetched ahead, or 0
};

// For V vectors of rows.
template <int R, int V, class D, typename T>
HWY_INLINE void multiply_rows(D d, const Panel<T>& panel, Index row) {
  const auto lanes = static_cast<Index>(hn::Lanes(d));
  const Index rows = panel.a.rows;
  hn::Vec<D> sums[R * V];
  for (int k = 0; k < R; k++)
    for (int v = 0; v < V; v++)
      sums[k * V + v] =
          panel.begins ? hn::Zero(d) : hn::LoadU(d, panel.sums + row + v * lanes + k * rows);
  const T* column = panel.a.data + row;
  const float* y_row = panel.y_rows;
  for (Index j = 0; j < panel.a.cols; j++, column += panel.a.stride, y_row += panel.rank) {
    if (panel.ahead > 0)
      hwy::Prefetch(column + panel.ahead);
    hn::Vec<D> x[V];
    for (int v = 0; v < V; v++)
      x[v] = load_floats(d, column + v * lanes);
    for (int k = 0; k < R; k++) {
      const auto y = hn::Set(d, y_row[k]);
      for (int v = 0; v < V; v++)
        sums[k * V + v] = hn::MulAdd(x[v], y, sums[k * V + v]);
    }
  }
  for (int k = 0; k < R; k++)
    for (int v = 0; v < V; v++)
      hn::StoreU(sums[k * V + v], d, panel.sums + row + v * lanes + k * rows);
}

// A panel of columns at a time, for all rows: more columns would be more streams than a processor
// fetches ahead.
template <typename T>
HWY_INLINE void multiply_any(MatrixView<const T> a, const float* y_rows, Index rank, float* out) {
  constexpr Index panel_width = 16;
  const Floats d;
  const auto lanes = static_cast<Index>(hn::Lanes(d));
  for (Index from = 0; from < a.cols; from += panel_width) {
    const Index next = from + panel_width;
    const bool more = next + panel_width <= a.cols;
    for_each_run(rank, [&](auto run, Index first) HWY_ATTR {
      constexpr int R = decltype(run)::value;
      const Panel<T> panel{a.columns(from, HWY_MIN(panel_width, a.cols - from)),
                           y_rows + from * rank + first,
                           rank,
                           out + first * a.rows,
                           from == 0,
                           more && first == 0 ? panel_width * a.stride : 0};
      Index i = 0;
      for (; i + side * lanes <= a.rows; i += side * lanes)
        multiply_rows<R, side>(d, panel, i);
      for (; i + lanes <= a.rows; i += lanes)
        multiply_rows<R, 1>(d, panel, i);
      for (; i < a.rows; i++)
        multiply_rows<R, 1>(OneFloat(), panel, i);
    });
  }
}

// C columns of A times R columns of X.
template <int R, int C, typename T>
HWY_INLINE void multiply_columns(MatrixView<const T> a, Index first, FloatView x, float* out) {
  const Floats d;
  const auto lanes = static_cast<Index>(hn::Lanes(d));
  Vector sums[R * C];
  for (int s = 0; s < R * C; s++)
    sums[s] = hn::Zero(d);
  const T* columns = a.column(first);
  Index i = 0;
  for (; i + lanes <= a.rows; i += lanes) {
    Vector values[C];
    for (int c = 0; c < C; c++)
      values[c] = load_floats(d, columns + c * a.stride + i);
    for (int k = 0; k < R; k++) {
      const auto factor = hn::LoadU(d, x.data + k * x.stride + i);
      for (int c = 0; c < C; c++)
        sums[k * C + c] = hn::MulAdd(values[c], factor, sums[k * C + c]);
    }
  }
  for (int k = 0; k < R; k++)
    for (int c = 0; c < C; c++) {
      float sum = hn::GetLane(hn::SumOfLanes(d, sums[k * C + c]));
      for (Index rest = i; rest < a.rows; rest++)
        sum += static_cast<float>(columns[c * a.stride + rest]) * x.data[k * x.stride + rest];
      out[first + c + k * a.cols] = sum;
    }
}

template <typename T>
HWY_INLINE void multiply_transposed_any(MatrixView<const T> a, FloatView x, float* out) {
  for_each_run(x.cols, [&](auto run, Index first) HWY_ATTR {
    constexpr int R = decltype(run)::value;
    const FloatView part = x.columns(first, R);
    Index j = 0;
    for (; j + side <= a.cols; j += side)
      multiply_columns<R, side>(a, j, part, out + first * a.cols);
    for (; j < a.cols; j++)
      multiply_columns<R, 1>(a, j, part, out + first * a.cols);
  });
}

// Residuals of C columns from column `first` on, for the lanes of D from row i on.
template <int C, class D, typename T>
HWY_INLINE void add_residual(D d, MatrixView<const T> a, Index first, Index i, FloatView x,
                             const float* y_rows, hn::Vec<D> scale, hn::Vec<D>& data,
                             hn::Vec<D>& residual) {
  hn::Vec<D> rest[C];
  for (int c = 0; c < C; c++) {
    rest[c] = load_floats(d, a.column(first + c) + i);
    const auto scaled = hn::Mul(rest[c], scale);
    data = hn::MulAdd(scaled, scaled, data);
  }
  for (Index k = 0; k < x.cols; k++) {
    const auto factor = hn::LoadU(d, x.column(k) + i);
    for (int c = 0; c < C; c++)
      rest[c] = hn::NegMulAdd(factor, hn::Set(d, y_rows[c * x.cols + k]), rest[c]);
  }
  for (int c = 0; c < C; c++) {
    const auto scaled = hn::Mul(rest[c], scale);
    residual = hn::MulAdd(scaled, scaled, residual);
  }
}

template <int C, typename T>
HWY_INLINE void residual_columns(MatrixView<const T> a, Index first, FloatView x,
                                 const float* y_rows, float scale, ResidualSums& total) {
  const Floats d;
  const OneFloat single;
  const auto lanes = static_cast<Index>(hn::Lanes(d));
  auto data = hn::Zero(d);
  auto residual = hn::Zero(d);
  auto last_data = hn::Zero(single);
  auto last_residual = hn::Zero(single);
  Index i = 0;
  for (; i + lanes <= a.rows; i += lanes)
    add_residual<C>(d, a, first, i, x, y_rows, hn::Set(d, scale), data, residual);
  for (; i < a.rows; i++)
    add_residual<C>(single, a, first, i, x, y_rows, hn::Set(single, scale), last_data,
                    last_residual);
  total.data += static_cast<double>(hn::GetLane(hn::SumOfLanes(d, data)));
  total.data += static_cast<double>(hn::GetLane(last_data));
  total.residual += static_cast<double>(hn::GetLane(hn::SumOfLanes(d, residual)));
  total.residual += static_cast<double>(hn::GetLane(last_residual));
}

template <typename T>
HWY_INLINE ResidualSums residual_any(MatrixView<const T> a, FloatView x, const float* y_rows,
                                     float scale) {
  ResidualSums total;
  Index j = 0;
  for (; j + 4 <= a.cols; j += 4)
    residual_columns<4>(a, j, x, y_rows + j * x.cols, scale, total);
  for (; j < a.cols; j++)
    residual_columns<1>(a, j, x, y_rows + j * x.cols, scale, total);
  return total;
}

// −gradient of component k for V vectors of rows from row i on.
template <int V, class D>
HWY_INLINE void negative_gradient(D d, const Quadratic& q, const float* p, FloatView x, Index k,
                                  Index i, hn::Vec<D> (&out)[V]) {
  const Index lanes = static_cast<Index>(hn::Lanes(d));
  const auto linear = hn::Set(d, q.linear[k]);
  for (int v = 0; v < V; v++)
    out[v] = hn::Sub(hn::LoadU(d, p + k * x.rows + i + v * lanes), linear);
  for (Index l = 0; l < x.cols; l++) {
    const auto g = hn::Set(d, q.gram[l + k * x.cols]);
    for (int v = 0; v < V; v++)
      out[v] = hn::NegMulAdd(hn::LoadU(d, x.column(l) + i + v * lanes), g, out[v]);
  }
}

// One round on V vectors of rows; returns what it gained, in every lane its part.
template <int V, class D>
HWY_INLINE hn::Vec<D> descend_once(D d, const Quadratic& q, const float* p, MutableFloatView x,
                                   Index i) {
  const Index lanes = static_cast<Index>(hn::Lanes(d));
  auto gain = hn::Zero(d);
  for (Index k = 0; k < x.cols; k++) {
    hn::Vec<D> slope[V];
    negative_gradient<V>(d, q, p, x, k, i, slope);
    const auto inverse = hn::Set(d, q.inverse[k]);
    const auto curvature = hn::Set(d, q.gram[k + k * x.cols]);
    for (int v = 0; v < V; v++) {
      float* at = x.column(k) + i + v * lanes;
      const auto before = hn::LoadU(d, at);
      const auto after = hn::Max(hn::MulAdd(slope[v], inverse, before), hn::Zero(d));
      const auto step = hn::Sub(after, before);
      gain = hn::MulAdd(hn::Mul(step, step), curvature, gain);
      hn::StoreU(after, d, at);
    }
  }
  return gain;
}

template <int V, class D>
HWY_INLINE void descend_rows(D d, const Quadratic& q, const float* p, MutableFloatView x, Index i,
                             Patience patience) {
  const float first = hn::GetLane(hn::SumOfLanes(d, descend_once<V>(d, q, p, x, i)));
  for (int round = 1; round < patience.rounds; round++)
    if (!(hn::GetLane(hn::SumOfLanes(d, descend_once<V>(d, q, p, x, i))) > patience.share * first))
      break;
}

HWY_ATTR void descend_floats(const Quadratic& q, const float* p, MutableFloatView x,
                             Patience patience) {
  const Floats d;
  const auto lanes = static_cast<Index>(hn::Lanes(d));
  Index i = 0;
  for (; i + 4 * lanes <= x.rows; i += 4 * lanes)
    descend_rows<4>(d, q, p, x, i, patience);
  for (; i + lanes <= x.rows; i += lanes)
    descend_rows<1>(d, q, p, x, i, patience);
  for (; i < x.rows; i++)
    descend_rows<1>(OneFloat(), q, p, x, i, patience);
}

// The squares of the projected gradient and of P.
template <class D>
HWY_INLINE void slope_lanes(D d, const Quadratic& q, const float* p, FloatView x, Index k, Index i,
                            hn::Vec<D>& gradient, hn::Vec<D>& scale) {
  hn::Vec<D> slope[1];
  negative_gradient<1>(d, q, p, x, k, i, slope);
  const auto zero = hn::Zero(d);
  const auto inside = hn::Gt(hn::LoadU(d, x.column(k) + i), zero);
  const auto projected = hn::IfThenElse(inside, slope[0], hn::Max(slope[0], zero));
  const auto data = hn::LoadU(d, p + k * x.rows + i);
  gradient = hn::MulAdd(projected, projected, gradient);
  scale = hn::MulAdd(data, data, scale);
}

HWY_ATTR void slopes_floats(const Quadratic& q, const float* p, FloatView x, float* gradient,
                            float* scale) {
  const Floats d;
  const OneFloat single;
  const auto lanes = static_cast<Index>(hn::Lanes(d));
  for (Index k = 0; k < x.cols; k++) {
    auto squares = hn::Zero(d);
    auto data = hn::Zero(d);
    auto last_squares = hn::Zero(single);
    auto last_data = hn::Zero(single);
    Index i = 0;
    for (; i + lanes <= x.rows; i += lanes)
      slope_lanes(d, q, p, x, k, i, squares, data);
    for (; i < x.rows; i++)
      slope_lanes(single, q, p, x, k, i, last_squares, last_data);
    gradient[k] = hn::GetLane(hn::SumOfLanes(d, squares)) + hn::GetLane(last_squares);
    scale[k] = hn::GetLane(hn::SumOfLanes(d, data)) + hn::GetLane(last_data);
  }
}

HWY_ATTR void multiply_floats(FloatView a, const float* y_rows, Index rank, float* out) {
  multiply_any(a, y_rows, rank, out);
}
HWY_ATTR void multiply_bytes(ByteView a, const float* y_rows, Index rank, float* out) {
  multiply_any(a, y_rows, rank, out);
}
HWY_ATTR void multiply_transposed_floats(FloatView a, FloatView x, float* out) {
  multiply_transposed_any(a, x, out);
}
HWY_ATTR void multiply_transposed_bytes(ByteView a, FloatView x, float* out) {
  multiply_transposed_any(a, x, out);
}
HWY_ATTR ResidualSums residual_floats(FloatView a, FloatView x, const float* y_rows, float scale) {
  return residual_any(a, x, y_rows, scale);
}
HWY_ATTR ResidualSums residual_bytes(ByteView a, FloatView x, const float* y_rows, float scale) {
  return residual_any(a, x, y_rows, scale);
}

}  // namespace lowrank::nmf::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace lowrank::nmf {

HWY_EXPORT(multiply_floats);
HWY_EXPORT(multiply_bytes);
HWY_EXPORT(multiply_transposed_floats);
HWY_EXPORT(multiply_transposed_bytes);
HWY_EXPORT(residual_floats);
HWY_EXPORT(residual_bytes);
HWY_EXPORT(descend_floats);
HWY_EXPORT(slopes_floats);

void multiply(FloatView a, const float* y_rows, Index rank, float* out) {
  HWY_DYNAMIC_DISPATCH(multiply_floats)(a, y_rows, rank, out);
}
void multiply(ByteView a, const float* y_rows, Index rank, float* out) {
  HWY_DYNAMIC_DISPATCH(multiply_bytes)(a, y_rows, rank, out);
}

void multiply_transposed(FloatView a, FloatView x, float* out) {
  HWY_DYNAMIC_DISPATCH(multiply_transposed_floats)(a, x, out);
}
void multiply_transposed(ByteView a, FloatView x, float* out) {
  HWY_DYNAMIC_DISPATCH(multiply_transposed_bytes)(a, x, out);
}

void gram(FloatView x, float* out) {
  multiply_transposed(x, x, out);
}

ResidualSums residual(FloatView a, FloatView x, const float* y_rows, float scale) {
  return HWY_DYNAMIC_DISPATCH(residual_floats)(a, x, y_rows, scale);
}
ResidualSums residual(ByteView a, FloatView x, const float* y_rows, float scale) {
  return HWY_DYNAMIC_DISPATCH(residual_bytes)(a, x, y_rows, scale);
}

void descend(const Quadratic& q, const float* p, MutableFloatView x, Patience patience) {
  HWY_DYNAMIC_DISPATCH(descend_floats)(q, p, x, patience);
}

void slopes(const Quadratic& q, const float* p, FloatView x, float* gradient, float* scale) {
  HWY_DYNAMIC_DISPATCH(slopes_floats)(q, p, x, gradient, scale);
}

}  // namespace lowrank::nmf
#endif
