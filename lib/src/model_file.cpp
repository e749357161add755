// SPDX-License-Identifier: LGPL-2.1-or-later
#include "lowrank/model_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <system_error>
#include <utility>

#include "random.h"

namespace lowrank {
namespace {

[[noreturn]] void fail(const char* action, const std::string& path, int reason) {
  throw std::system_error(reason, std::generic_category(),
                          std::string("cannot ") + action + " \"" + path + "\"");
}

class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (number_ >= 0)
      ::close(number_);
  }

  explicit operator bool() const { return number_ >= 0; }
  int number() const { return number_; }
  /// 0, or what went wrong with what was written.
  int close() { return ::close(std::exchange(number_, -1)) == 0 ? 0 : errno; }

 private:
  int number_;
};

struct Path {
  explicit Path(const std::string& path) {
    const std::size_t slash = path.rfind('/');
    folder = slash == std::string::npos ? "." : path.substr(0, slash + 1);
    name = slash == std::string::npos ? path : path.substr(slash + 1);
  }
  std::string folder, name;
};

std::string random_suffix() {
  static std::atomic<std::uint64_t> count{0};
  const auto now =
      static_cast<std::uint64_t>(std::chrono::steady_clock::now().time_since_epoch().count());
  Random random(now ^ static_cast<std::uint64_t>(::getpid()) << 40 ^ count++ << 20);
  constexpr char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789";
  std::string suffix;
  for (int i = 0; i < 8; i++)
    suffix += letters[random.below(sizeof letters - 1)];
  return suffix;
}

/// A file that is removed unless it has got its name.
class TemporaryFile {
 public:
  explicit TemporaryFile(const std::string& path) : path_(path), file_(create()) {
    if (!file_)
      fail("create a file beside", path_, errno);
  }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  ~TemporaryFile() {
    if (!name_.empty())
      ::unlink(name_.c_str());
  }

  void write(std::span<const std::uint8_t> bytes) {
    while (!bytes.empty()) {
      const ssize_t written = ::write(file_.number(), bytes.data(), bytes.size());
      if (written < 0 && errno == EINTR)
        continue;
      if (written < 0)
        fail("write", path_, errno);
      bytes = bytes.subspan(static_cast<std::size_t>(written));
    }
  }

  /// On to the disk, and under its name.
  void keep() {
    if (::fsync(file_.number()) != 0)
      fail("write", path_, errno);
    if (const int problem = file_.close(); problem != 0)
      fail("write", path_, problem);
    if (::rename(name_.c_str(), path_.c_str()) != 0)
      fail("replace", path_, errno);
    name_.clear();
  }

 private:
  int create() {
    const Path path(path_);
    int number = -1;
    for (int attempt = 0; attempt < 100 && number < 0; attempt++) {
      name_ = (path.folder == "." ? "" : path.folder) + "." + path.name + "." + random_suffix();
      number = ::open(name_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
      if (number < 0 && errno != EEXIST && errno != EINTR)
        break;
    }
    if (number < 0)
      name_.clear();
    return number;
  }

  const std::string& path_;
  std::string name_;
  Descriptor file_;
};

// The name is as lasting as the folder is. Some file systems have none that could be written.
void sync_folder(const std::string& path) {
  const Path parts(path);
  const Descriptor folder(::open(parts.folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (folder && ::fsync(folder.number()) != 0 && errno != EINVAL && errno != ENOTSUP)
    fail("write the folder of", path, errno);
}

}  // namespace

void write_model_file(const std::string& path, std::span<const std::uint8_t> model) {
  TemporaryFile file(path);
  file.write(model);
  file.keep();
  sync_folder(path);
}

std::vector<std::uint8_t> read_model_file(const std::string& path, std::uint64_t limit) {
  // Not to wait for somebody who writes, should it be a pipe.
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!file)
    fail("open", path, errno);
  struct stat status {};
  if (::fstat(file.number(), &status) != 0)
    fail("read", path, errno);
  if (!S_ISREG(status.st_mode))
    fail("read", path, S_ISDIR(status.st_mode) ? EISDIR : EINVAL);
  if (static_cast<std::uint64_t>(status.st_size) > limit)
    fail("read", path, EFBIG);
  std::vector<std::uint8_t> bytes(static_cast<std::size_t>(status.st_size));
  for (std::size_t done = 0; done < bytes.size();) {
    const ssize_t got = ::read(file.number(), bytes.data() + done, bytes.size() - done);
    if (got < 0 && errno != EINTR)
      fail("read", path, errno);
    if (got == 0)
      bytes.resize(done);
    done += static_cast<std::size_t>(std::max<ssize_t>(got, 0));
  }
  return bytes;
}

}  // namespace lowrank
