// SPDX-License-Identifier: LGPL-2.1-or-later
#include "video_writer.h"

#include <gst/app/gstappsrc.h>

#include <array>
#include <stdexcept>
#include <utility>

#include "files.h"
#include "interruption.h"

namespace batch {
namespace {

constexpr guint64 frames_that_wait = 8;
constexpr const char* ended_early = "the encoder ended before the video did";

bool exists(const char* element) {
  GstElementFactory* factory = gst_element_factory_find(element);
  if (factory != nullptr)
    gst_object_unref(factory);
  return factory != nullptr;
}

ElementPtr make_pipeline(const std::string& encoder) {
  return parse("appsrc name=source format=time ! videoconvert ! " + encoder +
               " ! filesink name=file");
}

lowrank::MutableImageView image_of(GstVideoFrame& frame) {
  lowrank::ImageFormat format;
  format.width = GST_VIDEO_FRAME_WIDTH(&frame);
  format.height = GST_VIDEO_FRAME_HEIGHT(&frame);
  if (GST_VIDEO_FRAME_N_COMPONENTS(&frame) > 1) {
    format.color = lowrank::ColorModel::ycbcr;
    format.chroma_shift_x = static_cast<int>(frame.info.finfo->w_sub[1]);
    format.chroma_shift_y = static_cast<int>(frame.info.finfo->h_sub[1]);
  }
  format.black = frame.info.colorimetry.range == GST_VIDEO_COLOR_RANGE_16_235 ? 16 : 0;
  lowrank::MutableImageView image{format, {}};
  for (int p = 0; p < format.planes(); p++)
    image.planes[static_cast<std::size_t>(p)] = {
        static_cast<std::uint8_t*>(GST_VIDEO_FRAME_COMP_DATA(&frame, p)),
        GST_VIDEO_FRAME_COMP_STRIDE(&frame, p), 1, format.plane_width(p), format.plane_height(p)};
  return image;
}

// Maps a frame of a buffer while it lives.
class WritableFrame {
 public:
  WritableFrame(GstBuffer* buffer, const GstVideoInfo& info) {
    if (!gst_video_frame_map(&frame_, &info, buffer, GST_MAP_WRITE))
      throw std::runtime_error("no memory for a frame");
  }
  WritableFrame(const WritableFrame&) = delete;
  WritableFrame& operator=(const WritableFrame&) = delete;
  ~WritableFrame() { gst_video_frame_unmap(&frame_); }
  lowrank::MutableImageView image() { return image_of(frame_); }

 private:
  GstVideoFrame frame_;
};

}  // namespace

std::string default_encoder() {
  return exists("avenc_ffv1") ? "avenc_ffv1 ! matroskamux" : "jpegenc quality=95 ! matroskamux";
}

std::string extension_of(const std::string& encoder) {
  static constexpr std::array<std::pair<const char*, const char*>, 8> extensions = {{
      {"video/x-matroska", "mkv"},
      {"video/webm", "webm"},
      {"video/quicktime, variant=(string)iso", "mp4"},
      {"video/quicktime", "mov"},
      {"video/x-msvideo", "avi"},
      {"application/ogg", "ogv"},
      {"video/mpegts", "ts"},
      {"video/x-lowrank", "lrv"},
  }};
  const ElementPtr bin = parse("videoconvert ! " + encoder, true);
  const PadPtr input(gst_element_get_static_pad(bin.get(), "sink"));
  const PadPtr output(gst_element_get_static_pad(bin.get(), "src"));
  if (!input || !output)
    throw std::runtime_error("does not lead from one raw video to one stream of bytes");
  const CapsPtr caps(gst_pad_query_caps(output.get(), nullptr));
  for (const auto& [type, extension] : extensions) {
    const CapsPtr known(gst_caps_from_string(type));
    if (gst_caps_can_intersect(caps.get(), known.get()))
      return extension;
  }
  const CharPtr text(gst_caps_to_string(caps.get()));
  throw std::runtime_error(std::string("ends in ") + text.get() +
                           ", for which --extension has to name one");
}

VideoWriter::VideoWriter(const std::filesystem::path& file, const GstVideoInfo& info,
                         const std::string& encoder)
    : file_(file),
      info_(info),
      pipeline_(make_pipeline(encoder), file.string()),
      source_(pipeline_.named("source")) {
  const ElementPtr sink = pipeline_.named("file");
  g_object_set(sink.get(), "location", file.c_str(), nullptr);
  const CapsPtr caps(gst_video_info_to_caps(&info_));
  gst_app_src_set_caps(GST_APP_SRC(source_.get()), caps.get());
  pipeline_.play();
}

void VideoWriter::write(GstClockTime time, GstClockTime duration,
                        const std::function<void(const lowrank::MutableImageView&)>& paint) {
  // A source that blocks would do so for ever once the pipeline has failed.
  while (gst_app_src_get_current_level_buffers(GST_APP_SRC(source_.get())) >= frames_that_wait) {
    check_interruption();
    if (pipeline_.ended(GST_MSECOND))
      pipeline_.fail(ended_early);
  }
  if (pipeline_.ended())
    pipeline_.fail(ended_early);
  BufferPtr buffer(gst_buffer_new_allocate(nullptr, GST_VIDEO_INFO_SIZE(&info_), nullptr));
  if (!buffer)
    throw std::bad_alloc();
  // What pads the rows is encoded as well.
  gst_buffer_memset(buffer.get(), 0, 0, GST_VIDEO_INFO_SIZE(&info_));
  paint(WritableFrame(buffer.get(), info_).image());
  GST_BUFFER_PTS(buffer.get()) = time;
  GST_BUFFER_DURATION(buffer.get()) = duration;
  if (gst_app_src_push_buffer(GST_APP_SRC(source_.get()), buffer.release()) != GST_FLOW_OK)
    pipeline_.fail("takes no more frames");
}

void VideoWriter::finish() {
  gst_app_src_end_of_stream(GST_APP_SRC(source_.get()));
  while (!pipeline_.ended(GST_SECOND / 10))
    check_interruption();
  if (gst_app_src_get_current_level_buffers(GST_APP_SRC(source_.get())) > 0)
    pipeline_.fail(ended_early);
  gst_element_set_state(pipeline_.get(), GST_STATE_NULL);
  sync_file(file_);
}

}  // namespace batch
