// SPDX-License-Identifier: LGPL-2.1-or-later
#include "checkpoint.h"

#include <fcntl.h>
#include <sys/file.h>

#include <cerrno>
#include <cstdio>
#include <sstream>
#include <stdexcept>
#include <system_error>

namespace batch {
namespace {

constexpr const char* first_line = "lowrank-batch job 1";

}  // namespace

Checkpoint::Checkpoint(const std::filesystem::path& output) : folder_(output / ".lowrank-batch") {}

void Checkpoint::lock() {
  std::error_code error;
  std::filesystem::create_directories(folder_, error);
  if (error)
    throw std::system_error(error, "cannot make the folder " + folder_.string());
  const std::filesystem::path path = folder_ / "lock";
  lock_ = std::make_unique<Descriptor>(open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666));
  if (lock_->get() < 0)
    fail_with("cannot write", path);
  // Not every file system can.
  if (flock(lock_->get(), LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK)
    throw std::runtime_error("another lowrank-batch is at work in " +
                             folder_.parent_path().string());
}

void Checkpoint::clear() {
  for (const auto& entry : std::filesystem::directory_iterator(folder_))
    if (entry.path().filename() != "lock")
      std::filesystem::remove_all(entry.path());
}

void Checkpoint::remove() {
  std::filesystem::remove_all(folder_);
  lock_.reset();
}

Settings Checkpoint::job() const {
  std::istringstream text(read_text(folder_ / "job"));
  Settings settings;
  std::string line;
  if (!std::getline(text, line))
    return settings;
  if (line != first_line)
    throw std::runtime_error(folder_.string() +
                             " is of another version of lowrank-batch; --fresh begins anew");
  while (std::getline(text, line))
    if (const auto equals = line.find('='); equals != std::string::npos)
      settings.emplace_back(line.substr(0, equals), line.substr(equals + 1));
  return settings;
}

void Checkpoint::set_job(const Settings& settings) {
  std::string text = first_line;
  text += '\n';
  for (const auto& [name, value] : settings)
    text += name + '=' + value + '\n';
  write_text(folder_ / "job", text);
}

std::filesystem::path Checkpoint::path(Index window, int part) const {
  char name[64];
  std::snprintf(name, sizeof name, "window-%04td.part-%04d", window, part);
  return folder_ / name;
}

void Checkpoint::write(Index window, const FactorsHeader& header,
                       const lowrank::WindowFactors& factors) {
  write_factors(path(window, header.part), header, factors);
}

int Checkpoint::parts(Index window, Index first, Index frames) const {
  const auto start = read_header(path(window, 0));
  if (!start || start->first != first || start->frames != frames || start->part != 0)
    return 0;
  for (int part = 1; part < start->parts; part++) {
    const auto header = read_header(path(window, part));
    if (!header || header->run != start->run || header->part != part)
      return 0;
  }
  return start->parts;
}

void Checkpoint::forget(Index window) {
  const std::string name = path(window, 0).stem().string() + '.';
  for (const auto& entry : std::filesystem::directory_iterator(folder_))
    if (entry.path().filename().string().starts_with(name))
      std::filesystem::remove(entry.path());
}

lowrank::WindowFactors Checkpoint::read(Index window, int parts,
                                        const lowrank::ImageFormat& format) const {
  lowrank::WindowFactors whole;
  FactorsHeader first;
  for (int part = 0; part < parts; part++) {
    const std::filesystem::path file = path(window, part);
    wait_for_file(file);
    if (!std::filesystem::exists(file))
      throw std::runtime_error("part " + std::to_string(part) + " of window " +
                               std::to_string(window) + " is missing: " + file.string() +
                               "; the output folder has to be one that all machines share");
    FactorsHeader header;
    lowrank::WindowFactors factors = read_factors(file, header);
    if (part == 0) {
      first = header;
      whole.u = lowrank::Matrix::uninitialized(format.samples(), header.rank);
      whole.noise.resize(static_cast<std::size_t>(format.samples()));
      whole.v = std::move(factors.v);
      whole.iterations = header.iterations;
    }
    if (header.run != first.run || header.part != part || header.rank != first.rank ||
        header.frames != first.frames || header.band.first < 0 || header.band.stripe < 1 ||
        header.band.first + header.band.lines > format.height ||
        rows_of(format, header.band) != header.rows)
      throw std::runtime_error(file.string() + " does not belong to this job");
    for (Index j = 0; j < header.rank; j++)
      place_column(factors.u.view().column(j), format, header.band, whole.u.view().column(j));
    place_column(factors.noise.data(), format, header.band, whole.noise.data());
  }
  return whole;
}

std::string difference(const Settings& begun, const Settings& wanted) {
  for (const auto& [name, value] : wanted)
    if (const std::string before = value_of(begun, name); before != value)
      return name + " was " + before + ", not " + value;
  return {};
}

std::string value_of(const Settings& settings, const std::string& name) {
  for (const auto& [key, value] : settings)
    if (key == name)
      return value;
  return {};
}

}  // namespace batch
