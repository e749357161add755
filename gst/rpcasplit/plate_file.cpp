// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpcasplit/plate_file.h"

#include <stdexcept>
#include <system_error>

#include "common/guarded.h"
#include "common/video_format.h"
#include "lowrank/composite.h"
#include "lowrank/model_file.h"
#include "rpcasplit/debug.h"
#include "rpcasplit/png_picture.h"

namespace gst_lowrank {

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
    lowrank::write_model_file(
        location, encode_png(GST_VIDEO_FRAME_PLANE_DATA(&*picture, 0),
                             {GST_VIDEO_INFO_WIDTH(&target), GST_VIDEO_INFO_HEIGHT(&target),
                              GST_VIDEO_FRAME_PLANE_STRIDE(&*picture, 0), gray}));
  } catch (const std::system_error& error) {
    post_warning(element_, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_WRITE,
                 std::string("The background was not saved: ") + error.what());
    return;
  } catch (const std::runtime_error& error) {
    post_warning(element_, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_WRITE,
                 std::string("The background cannot be made a PNG: ") + error.what() + ".");
    return;
  }
  GST_INFO_OBJECT(element_, "background saved to %s", location.c_str());
  GstStructure* fields =
      gst_structure_new("rpcasplit-plate", "location", G_TYPE_STRING, location.c_str(), nullptr);
  gst_element_post_message(element_, gst_message_new_element(GST_OBJECT(element_), fields));
}

}  // namespace gst_lowrank
