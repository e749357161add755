// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpcasplit/frame_times.h"

namespace gst_lowrank {

FrameTimes::FrameTimes(GstBuffer* buffer, const GstSegment& segment)
    : timestamp(GST_BUFFER_PTS(buffer)), duration(GST_BUFFER_DURATION(buffer)) {
  if (segment.format != GST_FORMAT_TIME || !GST_CLOCK_TIME_IS_VALID(timestamp))
    return;
  running_time = gst_segment_to_running_time(&segment, GST_FORMAT_TIME, timestamp);
  stream_time = gst_segment_to_stream_time(&segment, GST_FORMAT_TIME, timestamp);
}

}  // namespace gst_lowrank
