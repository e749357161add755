// SPDX-License-Identifier: LGPL-2.1-or-later
#include "video_reader.h"

#include <stdexcept>

#include "interruption.h"

namespace batch {
namespace {

ElementPtr make_pipeline(const std::string& uri) {
  ElementPtr pipeline = parse(
      "uridecodebin name=source ! videoconvert name=convert ! "
      "appsink name=sink sync=false max-buffers=8 "
      "caps=\"video/x-raw,format={I420,Y42B,Y444,GRAY8}\"");
  const ElementPtr source(gst_bin_get_by_name(GST_BIN(pipeline.get()), "source"));
  g_object_set(source.get(), "uri", uri.c_str(), nullptr);
  return pipeline;
}

lowrank::ImageFormat format_of(const GstVideoInfo& info) {
  lowrank::ImageFormat format;
  format.width = GST_VIDEO_INFO_WIDTH(&info);
  format.height = GST_VIDEO_INFO_HEIGHT(&info);
  format.black = info.colorimetry.range == GST_VIDEO_COLOR_RANGE_16_235 ? 16 : 0;
  if (GST_VIDEO_INFO_IS_GRAY(&info))
    return format;
  format.color = lowrank::ColorModel::ycbcr;
  format.chroma_shift_x = static_cast<int>(info.finfo->w_sub[1]);
  format.chroma_shift_y = static_cast<int>(info.finfo->h_sub[1]);
  return format;
}

}  // namespace

std::string name_of(const std::string& uri) {
  const CharPtr file(g_filename_from_uri(uri.c_str(), nullptr, nullptr));
  return file ? file.get() : uri;
}

VideoReader::VideoReader(const std::string& uri)
    : pipeline_(make_pipeline(uri), name_of(uri)), sink_(pipeline_.named("sink")) {
  pipeline_.play();
  try {
    sample_ = pull();
  } catch (const std::runtime_error& error) {
    const ElementPtr convert = pipeline_.named("convert");
    const PadPtr input(gst_element_get_static_pad(convert.get(), "sink"));
    if (gst_pad_is_linked(input.get()))
      throw;
    throw std::runtime_error(error.what() + std::string("; no video could be found in it"));
  }
  if (!sample_)
    pipeline_.fail("holds no frame of video");
  caps_.reset(gst_caps_ref(gst_sample_get_caps(sample_.get())));
  if (!gst_video_info_from_caps(&info_, caps_.get()))
    pipeline_.fail("is not decoded to raw video");
  format_ = format_of(info_);
}

VideoReader::~VideoReader() {
  unmap();
}

void VideoReader::unmap() {
  if (mapped_)
    gst_video_frame_unmap(&frame_);
  mapped_ = false;
}

std::int64_t VideoReader::announced_frames() const {
  gint64 duration = 0;
  if (!gst_element_query_duration(pipeline_.get(), GST_FORMAT_TIME, &duration) || duration <= 0 ||
      info_.fps_n <= 0)
    return 0;
  return gst_util_uint64_scale_round(static_cast<guint64>(duration),
                                     static_cast<guint64>(info_.fps_n),
                                     static_cast<guint64>(info_.fps_d) * GST_SECOND);
}

SamplePtr VideoReader::pull() {
  return pipeline_.pull(GST_APP_SINK(sink_.get()), check_interruption);
}

bool VideoReader::next() {
  unmap();
  if (!first_)
    sample_ = pull();
  first_ = false;
  if (!sample_)
    return false;
  if (!gst_caps_is_equal(gst_sample_get_caps(sample_.get()), caps_.get())) {
    const CharPtr before(gst_caps_to_string(caps_.get()));
    const CharPtr now(gst_caps_to_string(gst_sample_get_caps(sample_.get())));
    pipeline_.fail("frame " + std::to_string(frames_) + " has another format than those before: " +
                   now.get() + " in place of " + before.get());
  }
  GstBuffer* buffer = gst_sample_get_buffer(sample_.get());
  mapped_ = gst_video_frame_map(&frame_, &info_, buffer, GST_MAP_READ);
  if (!mapped_)
    pipeline_.fail("frame " + std::to_string(frames_) + " cannot be read");
  time_ = gst_segment_to_running_time(gst_sample_get_segment(sample_.get()), GST_FORMAT_TIME,
                                      GST_BUFFER_PTS(buffer));
  if (!GST_CLOCK_TIME_IS_VALID(time_))
    time_ = gst_util_uint64_scale(frames_, static_cast<guint64>(info_.fps_d) * GST_SECOND,
                                  static_cast<guint64>(info_.fps_n > 0 ? info_.fps_n : 25));
  frames_++;
  return true;
}

GstClockTime VideoReader::duration() const {
  return GST_BUFFER_DURATION(gst_sample_get_buffer(sample_.get()));
}

lowrank::ImageView VideoReader::image() const {
  lowrank::ImageView image{format_, {}};
  for (int p = 0; p < format_.planes(); p++)
    image.planes[static_cast<std::size_t>(p)] = {
        static_cast<const std::uint8_t*>(GST_VIDEO_FRAME_COMP_DATA(&frame_, p)),
        GST_VIDEO_FRAME_COMP_STRIDE(&frame_, p), 1, format_.plane_width(p),
        format_.plane_height(p)};
  return image;
}

}  // namespace batch
