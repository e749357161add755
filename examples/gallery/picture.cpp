// SPDX-License-Identifier: LGPL-2.1-or-later
#include "picture.h"

#include <gst/app/gstappsrc.h>
#include <gst/video/video.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "batch/pipeline.h"

namespace gallery {
namespace {

using batch::Pipeline;

[[noreturn]] void fail(const std::string& what) {
  throw std::runtime_error(what);
}

Picture from_sample(GstSample* sample) {
  GstVideoInfo info;
  GstVideoFrame frame;
  if (!gst_video_info_from_caps(&info, gst_sample_get_caps(sample)) ||
      !gst_video_frame_map(&frame, &info, gst_sample_get_buffer(sample), GST_MAP_READ))
    fail("a frame cannot be read");
  Picture picture(GST_VIDEO_INFO_WIDTH(&info), GST_VIDEO_INFO_HEIGHT(&info));
  for (int y = 0; y < picture.height; y++)
    std::copy_n(static_cast<const std::uint8_t*>(GST_VIDEO_FRAME_PLANE_DATA(&frame, 0)) +
                    y * GST_VIDEO_FRAME_PLANE_STRIDE(&frame, 0),
                picture.width, &picture.at(0, y));
  gst_video_frame_unmap(&frame);
  return picture;
}

GstBuffer* to_buffer(const Picture& picture, const GstVideoInfo& info) {
  GstBuffer* buffer = gst_buffer_new_allocate(nullptr, GST_VIDEO_INFO_SIZE(&info), nullptr);
  GstMapInfo map;
  if (!gst_buffer_map(buffer, &map, GST_MAP_WRITE))
    fail("no memory for a frame");
  std::fill_n(map.data, map.size, guint8{0});  // what pads the rows is encoded as well
  for (int y = 0; y < picture.height; y++)
    std::copy_n(&picture.samples[static_cast<std::size_t>(y) * picture.width], picture.width,
                map.data + y * GST_VIDEO_INFO_PLANE_STRIDE(&info, 0));
  gst_buffer_unmap(buffer, &map);
  return buffer;
}

// Sends pictures of one size through `line`, which begins behind the source.
void send(const std::vector<Picture>& pictures, int rate, Pipeline& pipeline) {
  GstVideoInfo info;
  gst_video_info_set_format(&info, GST_VIDEO_FORMAT_GRAY8,
                            static_cast<guint>(pictures.front().width),
                            static_cast<guint>(pictures.front().height));
  info.fps_n = rate;
  info.fps_d = 1;
  const batch::CapsPtr caps(gst_video_info_to_caps(&info));
  const batch::ElementPtr source = pipeline.named("source");
  auto* app = GST_APP_SRC(source.get());
  gst_app_src_set_caps(app, caps.get());
  // All wait there: a source that blocks would do so for ever once the pipeline has failed.
  g_object_set(app, "format", GST_FORMAT_TIME, "max-bytes", guint64{0}, nullptr);
  pipeline.play();
  guint64 number = 0;
  for (const Picture& picture : pictures) {
    GstBuffer* buffer = to_buffer(picture, info);
    GST_BUFFER_PTS(buffer) = number++ * GST_SECOND / static_cast<guint64>(rate);
    GST_BUFFER_DURATION(buffer) = GST_SECOND / static_cast<guint64>(rate);
    if (gst_app_src_push_buffer(app, buffer) != GST_FLOW_OK)
      pipeline.fail("takes no more pictures");
  }
  gst_app_src_end_of_stream(app);
}

void write(const std::vector<Picture>& pictures, int rate, const std::string& encoder,
           const std::string& path) {
  Pipeline pipeline(batch::parse("appsrc name=source ! " + encoder + " ! filesink name=file"),
                    path);
  g_object_set(pipeline.named("file").get(), "location", path.c_str(), nullptr);
  send(pictures, rate, pipeline);
  pipeline.ended(GST_CLOCK_TIME_NONE);
}

}  // namespace

std::uint8_t level(double value) {
  return static_cast<std::uint8_t>(std::lround(std::clamp(value, 0.0, 255.0)));
}

double psnr(const Picture& a, const Picture& b) {
  double squares = 0;
  for (std::size_t i = 0; i < a.samples.size(); i++)
    squares += std::pow(static_cast<double>(a.samples[i]) - b.samples[i], 2);
  return 10 * std::log10(255.0 * 255.0 * static_cast<double>(a.samples.size()) / squares);
}

Picture side_by_side(const std::vector<Picture>& pictures) {
  constexpr int gap = 4;
  int width = -gap;
  for (const Picture& picture : pictures)
    width += picture.width + gap;
  Picture all(width, pictures.front().height);
  std::fill(all.samples.begin(), all.samples.end(), std::uint8_t{255});
  int left = 0;
  for (const Picture& picture : pictures) {
    for (int y = 0; y < picture.height; y++)
      std::copy_n(&picture.samples[static_cast<std::size_t>(y) * picture.width], picture.width,
                  &all.at(left, y));
    left += picture.width + gap;
  }
  return all;
}

void read_pictures(const std::string& path, int width, int height,
                   const std::function<bool(Picture&&)>& take) {
  Pipeline pipeline(batch::parse("filesrc name=file ! decodebin ! videoconvert ! videoscale ! "
                                 "video/x-raw,format=GRAY8,pixel-aspect-ratio=1/1,width=" +
                                 std::to_string(width) + ",height=" + std::to_string(height) +
                                 " ! appsink name=sink sync=false max-buffers=4"),
                    path);
  g_object_set(pipeline.named("file").get(), "location", path.c_str(), nullptr);
  pipeline.play();
  const batch::ElementPtr sink = pipeline.named("sink");
  while (const auto sample = pipeline.pull(GST_APP_SINK(sink.get())))
    if (!take(from_sample(sample.get())))
      return;
}

void write_picture(const Picture& picture, const std::string& path) {
  const bool png = path.ends_with(".png");
  write({picture}, 1, png ? "pngenc compression-level=9" : "jpegenc quality=90", path);
}

std::vector<std::uint8_t> jpeg(const Picture& picture, int quality) {
  Pipeline pipeline(batch::parse("appsrc name=source ! jpegenc quality=" + std::to_string(quality) +
                                 " ! appsink name=sink sync=false"),
                    "a JPEG");
  send({picture}, 1, pipeline);
  const batch::ElementPtr sink = pipeline.named("sink");
  const auto sample = pipeline.pull(GST_APP_SINK(sink.get()));
  if (!sample)
    fail("no JPEG comes out");
  GstMapInfo map;
  gst_buffer_map(gst_sample_get_buffer(sample.get()), &map, GST_MAP_READ);
  std::vector<std::uint8_t> bytes(map.data, map.data + map.size);
  gst_buffer_unmap(gst_sample_get_buffer(sample.get()), &map);
  return bytes;
}

void write_video(const std::vector<Picture>& pictures, int rate, const std::string& path) {
  write(pictures, rate,
        "videoconvert ! vp8enc deadline=1 target-bitrate=400000 cpu-used=2 ! webmmux", path);
}

}  // namespace gallery
