// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpcasplit/output_pool.h"

#include <algorithm>

namespace gst_lowrank {

namespace {

// What came of the ALLOCATION query.
struct Offer {
  PoolPtr pool;
  guint size = 0;
  guint min = 0;
  guint max = 0;
  AllocatorPtr allocator;
  GstAllocationParams params;
  bool video_meta = false;
};

Offer ask_peer(GstPad* pad, GstCaps* caps) {
  Offer offer;
  gst_allocation_params_init(&offer.params);
  QueryPtr query(gst_query_new_allocation(caps, TRUE));
  if (!gst_pad_peer_query(pad, query.get()))
    return offer;
  if (gst_query_get_n_allocation_params(query.get()) > 0) {
    GstAllocator* allocator = nullptr;
    gst_query_parse_nth_allocation_param(query.get(), 0, &allocator, &offer.params);
    offer.allocator.reset(allocator);
  }
  if (gst_query_get_n_allocation_pools(query.get()) > 0) {
    GstBufferPool* pool = nullptr;
    gst_query_parse_nth_allocation_pool(query.get(), 0, &pool, &offer.size, &offer.min, &offer.max);
    offer.pool.reset(pool);
  }
  offer.video_meta = gst_query_find_allocation_meta(query.get(), GST_VIDEO_META_API_TYPE, nullptr);
  return offer;
}

bool configure(GstBufferPool* pool, GstCaps* caps, guint size, const Offer& offer) {
  GstStructure* config = gst_buffer_pool_get_config(pool);
  gst_buffer_pool_config_set_params(config, caps, size, offer.min, offer.max);
  gst_buffer_pool_config_set_allocator(config, offer.allocator.get(), &offer.params);
  if (offer.video_meta && gst_buffer_pool_has_option(pool, GST_BUFFER_POOL_OPTION_VIDEO_META))
    gst_buffer_pool_config_add_option(config, GST_BUFFER_POOL_OPTION_VIDEO_META);
  if (gst_buffer_pool_set_config(pool, config))
    return true;
  // The pool changed what it could not do: that is fine as long as size and caps still hold.
  config = gst_buffer_pool_get_config(pool);
  if (gst_buffer_pool_config_validate_params(config, caps, size, offer.min, offer.max))
    return gst_buffer_pool_set_config(pool, config);
  gst_structure_free(config);
  return false;
}

}  // namespace

bool OutputPool::negotiate(GstPad* pad, GstCaps* caps, const GstVideoInfo& info) {
  reset();
  Offer offer = ask_peer(pad, caps);
  PoolPtr pool;
  const guint size = std::max(offer.size, static_cast<guint>(GST_VIDEO_INFO_SIZE(&info)));
  if (offer.pool && configure(offer.pool.get(), caps, size, offer))
    pool = std::move(offer.pool);
  if (!pool) {
    // A pool of our own has no limit; the peer's limits were those of the peer's pool.
    offer.max = 0;
    pool.reset(gst_video_buffer_pool_new());
    if (!configure(pool.get(), caps, size, offer))
      return false;
  }
  if (!gst_buffer_pool_set_active(pool.get(), TRUE))
    return false;
  const std::lock_guard lock(mutex_);
  pool_ = std::move(pool);
  if (flushing_)
    gst_buffer_pool_set_flushing(pool_.get(), TRUE);
  return true;
}

GstFlowReturn OutputPool::acquire(BufferPtr& buffer) {
  GstBuffer* acquired = nullptr;
  const GstFlowReturn flow = gst_buffer_pool_acquire_buffer(pool_.get(), &acquired, nullptr);
  buffer.reset(acquired);
  return flow;
}

void OutputPool::set_flushing(bool flushing) {
  const std::lock_guard lock(mutex_);
  if (pool_ && flushing != flushing_)
    gst_buffer_pool_set_flushing(pool_.get(), flushing ? TRUE : FALSE);
  flushing_ = flushing;
}

void OutputPool::reset() {
  PoolPtr pool;
  {
    const std::lock_guard lock(mutex_);
    pool = std::move(pool_);
  }
  if (pool)
    gst_buffer_pool_set_active(pool.get(), FALSE);
}

}  // namespace gst_lowrank
