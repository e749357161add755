// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpcasplit/metadata.h"

namespace gst_lowrank {

namespace {

// Metas describe the picture (regions, time code, captions) or the memory. The first go with the
// outputs; the second belong to the input's memory.
gboolean copy_picture_meta(GstBuffer* from, GstMeta** meta, gpointer to) {
  const GstMetaInfo* info = (*meta)->info;
  if (info->transform_func == nullptr ||
      gst_meta_api_type_has_tag(info->api, g_quark_from_static_string(GST_META_TAG_MEMORY_STR)) ||
      info->api == GST_PARENT_BUFFER_META_API_TYPE)
    return TRUE;
  GstMetaTransformCopy whole = {FALSE, 0, static_cast<gsize>(-1)};
  info->transform_func(static_cast<GstBuffer*>(to), *meta, from, _gst_meta_transform_copy, &whole);
  return TRUE;
}

}  // namespace

void copy_metadata(GstBuffer* from, GstBuffer* to) {
  gst_buffer_copy_into(
      to, from, static_cast<GstBufferCopyFlags>(GST_BUFFER_COPY_FLAGS | GST_BUFFER_COPY_TIMESTAMPS),
      0, static_cast<gsize>(-1));
  gst_buffer_foreach_meta(from, copy_picture_meta, to);
}

}  // namespace gst_lowrank
