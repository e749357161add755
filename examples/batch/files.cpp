// SPDX-License-Identifier: LGPL-2.1-or-later
#include "files.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <fstream>
#include <iterator>
#include <system_error>
#include <thread>

namespace batch {
namespace {

void wait_until(const auto& condition) {
  for (int i = 0; i < 50 && !condition(); i++)
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
}

}  // namespace

Descriptor::~Descriptor() {
  if (number_ >= 0)
    close(number_);
}

void fail_with(const std::string& what, const std::filesystem::path& path) {
  throw std::system_error(errno, std::generic_category(), what + ' ' + path.string());
}

void sync_file(const std::filesystem::path& path) {
  const Descriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.get() < 0)
    fail_with("cannot open", path);
  if (fsync(file.get()) != 0)
    fail_with("cannot write", path);
}

void move_file(const std::filesystem::path& from, const std::filesystem::path& to) {
  sync_file(from);
  std::filesystem::rename(from, to);
  sync_file(to.parent_path());
}

void write_text(const std::filesystem::path& path, const std::string& text) {
  const std::filesystem::path temporary = path.string() + ".new";
  {
    std::ofstream file(temporary, std::ios::binary);
    file << text << std::flush;
    if (!file)
      fail_with("cannot write", temporary);
  }
  move_file(temporary, path);
}

std::string read_text(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

void wait_for_file(const std::filesystem::path& path) {
  wait_until([&] { return std::filesystem::exists(path); });
}

void wait_for_text(const std::filesystem::path& path, const std::string& text) {
  wait_until([&] { return read_text(path) == text; });
}

}  // namespace batch
