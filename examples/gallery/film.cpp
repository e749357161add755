// SPDX-License-Identifier: LGPL-2.1-or-later
#include "film.h"

#include <glib.h>

#include <fstream>
#include <memory>
#include <stdexcept>

namespace gallery {

void write_film(const std::vector<Picture>& pictures, double seconds, const std::string& path) {
  std::ofstream out(path);
  if (!out)
    throw std::runtime_error("cannot write " + path);
  const int width = pictures.front().width, height = pictures.front().height;
  const double whole = seconds * static_cast<double>(pictures.size());
  out << "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 " << width << ' ' << height
      << "' width='" << width << "' height='" << height
      << "'>\n<style>image+image{visibility:hidden;"
      << "animation:" << whole
      << "s step-end infinite shown}@keyframes shown{0%{visibility:visible}"
      << 100.0 / static_cast<double>(pictures.size()) << "%{visibility:hidden}}</style>\n";
  for (std::size_t i = 0; i < pictures.size(); i++) {
    const std::vector<std::uint8_t> bytes = jpeg(pictures[i], 75);
    const std::unique_ptr<gchar, void (*)(gpointer)> text(
        g_base64_encode(bytes.data(), bytes.size()), g_free);
    out << "<image width='" << width << "' height='" << height
        << "' style='animation-delay:" << seconds * static_cast<double>(i) - whole
        << "s' href='data:image/jpeg;base64," << text.get() << "'/>\n";
  }
  out << "</svg>\n";
  if (!out.flush())
    throw std::runtime_error("cannot write " + path);
}

}  // namespace gallery
