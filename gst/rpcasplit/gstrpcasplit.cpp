// SPDX-License-Identifier: LGPL-2.1-or-later

/**
 * SECTION:element-rpcasplit
 * @title: rpcasplit
 *
 * Separates video of a scene into what stays and what moves, by robust principal component
 * analysis: the frames, as columns of a matrix, are a low-rank background plus a sparse
 * foreground.
 *
 * The pads are `foreground`, what moves (see #GstRpcaSplit:foreground-mode), `background`, the
 * scene without it, and `mask`, 255 where something moves and 0 elsewhere. Any subset may be
 * linked; a pad that is not costs nothing, and with none linked the stream stops as not-linked.
 * Each pad takes the input's format if its peer does, and converts to what the peer takes
 * otherwise. All pads are fed by one thread: put a queue on each branch when several lead to
 * sinks.
 *
 * With all methods but `online`, a factorization that takes longer than a second posts progress
 * messages (#GST_MESSAGE_PROGRESS) with the code `factorize`: start, up to four a second that
 * continue, and complete, canceled or error. Their structure has `percent` (#gint) and
 * `percent-complete` (#gdouble). A flush or a change of state ends the factorization.
 *
 * ## Example launch lines
 * |[
 * gst-launch-1.0 filesrc location=street.avi ! decodebin ! rpcasplit ! autovideosink
 * ]| Shows what moves.
 * |[
 * gst-launch-1.0 filesrc location=street.avi ! decodebin ! rpcasplit name=s \
 *   s.foreground ! queue ! autovideosink  s.background ! queue ! autovideosink \
 *   s.mask ! queue ! autovideosink
 * ]| Shows all three.
 * |[
 * gst-launch-1.0 filesrc location=street.avi ! decodebin ! \
 *   rpcasplit method=svd window=50 name=s  s.background ! jpegenc ! \
 *   multifilesink location=background-%04d.jpg
 * ]| Saves the background of each frame, from a truncated SVD over windows of 50 frames.
 * |[
 * gst-launch-1.0 compositor name=mix sink_0::zorder=1 sink_1::zorder=0 \
 *   sink_1::repeat-after-eos=true ! videoconvert ! autovideosink \
 *   filesrc location=street.avi ! decodebin ! rpcasplit foreground-mode=alpha ! queue ! \
 *   mix.sink_0  videotestsrc pattern=smpte num-buffers=1 ! \
 *   video/x-raw,width=768,height=576,framerate=0/1 ! queue ! mix.sink_1
 * ]| Puts what moves over another picture; 768×576 is the size of the video.
 *
 * Since: 0.1
 */

#include "rpcasplit/gstrpcasplit.h"

#include <gst/base/base.h>

#include <utility>

#include "common/guarded.h"
#include "common/video_format.h"
#include "rpcasplit/debug.h"
#include "rpcasplit/properties.h"
#include "rpcasplit/state.h"

GST_DEBUG_CATEGORY(gst_rpca_split_debug);

using gst_lowrank::guarded;
using gst_lowrank::State;

struct _GstRpcaSplit {
  GstElement parent;
  GstPad* sinkpad;
  GstPad* foreground;
  GstPad* background;
  GstPad* mask;
  GstFlowCombiner* combiner;
  State* state;  // null when there was no memory for it
};

#define gst_rpca_split_parent_class parent_class
G_DEFINE_TYPE_WITH_CODE(GstRpcaSplit, gst_rpca_split, GST_TYPE_ELEMENT,
                        G_IMPLEMENT_INTERFACE(GST_TYPE_PRESET, nullptr))
GST_ELEMENT_REGISTER_DEFINE(rpcasplit, "rpcasplit", GST_RANK_NONE, GST_TYPE_RPCA_SPLIT)

static GstFlowReturn gst_rpca_split_chain(GstPad*, GstObject* parent, GstBuffer* buffer) {
  GstRpcaSplit* self = GST_RPCA_SPLIT(parent);
  gst_lowrank::BufferPtr owned(buffer);
  return guarded(GST_ELEMENT(self), GST_FLOW_ERROR,
                 [&] { return self->state->chain(std::move(owned)); });
}

static gboolean gst_rpca_split_sink_event(GstPad*, GstObject* parent, GstEvent* event) {
  GstRpcaSplit* self = GST_RPCA_SPLIT(parent);
  gst_lowrank::EventPtr owned(event);
  return guarded(GST_ELEMENT(self), false,
                 [&] { return self->state->sink_event(std::move(owned)); });
}

// Unlike buffers and events, queries reach an element that was not started, and so one without
// state.
static gboolean gst_rpca_split_sink_query(GstPad*, GstObject* parent, GstQuery* query) {
  GstRpcaSplit* self = GST_RPCA_SPLIT(parent);
  return guarded(GST_ELEMENT(self), false,
                 [&] { return self->state != nullptr && self->state->sink_query(query); });
}

static gboolean gst_rpca_split_src_event(GstPad* pad, GstObject* parent, GstEvent* event) {
  GstRpcaSplit* self = GST_RPCA_SPLIT(parent);
  gst_lowrank::EventPtr owned(event);
  return guarded(GST_ELEMENT(self), false,
                 [&] { return self->state->source_event(pad, std::move(owned)); });
}

static void gst_rpca_split_src_unlink(GstPad* pad, GstObject* parent) {
  if (parent != nullptr && GST_RPCA_SPLIT(parent)->state != nullptr)
    GST_RPCA_SPLIT(parent)->state->unlinked(pad);
}

static gboolean gst_rpca_split_src_query(GstPad* pad, GstObject* parent, GstQuery* query) {
  GstRpcaSplit* self = GST_RPCA_SPLIT(parent);
  return guarded(GST_ELEMENT(self), false,
                 [&] { return self->state != nullptr && self->state->source_query(pad, query); });
}

static GstStateChangeReturn gst_rpca_split_change_state(GstElement* element,
                                                        GstStateChange transition) {
  GstRpcaSplit* self = GST_RPCA_SPLIT(element);
  const auto run = [&](auto step) {
    return guarded(element, false, [&] {
      step();
      return true;
    });
  };
  if (self->state == nullptr)
    return GST_STATE_CHANGE_FAILURE;
  if (transition == GST_STATE_CHANGE_READY_TO_PAUSED && !run([&] { self->state->start(); }))
    return GST_STATE_CHANGE_FAILURE;
  // The parent waits for the streaming thread, which may be deep in a factorization.
  if (transition == GST_STATE_CHANGE_PAUSED_TO_READY)
    self->state->prepare_stop();
  const GstStateChangeReturn result =
      GST_ELEMENT_CLASS(parent_class)->change_state(element, transition);
  // A model that cannot be saved is no reason not to stop.
  if (transition == GST_STATE_CHANGE_PAUSED_TO_READY)
    run([&] { self->state->save_at_end(); });
  if (transition == GST_STATE_CHANGE_PAUSED_TO_READY && !run([&] { self->state->stop(); }))
    return GST_STATE_CHANGE_FAILURE;
  return result;
}

static void gst_rpca_split_reset(GstRpcaSplit* self) {
  if (self->state != nullptr)
    self->state->request_reset();
}

static void gst_rpca_split_save_model(GstRpcaSplit* self) {
  guarded(GST_ELEMENT(self), false, [&] {
    if (self->state != nullptr)
      self->state->save_model();
    return true;
  });
}

static void gst_rpca_split_load_model(GstRpcaSplit* self) {
  guarded(GST_ELEMENT(self), false, [&] {
    if (self->state != nullptr)
      self->state->load_model();
    return true;
  });
}

static void gst_rpca_split_set_property(GObject* object, guint id, const GValue* value,
                                        GParamSpec* pspec) {
  GstRpcaSplit* self = GST_RPCA_SPLIT(object);
  bool known = true;
  if (self->state != nullptr)
    known = guarded(GST_ELEMENT(self), true, [&] {
      bool written = false;
      self->state->change_settings([&](gst_lowrank::Settings& settings) {
        written = gst_lowrank::write_property(settings, id, value);
      });
      return written;
    });
  if (!known)
    G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, pspec);
}

static void gst_rpca_split_get_property(GObject* object, guint id, GValue* value,
                                        GParamSpec* pspec) {
  GstRpcaSplit* self = GST_RPCA_SPLIT(object);
  if (self->state == nullptr)
    return;
  const bool known = guarded(GST_ELEMENT(self), true, [&] {
    if (id != gst_lowrank::PROP_STATS)
      return gst_lowrank::read_property(self->state->settings(), id, value);
    g_value_take_boxed(value, gst_lowrank::stats_structure(self->state->figures()));
    return true;
  });
  if (!known)
    G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, pspec);
}

static GstPad* gst_rpca_split_add_pad(GstRpcaSplit* self, const gchar* name) {
  GstPadTemplate* templ = gst_element_class_get_pad_template(GST_ELEMENT_GET_CLASS(self), name);
  GstPad* pad = gst_pad_new_from_template(templ, name);
  if (GST_PAD_IS_SRC(pad)) {
    gst_pad_set_event_function(pad, GST_DEBUG_FUNCPTR(gst_rpca_split_src_event));
    gst_pad_set_query_function(pad, GST_DEBUG_FUNCPTR(gst_rpca_split_src_query));
    gst_pad_set_unlink_function(pad, GST_DEBUG_FUNCPTR(gst_rpca_split_src_unlink));
    gst_flow_combiner_add_pad(self->combiner, pad);
  } else {
    gst_pad_set_chain_function(pad, GST_DEBUG_FUNCPTR(gst_rpca_split_chain));
    gst_pad_set_event_function(pad, GST_DEBUG_FUNCPTR(gst_rpca_split_sink_event));
    gst_pad_set_query_function(pad, GST_DEBUG_FUNCPTR(gst_rpca_split_sink_query));
    // Downstream's wishes are met by conversion: the template alone decides.
    GST_PAD_SET_ACCEPT_TEMPLATE(pad);
    GST_PAD_SET_ACCEPT_INTERSECT(pad);
  }
  gst_element_add_pad(GST_ELEMENT(self), pad);
  return pad;
}

static void gst_rpca_split_init(GstRpcaSplit* self) {
  self->combiner = gst_flow_combiner_new();
  self->sinkpad = gst_rpca_split_add_pad(self, "sink");
  self->foreground = gst_rpca_split_add_pad(self, "foreground");
  self->background = gst_rpca_split_add_pad(self, "background");
  self->mask = gst_rpca_split_add_pad(self, "mask");
  try {
    self->state = new State({GST_ELEMENT(self), self->sinkpad, self->foreground, self->background,
                             self->mask, self->combiner});
  } catch (...) {
    GST_ERROR_OBJECT(self, "no memory");
  }
}

static void gst_rpca_split_dispose(GObject* object) {
  GstRpcaSplit* self = GST_RPCA_SPLIT(object);
  g_clear_pointer(&self->combiner, gst_flow_combiner_free);
  G_OBJECT_CLASS(parent_class)->dispose(object);
}

static void gst_rpca_split_finalize(GObject* object) {
  delete GST_RPCA_SPLIT(object)->state;
  G_OBJECT_CLASS(parent_class)->finalize(object);
}

static void gst_rpca_split_add_templates(GstElementClass* element_class) {
  std::vector<GstVideoFormat> formats = gst_lowrank::all_formats();
  const auto add = [&](const gchar* name, GstPadDirection direction) {
    GstCaps* caps = gst_lowrank::make_template_caps(formats);
    gst_element_class_add_pad_template(element_class,
                                       gst_pad_template_new(name, direction, GST_PAD_ALWAYS, caps));
    gst_caps_unref(caps);
  };
  add("sink", GST_PAD_SINK);
  add("foreground", GST_PAD_SRC);
  add("background", GST_PAD_SRC);
  std::erase(formats, GST_VIDEO_FORMAT_GRAY8);
  formats.insert(formats.begin(), GST_VIDEO_FORMAT_GRAY8);
  add("mask", GST_PAD_SRC);
}

static void gst_rpca_split_add_action(GstRpcaSplitClass* klass, const gchar* name,
                                      void (*handler)(GstRpcaSplit*)) {
  g_signal_new_class_handler(name, G_TYPE_FROM_CLASS(klass),
                             static_cast<GSignalFlags>(G_SIGNAL_RUN_LAST | G_SIGNAL_ACTION),
                             G_CALLBACK(handler), nullptr, nullptr, nullptr, G_TYPE_NONE, 0);
}

static void gst_rpca_split_add_model_actions(GstRpcaSplitClass* klass) {
  /**
   * GstRpcaSplit::save-model:
   * @self: the element
   *
   * Saves the model as it is now to the file of #GstRpcaSplit:model-location. May be emitted from
   * any thread and in any state; returns when the file is on the disk, and frames flow meanwhile.
   * Then an element message `rpcasplit-model` is posted, with the fields `action` ("saved") and
   * `location`, both strings; a warning where there is no model or no location, or the file cannot
   * be written.
   *
   * Since: 0.1
   */
  gst_rpca_split_add_action(klass, "save-model", gst_rpca_split_save_model);
  /**
   * GstRpcaSplit::load-model:
   * @self: the element
   *
   * Reads the file of #GstRpcaSplit:model-location; its model takes the place of the present one
   * before the next frame. May be emitted from any thread and in any state. When the model is in
   * place, an element message `rpcasplit-model` is posted with the fields `action` ("loaded") and
   * `location`, both strings; a warning where there is no location, or the file cannot be read or
   * does not fit.
   *
   * Since: 0.1
   */
  gst_rpca_split_add_action(klass, "load-model", gst_rpca_split_load_model);
}

static void gst_rpca_split_class_init(GstRpcaSplitClass* klass) {
  GObjectClass* gobject_class = G_OBJECT_CLASS(klass);
  GstElementClass* element_class = GST_ELEMENT_CLASS(klass);
  GST_DEBUG_CATEGORY_INIT(gst_rpca_split_debug, "rpcasplit", 0, "foreground and background");

  gobject_class->set_property = GST_DEBUG_FUNCPTR(gst_rpca_split_set_property);
  gobject_class->get_property = GST_DEBUG_FUNCPTR(gst_rpca_split_get_property);
  gobject_class->dispose = GST_DEBUG_FUNCPTR(gst_rpca_split_dispose);
  gobject_class->finalize = GST_DEBUG_FUNCPTR(gst_rpca_split_finalize);
  element_class->change_state = GST_DEBUG_FUNCPTR(gst_rpca_split_change_state);
  gst_lowrank::install_properties(gobject_class);
  /**
   * GstRpcaSplit::reset:
   * @self: the element
   *
   * Drops the model: learning starts afresh with the next frame. Frames that wait in a window are
   * separated and sent first.
   *
   * Since: 0.1
   */
  gst_rpca_split_add_action(klass, "reset", gst_rpca_split_reset);
  gst_rpca_split_add_model_actions(klass);

  gst_element_class_set_static_metadata(
      element_class, "Foreground/background separator", "Filter/Analyzer/Video",
      "Separates moving foreground from background by robust principal component analysis",
      "The gst-lowrank authors");
  gst_rpca_split_add_templates(element_class);
}
