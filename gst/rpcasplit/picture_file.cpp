// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpcasplit/picture_file.h"

#include <fstream>
#include <stdexcept>

#include "common/guarded.h"
#include "common/size_limit.h"

namespace gst_lowrank {

namespace {

// More than any picture of that size takes.
constexpr std::streamoff max_file_bytes = std::streamoff{8} * max_size * max_size;

[[noreturn]] void refuse(const std::string& path, const std::string& why) {
  throw ElementError(GST_STREAM_ERROR, GST_STREAM_ERROR_DECODE,
                     "The file \"" + path + "\" cannot be read as a picture: " + why + ".");
}

std::vector<std::uint8_t> read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  // A folder can be opened, and not read.
  if (!file || file.peek() == std::ifstream::traits_type::eof())
    throw ElementError(GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_OPEN_READ,
                       "The file \"" + path + "\" cannot be opened, or it is empty.");
  file.seekg(0, std::ios::end);
  const std::streamoff size = file.tellg();
  if (size < 0 || size > max_file_bytes)
    refuse(path, "it is too large");
  file.seekg(0);
  std::vector<std::uint8_t> bytes(static_cast<std::size_t>(size));
  file.read(reinterpret_cast<char*>(bytes.data()), size);
  if (file.gcount() != size)
    refuse(path, "it ends early");
  return bytes;
}

}  // namespace

GrayPicture read_gray_picture(const std::string& path) {
  const std::vector<std::uint8_t> bytes = read_file(path);
  try {
    return parse_gray_picture(bytes);
  } catch (const std::runtime_error& error) {
    refuse(path, error.what());
  }
}

}  // namespace gst_lowrank
