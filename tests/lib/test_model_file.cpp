// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Files of models: whole, whatever happens to whoever writes them.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <system_error>
#include <thread>

#include "lowrank/background.h"
#include "lowrank/model_file.h"
#include "synthetic_video.h"

namespace lowrank::test {
namespace {

namespace fs = std::filesystem;

class ModelFile : public ::testing::Test {
 protected:
  ModelFile() {
    std::string pattern = (fs::temp_directory_path() / "lowrank-model-XXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
  }
  ~ModelFile() override { fs::remove_all(folder_); }

  std::string path(const char* name = "street.model") const { return (folder_ / name).string(); }
  int files() const {
    int count = 0;
    for ([[maybe_unused]] const auto& entry : fs::directory_iterator(folder_))
      count++;
    return count;
  }

  fs::path folder_;
};

constexpr std::uint64_t no_limit = std::uint64_t{1} << 40;

template <typename Call>
std::string reason_of(const Call& call, std::errc expected) {
  try {
    call();
  } catch (const std::system_error& error) {
    EXPECT_EQ(error.code(), expected) << error.what();
    return error.what();
  }
  return "nothing was thrown";
}

TEST_F(ModelFile, HoldsWhatWasWritten) {
  std::vector<std::uint8_t> bytes;
  for (int size : {0, 1, 100000}) {
    for (int i = static_cast<int>(bytes.size()); i < size; i++)
      bytes.push_back(static_cast<std::uint8_t>(i * 7));
    write_model_file(path(), bytes);
    EXPECT_EQ(read_model_file(path(), no_limit), bytes);
    EXPECT_EQ(files(), 1);
  }
  const mode_t mask = ::umask(0);
  ::umask(mask);
  struct stat status {};
  ASSERT_EQ(::stat(path().c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0666 & ~mask);
}

TEST_F(ModelFile, MayBeInTheFolderOfTheProcess) {
  const fs::path before = fs::current_path();
  fs::current_path(folder_);
  const std::uint8_t bytes[] = {1, 2, 3};
  write_model_file("here.model", bytes);
  fs::current_path(before);
  EXPECT_EQ(read_model_file(path("here.model"), 3).size(), 3u);
}

TEST_F(ModelFile, SaysWhyNot) {
  const std::uint8_t bytes[] = {1, 2, 3};
  const auto contains = [](const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
  };
  const std::string nowhere = path("none/street.model");
  EXPECT_TRUE(contains(
      reason_of([&] { write_model_file(nowhere, bytes); }, std::errc::no_such_file_or_directory),
      nowhere + "\": No such file"));
  EXPECT_TRUE(contains(
      reason_of([&] { read_model_file(path(), 10); }, std::errc::no_such_file_or_directory),
      path()));
  fs::create_directory(path("folder"));
  reason_of([&] { write_model_file(path("folder"), bytes); }, std::errc::is_a_directory);
  reason_of([&] { read_model_file(path("folder"), 10); }, std::errc::is_a_directory);
  write_model_file(path(), bytes);
  reason_of([&] { read_model_file(path(), 2); }, std::errc::file_too_large);
  ASSERT_EQ(::mkfifo(path("pipe").c_str(), 0600), 0);
  reason_of([&] { read_model_file(path("pipe"), 10); }, std::errc::invalid_argument);
}

// A disk that is full, as far as this process is concerned.
TEST_F(ModelFile, IsTheOldOneWhenTheDiskIsFull) {
  const std::vector<std::uint8_t> old(1000, 1);
  const std::vector<std::uint8_t> large(200000, 2);
  write_model_file(path(), old);
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  const rlimit small{50000, before.rlim_max};
  const auto handler = ::signal(SIGXFSZ, SIG_IGN);
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
  const std::string reason =
      reason_of([&] { write_model_file(path(), large); }, std::errc::file_too_large);
  ::setrlimit(RLIMIT_FSIZE, &before);
  ::signal(SIGXFSZ, handler);
  EXPECT_NE(reason.find(path()), std::string::npos) << reason;
  EXPECT_EQ(read_model_file(path(), no_limit), old);
  EXPECT_EQ(files(), 1);
}

std::vector<std::uint8_t> model_of(const ImageFormat& format, int level) {
  const std::vector<std::uint8_t> samples(static_cast<std::size_t>(format.samples()),
                                          static_cast<std::uint8_t>(level));
  BackgroundEngine engine;
  BackgroundOptions options;
  options.threads = 1;
  engine.configure(format, options);
  engine.push(view_of(format, samples));
  return engine.save_model();
}

// Two models by turns, for ever, without a word.
[[noreturn]] void save_for_ever(const std::string& path,
                                const std::vector<std::uint8_t> (&models)[2]) {
  for (unsigned i = 0;; i++)
    write_model_file(path, models[i % 2]);
}

TEST_F(ModelFile, IsWholeWheneverItsWriterIsKilled) {
  const ImageFormat format{ColorModel::ycbcr, 352, 288, 1, 1, 16};
  const std::vector<std::uint8_t> models[] = {model_of(format, 60), model_of(format, 180)};
  write_model_file(path(), models[0]);
  BackgroundEngine engine;
  engine.configure(format, {});
  int seen[2] = {};
  for (int k = 0; k < 80; k++) {
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0)
      save_for_ever(path(), models);
    std::this_thread::sleep_for(std::chrono::microseconds(static_cast<int>(20000 * hash(k, 1, 1))));
    ASSERT_EQ(::kill(child, SIGKILL), 0);
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status));
    const auto found = read_model_file(path(), no_limit);
    ASSERT_TRUE(found == models[0] || found == models[1]) << k;
    seen[found == models[1]]++;
    EXPECT_NO_THROW(engine.load_model(found));
  }
  EXPECT_GT(seen[0], 0);
  EXPECT_GT(seen[1], 0);
}

}  // namespace
}  // namespace lowrank::test
