// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>
#include <vector>

namespace gallery {

/// Writes singular values, largest first, as an SVG with a logarithmic axis: `values` over their
/// number, from 1, with the values at `marks` pointed out. Throws std::runtime_error.
void plot_spectrum(const std::vector<float>& values, const std::vector<int>& marks,
                   const std::string& title, const std::string& path);

}  // namespace gallery
