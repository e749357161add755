// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpcasplit/region_mask.h"

#include <utility>

#include "common/guarded.h"
#include "rpcasplit/picture_file.h"

namespace gst_lowrank {

namespace {

std::string size_of(int width, int height) {
  return std::to_string(width) + "x" + std::to_string(height);
}

}  // namespace

void RegionMask::load(const RegionMaskFile& file) {
  picture_ = file.path.empty() ? GrayPicture() : read_gray_picture(file.path);
  path_ = file.path;
  file_ = file;
  given_ = false;
}

void RegionMask::follow(const RegionMaskFile& file) {
  if (file == file_)
    return;
  file_ = file;
  try {
    load(file);
  } catch (const ElementError& error) {
    post_warning(
        element_, error.domain(), error.code(),
        std::string(error.what()) + (path_.empty() ? " There is no region mask."
                                                   : " The region mask stays \"" + path_ + "\"."));
  }
}

void RegionMask::forget() {
  // They go with these.
  const RegionMaskFile file(std::move(file_));
  const std::string path(std::move(path_));
  const GrayPicture picture(std::move(picture_));
}

void RegionMask::give(lowrank::BackgroundEngine& engine, const lowrank::ImageFormat& format,
                      bool configured) {
  if (given_ && !configured)
    return;
  given_ = true;
  if (picture_.pixels.empty()) {
    engine.set_sensitivity({});
    return;
  }
  if (picture_.width == format.width && picture_.height == format.height) {
    engine.set_sensitivity(picture_.plane());
    return;
  }
  post_warning(element_, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_SETTINGS,
               "The region mask \"" + path_ + "\" has " + size_of(picture_.width, picture_.height) +
                   " pixels and the video " + size_of(format.width, format.height) +
                   ": the mask is resized.");
  const GrayPicture fitting = resized(picture_, format.width, format.height);
  engine.set_sensitivity(fitting.plane());
}

}  // namespace gst_lowrank
