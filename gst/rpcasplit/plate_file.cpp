// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpcasplit/plate_file.h"

#include <png.h>

#include <system_error>
#include <vector>

#include "common/guarded.h"
#include "common/video_format.h"
#include "lowrank/composite.h"
#include "lowrank/model_file.h"
#include "rpcasplit/debug.h"

namespace gst_lowrank {

namespace {

std::vector<guint8> encode(GstVideoFrame& frame, bool gray) {
  png_image image{};
  image.version = PNG_IMAGE_VERSION;
  image.width = static_cast<png_uint_32>(GST_VIDEO_FRAME_WIDTH(&frame));
  image.height = static_cast<png_uint_32>(GST_VIDEO_FRAME_HEIGHT(&frame));
  image.format = gray ? PNG_FORMAT_GRAY : PNG_FORMAT_RGB;
  const void* pixels = GST_VIDEO_FRAME_PLANE_DATA(&frame, 0);
  const int stride = GST_VIDEO_FRAME_PLANE_STRIDE(&frame, 0);
  std::vector<guint8> bytes;
  png_alloc_size_t size = 0;
  if (png_image_write_to_memory(&image, nullptr, &size, 0, pixels, stride, nullptr)) {
    bytes.resize(size);
    if (png_image_write_to_memory(&image, bytes.data(), &size, 0, pixels, stride, nullptr))
      return bytes;
  }
  throw ElementError(GST_STREAM_ERROR, GST_STREAM_ERROR_ENCODE,
                     std::string("The background cannot be made a PNG: ") + image.message + ".");
}

}  // namespace

void PlateFile::keep(const lowrank::ImageView& background, const GstVideoInfo& info,
                     const lowrank::ImageFormat& format) {
  if (!plate_ || !gst_video_info_is_equal(&info, &info_)) {
    info_ = info;
    plate_.emplace(info_);
  }
  lowrank::copy_image(background, mutable_image_of(**plate_, format));
}

void PlateFile::write(const std::string& location) {
  if (!plate_) {
    post_warning(element_, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_NOT_FOUND,
                 "There is no background to save to \"" + location + "\": no frame was separated.");
    return;
  }
  const bool gray = GST_VIDEO_INFO_IS_GRAY(&info_);
  GstVideoInfo target =
      like_with_format(info_, gray ? GST_VIDEO_FORMAT_GRAY8 : GST_VIDEO_FORMAT_RGB);
  if (gray)
    target.colorimetry.range = GST_VIDEO_COLOR_RANGE_0_255;
  ScratchFrame picture(target);
  Converter(info_, target, 1, Converter::Rounding::plain).convert(**plate_, *picture);
  try {
    lowrank::write_model_file(location, encode(*picture, gray));
  } catch (const std::system_error& error) {
    post_warning(element_, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_WRITE,
                 std::string("The background was not saved: ") + error.what());
    return;
  } catch (const ElementError& error) {
    post_warning(element_, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_WRITE, error.what());
    return;
  }
  GST_INFO_OBJECT(element_, "background saved to %s", location.c_str());
  GstStructure* fields =
      gst_structure_new("rpcasplit-plate", "location", G_TYPE_STRING, location.c_str(), nullptr);
  gst_element_post_message(element_, gst_message_new_element(GST_OBJECT(element_), fields));
}

}  // namespace gst_lowrank
