// SPDX-License-Identifier: LGPL-2.1-or-later

// What goes into the encoder comes out of the decoder: pictures, times, and what they mean.
#include "codec_support.h"

namespace {

struct Size {
  int width;
  int height;
};

// Through caps and buffers, and through a file's bytes.
void check_pictures(const std::string& encoder, const std::string& caps, bool padded) {
  const GstVideoInfo info = parse_caps(caps);
  Chain chain(encoder + " ! tee name=t ! lowrankdecompress");
  chain.set_caps(caps);
  for (int i = 0; i < 3; i++) {
    GstBuffer* frame = padded ? make_padded_frame(info, i) : make_frame(info, i);
    fail_unless_equals_int(chain.push(frame), GST_FLOW_OK);
  }
  fail_unless_equals_text(chain.error(), "");
  const std::vector<GstBuffer*> shown = chain.pull_all();
  const Decoded decoded = decode(encode(encoder.substr(encoder.find(' ')), caps, 3));
  fail_unless_equals_int(static_cast<int>(shown.size()), 3);
  fail_unless_equals_int(static_cast<int>(decoded.buffers.size()), 3);
  for (int i = 0; i < 3; i++) {
    GstBuffer* original = make_frame(info, i);
    const auto n = static_cast<std::size_t>(i);
    // The step of the quantizer is one level.
    fail_unless(difference(shown[n], original, info) <= 1, "%s: %f levels off", caps.c_str(),
                difference(shown[n], original, info));
    fail_unless(difference(shown[n], decoded.buffers[n], info) == 0);
    gst_buffer_unref(original);
  }
  unref_all(shown);
  unref_all(decoded.buffers);
}

GST_START_TEST(every_format_and_size_survives) {
  for (const char* layout : {"frame", "patch"})
    for (const char* format : {"I420", "Y42B", "Y444", "GRAY8"})
      for (const Size size : {Size{1, 1}, Size{2, 1}, Size{1, 3}, Size{7, 9}, Size{16, 16},
                              Size{33, 17}, Size{50, 31}, Size{130, 70}})
        check_pictures(std::string("lowrankcompress quality=100 layout=") + layout,
                       raw_caps(format, size.width, size.height), false);
}
GST_END_TEST

// The format that comes out when one goes in.
std::string decoded_format(const std::string& caps) {
  const Decoded decoded = decode(encode("", caps, 1));
  unref_all(decoded.buffers);
  return field(decoded.caps, "format");
}

// However they lie in memory, the same samples make the same stream.
GST_START_TEST(every_format_of_the_template_is_encoded_as_it_lies) {
  GstElementFactory* factory = gst_element_factory_find("lowrankcompress");
  GstCaps* templ = nullptr;
  for (const GList* item = gst_element_factory_get_static_pad_templates(factory); item != nullptr;
       item = item->next)
    if (auto* pad = static_cast<GstStaticPadTemplate*>(item->data); pad->direction == GST_PAD_SINK)
      templ = gst_static_pad_template_get_caps(pad);
  const GValue* formats = gst_structure_get_value(gst_caps_get_structure(templ, 0), "format");
  int others = 0;
  for (guint i = 0; i < gst_value_list_get_size(formats); i++) {
    const char* format = g_value_get_string(gst_value_list_get_value(formats, i));
    const char* rest = ",colorimetry=bt601,chroma-site=mpeg2";
    const std::string caps = raw_caps(format, 35, 21, rest);
    const std::string planar = raw_caps(decoded_format(caps).c_str(), 35, 21, rest);
    others += caps != planar;
    for (const char* properties : {"", "layout=frame", "speed=best quality=90"})
      fail_unless(encode(properties, caps, 3) == encode(properties, planar, 3), "%s %s", format,
                  properties);
  }
  fail_unless(others >= 12, "%d", others);
  gst_caps_unref(templ);
  gst_object_unref(factory);
}
GST_END_TEST

GST_START_TEST(padded_rows_survive) {
  for (const char* format : {"I420", "Y42B", "Y444", "GRAY8"})
    check_pictures("lowrankcompress quality=100", raw_caps(format, 35, 21), true);
}
GST_END_TEST

GST_START_TEST(output_has_video_meta_where_the_peer_knows_it) {
  for (const bool known : {false, true}) {
    Chain chain("lowrankcompress ! lowrankdecompress");
    if (known)
      gst_harness_add_propose_allocation_meta(chain.harness(), GST_VIDEO_META_API_TYPE, nullptr);
    const std::string caps = raw_caps("I420", 35, 21);
    chain.set_caps(caps);
    chain.push(make_frame(parse_caps(caps), 0));
    GstBuffer* shown = chain.pull();
    fail_unless((gst_buffer_get_video_meta(shown) != nullptr) == known);
    gst_buffer_unref(shown);
  }
}
GST_END_TEST

struct Field {
  const char* name;
  const char* value;
};

GST_START_TEST(caps_survive) {
  const Field fields[] = {{"framerate", "30000/1001"},
                          {"framerate", "0/1"},
                          {"framerate", "1/3"},
                          {"pixel-aspect-ratio", "12/11"},
                          {"colorimetry", "bt709"},
                          {"colorimetry", "bt2020"},
                          {"colorimetry", "bt2100-pq"},
                          {"colorimetry", "smpte240m"},
                          {"colorimetry", "1:4:7:1"},
                          {"colorimetry", "2:2:10:3"},
                          {"colorimetry", "2:4:2:8"},   // gamma 1.8 and Adobe RGB
                          {"colorimetry", "2:4:3:1"},   // gamma 2.0
                          {"colorimetry", "1:4:12:8"},  // Adobe RGB
                          {"chroma-site", "mpeg2"},
                          {"chroma-site", "dv"},
                          {"interlace-mode", "interleaved"},
                          {"interlace-mode", "mixed"},
                          {"interlace-mode", "progressive"}};
  for (const Field& one : fields) {
    std::string caps = "video/x-raw,format=I420,width=32,height=24";
    if (!g_str_equal(one.name, "framerate"))
      caps += ",framerate=25/1";
    caps += std::string(",") + one.name + "=" + one.value;
    Chain direct("lowrankcompress ! lowrankdecompress");
    direct.set_caps(caps);
    fail_unless_equals_int(direct.push(make_frame(parse_caps(caps), 0)), GST_FLOW_OK);
    const Decoded decoded = decode(encode("", caps, 1));
    for (const std::string& out : {direct.caps(), decoded.caps}) {
      fail_unless_equals_text(field(out, one.name), one.value);
      fail_unless_equals_text(field(out, "format"), "I420");
      fail_unless_equals_text(field(out, "width"), "32");
      fail_unless_equals_text(field(out, "height"), "24");
    }
    unref_all(decoded.buffers);
  }
}
GST_END_TEST

// What GStreamer assumes of caps that do not say is what comes out as well.
GST_START_TEST(silent_caps_come_out_as_they_were_meant) {
  for (const char* format : {"I420", "GRAY8", "NV12", "YUY2"})
    for (const int height : {24, 720}) {
      const std::string caps = raw_caps(format, 32, height);
      const GstVideoInfo meant = parse_caps(caps);
      const Decoded decoded = decode(encode("", caps, 1));
      const GstVideoInfo shown = parse_caps(decoded.caps);
      fail_unless(gst_video_colorimetry_is_equal(&meant.colorimetry, &shown.colorimetry));
      fail_unless_equals_int(static_cast<int>(shown.chroma_site),
                             static_cast<int>(meant.chroma_site));
      unref_all(decoded.buffers);
    }
}
GST_END_TEST

// Times that lie on the grid of the framerate, or anywhere, or are missing.
GST_START_TEST(times_survive) {
  const GstClockTime none = GST_CLOCK_TIME_NONE;
  struct Stamp {
    GstClockTime pts;
    GstClockTime duration;
  };
  const Stamp stamps[] = {{0, 40 * GST_MSECOND},       {40 * GST_MSECOND, 40 * GST_MSECOND},
                          {81234567, 12345},           {GST_SECOND, none},
                          {3600 * GST_SECOND + 1, 99}, {4000 * GST_SECOND, 5 * GST_SECOND}};
  for (const char* rate : {"25/1", "0/1", "30000/1001"}) {
    const std::string caps =
        std::string("video/x-raw,format=GRAY8,width=16,height=16,framerate=") + rate;
    const GstVideoInfo info = parse_caps(caps);
    Chain encoder("lowrankcompress");
    encoder.set_caps(caps);
    for (const Stamp& stamp : stamps) {
      GstBuffer* frame = make_frame(info, 0);
      GST_BUFFER_PTS(frame) = stamp.pts;
      GST_BUFFER_DURATION(frame) = stamp.duration;
      fail_unless_equals_int(encoder.push(frame), GST_FLOW_OK);
    }
    const std::vector<GstBuffer*> packets = encoder.pull_all();
    const Decoded decoded = decode(bytes_of(packets));
    fail_unless_equals_int(static_cast<int>(decoded.buffers.size()), 6);
    for (std::size_t i = 0; i < 6; i++) {
      fail_unless_equals_uint64(GST_BUFFER_PTS(packets[i]), stamps[i].pts);
      fail_unless_equals_uint64(GST_BUFFER_DTS(packets[i]), stamps[i].pts);
      fail_unless_equals_uint64(GST_BUFFER_PTS(decoded.buffers[i]), stamps[i].pts);
      if (stamps[i].duration != none)
        fail_unless_equals_uint64(GST_BUFFER_DURATION(decoded.buffers[i]), stamps[i].duration);
    }
    unref_all(packets);
    unref_all(decoded.buffers);
  }
}
GST_END_TEST

GST_START_TEST(fields_survive) {
  const guint flags[] = {0,
                         GST_VIDEO_BUFFER_FLAG_TFF,
                         GST_VIDEO_BUFFER_FLAG_TFF | GST_VIDEO_BUFFER_FLAG_RFF,
                         GST_VIDEO_BUFFER_FLAG_ONEFIELD,
                         GST_VIDEO_BUFFER_FLAG_INTERLACED,
                         GST_VIDEO_BUFFER_FLAG_INTERLACED | GST_VIDEO_BUFFER_FLAG_TFF};
  const guint told =
      GST_VIDEO_BUFFER_FLAG_TFF | GST_VIDEO_BUFFER_FLAG_RFF | GST_VIDEO_BUFFER_FLAG_ONEFIELD;
  for (const char* mode : {"interleaved", "mixed"}) {
    const std::string caps = raw_caps("I420", 16, 16, ",interlace-mode=") + mode;
    const GstVideoInfo info = parse_caps(caps);
    Chain encoder("lowrankcompress");
    encoder.set_caps(caps);
    int index = 0;
    for (const guint flag : flags) {
      GstBuffer* frame = make_frame(info, index++);
      GST_BUFFER_FLAG_SET(frame, flag);
      encoder.push(frame);
    }
    const std::vector<GstBuffer*> packets = encoder.pull_all();
    const Decoded decoded = decode(bytes_of(packets));
    fail_unless_equals_int(static_cast<int>(decoded.buffers.size()), index);
    for (std::size_t i = 0; i < decoded.buffers.size(); i++) {
      const guint found = GST_BUFFER_FLAGS(decoded.buffers[i]);
      fail_unless_equals_int(static_cast<int>(found & told), static_cast<int>(flags[i] & told));
      const bool interlaced =
          g_str_equal(mode, "interleaved") || (flags[i] & GST_VIDEO_BUFFER_FLAG_INTERLACED) != 0;
      fail_unless(((found & GST_VIDEO_BUFFER_FLAG_INTERLACED) != 0) == interlaced);
    }
    unref_all(packets);
    unref_all(decoded.buffers);
  }
}
GST_END_TEST

// Of a stream whose caps tell the order of the fields and whose buffers do not.
GST_START_TEST(field_order_of_the_caps_reaches_the_pictures) {
  const std::string caps =
      raw_caps("I420", 16, 16, ",interlace-mode=interleaved,field-order=top-field-first");
  const Decoded decoded = decode(encode("", caps, 1));
  fail_unless(GST_BUFFER_FLAG_IS_SET(decoded.buffers[0], GST_VIDEO_BUFFER_FLAG_TFF));
  unref_all(decoded.buffers);
}
GST_END_TEST

}  // namespace

int main() {
  return run_suite(
      "codec round trip",
      {every_format_and_size_survives, every_format_of_the_template_is_encoded_as_it_lies,
       padded_rows_survive, output_has_video_meta_where_the_peer_knows_it, caps_survive,
       silent_caps_come_out_as_they_were_meant, times_survive, fields_survive,
       field_order_of_the_caps_reaches_the_pictures});
}
