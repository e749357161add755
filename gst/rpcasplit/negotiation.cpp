// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpcasplit/negotiation.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "common/video_format.h"

namespace gst_lowrank {

namespace {

enum class Family { gray, yuv, rgb };

Family family_of(const GstVideoFormatInfo& format) {
  if (GST_VIDEO_FORMAT_INFO_IS_GRAY(&format))
    return Family::gray;
  return GST_VIDEO_FORMAT_INFO_IS_YUV(&format) ? Family::yuv : Family::rgb;
}

// How much is lost, or wasted, when `wish.content` is sent as `format`. Weights are ordered: alpha,
// colour, chroma resolution, depth, work.
int loss(const CapsWish& wish, const GstVideoFormatInfo& format) {
  if (format.format == wish.first_choice)
    return 0;
  if (format.format == GST_VIDEO_INFO_FORMAT(wish.content))
    return 1;
  const GstVideoFormatInfo& content = *wish.content->finfo;
  int result = 2;
  if (wish.alpha && !has_alpha(format))
    result += 10000;
  if (!wish.alpha && has_alpha(format))
    result += 4;
  if (GST_VIDEO_FORMAT_INFO_HAS_PALETTE(&format))
    result += 4000;
  const Family from = family_of(content);
  const Family to = family_of(format);
  if (from != to)
    result += to == Family::gray ? 2000 : from == Family::gray ? 50 : 100;
  if (from == Family::yuv && to == Family::yuv) {
    for (const auto& [had, has] : {std::pair(content.w_sub[1], format.w_sub[1]),
                                   std::pair(content.h_sub[1], format.h_sub[1])})
      result += has > had ? 400 * static_cast<int>(has - had) : 8 * static_cast<int>(had - has);
  } else if (to == Family::yuv && from == Family::rgb) {
    result += 400 * static_cast<int>(format.w_sub[1] + format.h_sub[1]);
  }
  const int had = static_cast<int>(content.depth[0]);
  for (guint c = 0; c < format.n_components; c++) {
    const int has = static_cast<int>(format.depth[c]);
    if (has < 8 && c < 3)
      result += 40 * (8 - has);
    else if (has > 8 && has > had)
      result += 8;
    if (had > 8 && has < had && c < 3)
      result += 10 * (had - std::max(has, 8));
  }
  return is_native(format) ? result : result + 16;
}

// The pick among the formats that a structure of the peer's caps allows.
struct Pick {
  GstVideoFormat format = GST_VIDEO_FORMAT_UNKNOWN;
  int loss = std::numeric_limits<int>::max();

  void consider(const CapsWish& wish, GstVideoFormat candidate) {
    const GstVideoFormatInfo* info = gst_video_format_get_info(candidate);
    if (info->unpack_func == nullptr)
      return;
    if (const int l = gst_lowrank::loss(wish, *info); l < loss)
      *this = {candidate, l};
  }
  void consider(const CapsWish& wish, const GValue* value) {
    if (value == nullptr) {
      for (const GstVideoFormat format : all_formats())
        consider(wish, format);
    } else if (G_VALUE_HOLDS_STRING(value)) {
      const GstVideoFormat format = gst_video_format_from_string(g_value_get_string(value));
      if (format > GST_VIDEO_FORMAT_ENCODED)
        consider(wish, format);
    } else if (GST_VALUE_HOLDS_LIST(value)) {
      for (guint i = 0; i < gst_value_list_get_size(value); i++)
        consider(wish, gst_value_list_get_value(value, i));
    }
  }
};

// The colorimetry that the content has when it is sent as a format whose default is `plain`. A
// change between YUV and RGB leaves that default.
GstVideoColorimetry colorimetry_for(const CapsWish& wish, const GstVideoInfo& plain) {
  const Family from = family_of(*wish.content->finfo);
  const Family to = family_of(*plain.finfo);
  if (from == to)
    return wish.content->colorimetry;
  GstVideoColorimetry color = plain.colorimetry;
  if (from == Family::gray && to == Family::yuv)
    color.range = wish.content->colorimetry.range;
  return color;
}

void set_if_accepted(CapsPtr& caps, GstCaps* peer, const char* field, const char* value) {
  CapsPtr wanted(gst_caps_copy(caps.get()));
  gst_caps_set_simple(wanted.get(), field, G_TYPE_STRING, value, nullptr);
  if (gst_caps_can_intersect(wanted.get(), peer))
    caps = std::move(wanted);
}

// Says colorimetry and chroma siting where they are not what the format's name alone implies.
void add_color(CapsPtr& caps, const CapsWish& wish, GstCaps* peer,
               const GstVideoFormatInfo& format) {
  GstVideoInfo plain;
  CapsPtr bare(gst_caps_fixate(gst_caps_copy(caps.get())));
  if (!gst_video_info_from_caps(&plain, bare.get()))
    return;
  const GstVideoColorimetry color = colorimetry_for(wish, plain);
  if (!gst_video_colorimetry_is_equal(&color, &plain.colorimetry)) {
    const CharPtr text(gst_video_colorimetry_to_string(&color));
    if (text)
      set_if_accepted(caps, peer, "colorimetry", text.get());
  }
  const bool same_siting = family_of(format) == Family::yuv &&
                           family_of(*wish.input->finfo) == Family::yuv &&
                           format.w_sub[1] == wish.input->finfo->w_sub[1] &&
                           format.h_sub[1] == wish.input->finfo->h_sub[1];
  const char* site =
      gst_structure_get_string(gst_caps_get_structure(wish.stream, 0), "chroma-site");
  if (same_siting && site != nullptr)
    set_if_accepted(caps, peer, "chroma-site", site);
}

}  // namespace

CapsPtr choose_caps(const CapsWish& wish, GstCaps* peer) {
  if (wish.first_choice == GST_VIDEO_INFO_FORMAT(wish.input) &&
      gst_caps_is_subset(wish.stream, peer))
    return CapsPtr(gst_caps_ref(wish.stream));
  CapsPtr shape(gst_caps_copy(wish.stream));
  GstStructure* fields = gst_caps_get_structure(shape.get(), 0);
  gst_structure_remove_fields(fields, "format", "colorimetry", "chroma-site", nullptr);
  // Caps without them mean square pixels and no fields; left open, a peer's range would be fixed to
  // its lower end, and its list to the first.
  if (!gst_structure_has_field(fields, "pixel-aspect-ratio"))
    gst_structure_set(fields, "pixel-aspect-ratio", GST_TYPE_FRACTION, 1, 1, nullptr);
  if (!gst_structure_has_field(fields, "interlace-mode"))
    gst_structure_set(fields, "interlace-mode", G_TYPE_STRING, "progressive", nullptr);
  CapsPtr possible(gst_caps_intersect_full(peer, shape.get(), GST_CAPS_INTERSECT_FIRST));
  Pick best;
  guint index = 0;
  for (guint i = 0; i < gst_caps_get_size(possible.get()); i++) {
    Pick pick = best;
    const GstStructure* structure = gst_caps_get_structure(possible.get(), i);
    pick.consider(wish, gst_structure_get_value(structure, "format"));
    if (pick.loss < best.loss) {
      best = pick;
      index = i;
    }
  }
  if (best.format == GST_VIDEO_FORMAT_UNKNOWN)
    return nullptr;
  CapsPtr caps(gst_caps_copy_nth(possible.get(), index));
  gst_caps_set_simple(caps.get(), "format", G_TYPE_STRING, gst_video_format_to_string(best.format),
                      nullptr);
  add_color(caps, wish, peer, *gst_video_format_get_info(best.format));
  return CapsPtr(gst_caps_fixate(caps.release()));
}

}  // namespace gst_lowrank
