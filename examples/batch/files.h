// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <filesystem>
#include <string>

namespace batch {

/// A file descriptor that is closed when it goes.
class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor();
  int get() const { return number_; }

 private:
  int number_;
};

/// Throws std::system_error of errno that names what was done with which file.
[[noreturn]] void fail_with(const std::string& what, const std::filesystem::path& path);

/// Waits until the file is on its disk.
void sync_file(const std::filesystem::path& path);

/// Gives a file that is complete another name, in place of what has that name, for good: after a
/// crash there is the one or the other, whole.
void move_file(const std::filesystem::path& from, const std::filesystem::path& to);

/// Writes text to a file so.
void write_text(const std::filesystem::path& path, const std::string& text);

/// The text of a file; empty when there is none.
std::string read_text(const std::filesystem::path& path);

/// Waits some seconds for what another machine has just written, which may take a while to be seen
/// here: a file, or one with that text.
void wait_for_file(const std::filesystem::path& path);
void wait_for_text(const std::filesystem::path& path, const std::string& text);

}  // namespace batch
