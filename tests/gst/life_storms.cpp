// SPDX-License-Identifier: LGPL-2.1-or-later

// Every property that may change while an element plays, at random and from another thread, while
// buffers, caps, events and queries come from others.
#include <algorithm>
#include <atomic>
#include <random>

#include "codec_support.h"
#include "scale.h"

namespace {

// Texts are the names of files, which are not there.
std::string any_text(std::mt19937& random) {
  const char* const texts[] = {"", "/nowhere/at/all", "no such folder/a file"};
  return texts[random() % 3];
}

void set_enum(GObject* object, const GParamSpec* spec, std::mt19937& random) {
  const GEnumClass* values = G_PARAM_SPEC_ENUM(spec)->enum_class;
  g_object_set(object, spec->name, values->values[random() % values->n_values].value, nullptr);
}

template <typename Number, typename Spec>
Number any_of(const Spec* spec, std::mt19937& random) {
  // A large range has its everyday values near its low end.
  const auto low = static_cast<double>(spec->minimum);
  const double high = std::min(static_cast<double>(spec->maximum), low + (random() % 2 ? 8 : 1000));
  return static_cast<Number>(std::uniform_real_distribution(low, high)(random));
}

// What would be an error beside the other properties: a limit that is passed, a rank beyond the
// window, or the energy of another layout.
bool is_left_alone(const GParamSpec* spec) {
  for (const char* name : {"max-memory", "rank", "energy"})
    if (g_str_equal(spec->name, name))
      return true;
  return false;
}

void set_any(GObject* object, const GParamSpec* spec, std::mt19937& random) {
  if (G_IS_PARAM_SPEC_BOOLEAN(spec))
    g_object_set(object, spec->name, static_cast<gboolean>(random() % 2), nullptr);
  else if (G_IS_PARAM_SPEC_ENUM(spec))
    set_enum(object, spec, random);
  else if (G_IS_PARAM_SPEC_INT(spec))
    g_object_set(object, spec->name, any_of<gint>(G_PARAM_SPEC_INT(spec), random), nullptr);
  else if (G_IS_PARAM_SPEC_UINT(spec))
    g_object_set(object, spec->name, any_of<guint>(G_PARAM_SPEC_UINT(spec), random), nullptr);
  else if (G_IS_PARAM_SPEC_INT64(spec))
    g_object_set(object, spec->name, any_of<gint64>(G_PARAM_SPEC_INT64(spec), random), nullptr);
  else if (G_IS_PARAM_SPEC_UINT64(spec))
    g_object_set(object, spec->name, any_of<guint64>(G_PARAM_SPEC_UINT64(spec), random), nullptr);
  else if (G_IS_PARAM_SPEC_DOUBLE(spec))
    g_object_set(object, spec->name, any_of<gdouble>(G_PARAM_SPEC_DOUBLE(spec), random), nullptr);
  else if (G_IS_PARAM_SPEC_STRING(spec))
    g_object_set(object, spec->name, any_text(random).c_str(), nullptr);
  else
    fail("no values for %s", spec->name);
}

// Sets and reads the properties of an element, and asks it for things.
struct Storm {
  GstElement* element;
  std::mt19937 random;
  std::atomic<int> count{0};

  void blow() {
    guint number = 0;
    GParamSpec** specs = g_object_class_list_properties(G_OBJECT_GET_CLASS(element), &number);
    const GParamSpec* spec = specs[random() % number];
    if ((spec->flags & GST_PARAM_MUTABLE_PLAYING) != 0 && !is_left_alone(spec))
      set_any(G_OBJECT(element), spec, random);
    GValue value = G_VALUE_INIT;
    g_object_get_property(G_OBJECT(element), specs[random() % number]->name, &value);
    g_value_unset(&value);
    g_free(specs);
    const char* const signals[] = {"reset", "save-model", "load-model"};
    const char* signal = signals[random() % 3];
    if (random() % 20 == 0 && g_signal_lookup(signal, G_OBJECT_TYPE(element)) != 0)
      g_signal_emit_by_name(element, signal);
    count++;
  }
};

void on_storm(gpointer, gpointer data) {
  static_cast<Storm*>(data)->blow();
}

void on_queries(gpointer, gpointer data) {
  auto* harness = static_cast<GstHarness*>(data);
  gst_harness_query_latency(harness);
  GstQuery* queries[] = {gst_query_new_position(GST_FORMAT_TIME),
                         gst_query_new_duration(GST_FORMAT_TIME), gst_query_new_caps(nullptr),
                         gst_query_new_seeking(GST_FORMAT_TIME)};
  for (GstQuery* query : queries) {
    gst_pad_peer_query(harness->sinkpad, query);
    gst_query_unref(query);
  }
}

// Buffers, events and queries, each from a thread.
class Load {
 public:
  Load(GstHarness* input, GstHarness* output, const std::string& caps, GstBuffer* buffer) {
    GstCaps* parsed = gst_caps_from_string(caps.c_str());
    GstSegment segment;
    gst_segment_init(&segment, GST_FORMAT_TIME);
    GstPad* peer = gst_pad_get_peer(input->srcpad);
    gst_pad_add_probe(peer, GST_PAD_PROBE_TYPE_BUFFER, on_buffer, &pushed_, nullptr);
    gst_object_unref(peer);
    threads_ = {gst_harness_stress_push_buffer_start_full(input, parsed, &segment, buffer, 100)};
    // Asked for its position before it has sent a segment, GstVideoDecoder looks into none.
    while (pushed_ < 2)
      g_usleep(100);
    for (GstHarnessThread* thread :
         {gst_harness_stress_push_event_with_cb_start_full(input, new_event, nullptr, nullptr,
                                                           1000),
          gst_harness_stress_push_upstream_event_with_cb_start_full(output, new_upstream_event,
                                                                    nullptr, nullptr, 1000),
          gst_harness_stress_custom_start(output, nullptr, on_queries, output, 500)})
      threads_.push_back(thread);
    gst_caps_unref(parsed);
  }
  Load(const Load&) = delete;
  Load& operator=(const Load&) = delete;
  ~Load() { g_assert(threads_.empty()); }

  void blow(GstHarness* harness, Storm& storm) {
    threads_.push_back(gst_harness_stress_custom_start(harness, nullptr, on_storm, &storm, 200));
  }
  int pushed() const { return pushed_; }
  void stop() {
    for (GstHarnessThread* thread : threads_)
      gst_harness_stress_thread_stop(thread);
    threads_.clear();
  }

 private:
  static GstPadProbeReturn on_buffer(GstPad*, GstPadProbeInfo*, gpointer data) {
    ++*static_cast<std::atomic<int>*>(data);
    return GST_PAD_PROBE_OK;
  }
  static GstEvent* new_event(GstHarness*, gpointer) {
    return gst_event_new_custom(GST_EVENT_CUSTOM_DOWNSTREAM, gst_structure_new_empty("test"));
  }
  static GstEvent* new_upstream_event(GstHarness*, gpointer) {
    static std::atomic<int> turn{0};
    switch (turn++ % 3) {
      case 0:
        return gst_event_new_qos(GST_QOS_TYPE_UNDERFLOW, 1, 0, 0);
      case 1:
        return gst_event_new_reconfigure();
      default:
        return gst_event_new_custom(GST_EVENT_CUSTOM_UPSTREAM, gst_structure_new_empty("test"));
    }
  }

  std::atomic<int> pushed_{0};
  std::vector<GstHarnessThread*> threads_;
};

const std::string caps = raw_caps("I420", 32, 24);

void wait_for_frames(const Load& load, const Storm& storm) {
  for (int i = 0; i < 60000; i++) {
    if (load.pushed() >= scale::scaled(1000) && storm.count >= scale::scaled(2000))
      return;
    g_usleep(1000);
  }
  fail("%d frames, %d changes", load.pushed(), storm.count.load());
}

// Element and input as they are when the storm is over: it plays on.
GST_START_TEST(rpcasplit_weathers_a_storm) {
  for (const char* properties : {"threads=1", "threads=2 method=svd window=4"}) {
    Split split(properties);
    split.set_caps(caps);
    for (const int pad : {Split::foreground, Split::background, Split::mask})
      gst_harness_set_drop_buffers(split.at(pad), TRUE);
    Storm storm{split.element(), std::mt19937(scale::seed())};
    GstBuffer* buffer = make_frame(parse_caps(caps), 1);
    Load load(split.input(), split.at(Split::mask), caps, buffer);
    load.blow(split.input(), storm);
    wait_for_frames(load, storm);
    load.stop();
    gst_buffer_unref(buffer);
    split.set("method", "online");
    split.set("region-mask", "");
    fail_unless(split.push_event(gst_event_new_flush_start()));
    end_flush(split);
    fail_unless(split.push(make_frame(parse_caps(caps), 2)) == GST_FLOW_OK, "%s (seed %u)",
                split.error().c_str(), scale::seed());
  }
}
GST_END_TEST

void storm_on_codec(const char* line, const char* stormy, const std::string& input_caps,
                    GstBuffer* buffer) {
  Chain chain(line);
  chain.set_caps(input_caps);
  gst_harness_set_drop_buffers(chain.harness(), TRUE);
  Storm storm{chain.element(stormy), std::mt19937(scale::seed())};
  {
    Load load(chain.harness(), chain.harness(), input_caps, buffer);
    load.blow(chain.harness(), storm);
    wait_for_frames(load, storm);
    load.stop();
  }
  fail_unless_equals_text(chain.error(), "");
  gst_buffer_unref(buffer);
}

GST_START_TEST(the_encoder_weathers_a_storm) {
  storm_on_codec("lowrankcompress name=one threads=1 ! lowrankparse ! lowrankdecompress", "one",
                 caps, make_frame(parse_caps(caps), 1));
}
GST_END_TEST

GST_START_TEST(the_decoder_weathers_a_storm) {
  const Bytes stream = encode("", caps, 1);
  GstBuffer* buffer = gst_buffer_new_allocate(nullptr, stream.size(), nullptr);
  gst_buffer_fill(buffer, 0, stream.data(), stream.size());
  storm_on_codec("lowrankdecompress name=one threads=1", "one",
                 "video/x-lowrank,parsed=true,alignment=frame", buffer);
}
GST_END_TEST

}  // namespace

int main() {
  return run_suite("life storms", {rpcasplit_weathers_a_storm, the_encoder_weathers_a_storm,
                                   the_decoder_weathers_a_storm});
}
