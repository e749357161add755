// SPDX-License-Identifier: LGPL-2.1-or-later
#include "json_line.h"

#include <cmath>
#include <cstdio>

namespace {

std::string quoted(const std::string& text) {
  g_autofree char* valid = g_utf8_make_valid(text.c_str(), -1);
  std::string result = "\"";
  for (const char* c = valid; *c; c++) {
    char escape[8];
    if (*c == '"' || *c == '\\') {
      result += '\\';
      result += *c;
    } else if (static_cast<unsigned char>(*c) < 0x20) {
      g_snprintf(escape, sizeof escape, "\\u%04x", static_cast<unsigned>(*c));
      result += escape;
    } else {
      result += *c;
    }
  }
  return result + '"';
}

}  // namespace

JsonLine::JsonLine(const std::string& camera, const char* event) {
  g_autoptr(GDateTime) now = g_date_time_new_now_utc();
  g_autofree char* seconds = g_date_time_format(now, "%Y-%m-%dT%H:%M:%S");
  char time[64];
  g_snprintf(time, sizeof time, "%s.%03dZ", seconds, g_date_time_get_microsecond(now) / 1000);
  add("camera", camera).add("time", time).add("event", event);
}

JsonLine& JsonLine::add(const char* key, const std::string& text) {
  return add_json(key, quoted(text));
}

JsonLine& JsonLine::add(const char* key, const char* text) {
  return add_json(key, quoted(text));
}

JsonLine& JsonLine::add(const char* key, double number) {
  // As %g, but never with the comma of a locale.
  char text[G_ASCII_DTOSTR_BUF_SIZE] = "null";
  if (std::isfinite(number))
    g_ascii_formatd(text, sizeof text, "%.6g", number);
  return add_json(key, text);
}

JsonLine& JsonLine::add(const char* key, guint64 number) {
  return add_json(key, std::to_string(number));
}

JsonLine& JsonLine::add(const char* key, bool flag) {
  return add_json(key, flag ? "true" : "false");
}

JsonLine& JsonLine::add_json(const char* key, const std::string& json) {
  if (text_.size() > 1)
    text_ += ',';
  text_ += quoted(key) + ':' + json;
  return *this;
}

bool JsonLine::print() {
  text_ += "}\n";
  return std::fputs(text_.c_str(), stdout) >= 0 && std::fflush(stdout) == 0;
}
