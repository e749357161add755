// SPDX-License-Identifier: LGPL-2.1-or-later

// Models that are held, kept in files, and learned for a while.
#include <errno.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <memory>
#include <thread>

#include "support.h"
#include "temporary_folder.h"

namespace {

constexpr int width = 64;
constexpr int height = 48;
constexpr int box_left = 20;
constexpr int box_top = 12;
constexpr int box_side = 20;

std::string caps_of(const char* format = "I420") {
  return raw_caps(format, width, height, ", framerate=25/1");
}

// A folder that goes with the test, and a model in it.
class Folder {
 public:
  std::string file() const { return folder_.file("street.model"); }
  bool has_file() const { return g_file_test(file().c_str(), G_FILE_TEST_EXISTS) != FALSE; }
  std::string bytes() const {
    gchar* data = nullptr;
    gsize size = 0;
    fail_unless(g_file_get_contents(file().c_str(), &data, &size, nullptr));
    std::string result(data, size);
    g_free(data);
    return result;
  }
  void write(const std::string& bytes) const { folder_.write("street.model", bytes); }
  std::string property() const { return "model-location=" + file(); }

 private:
  TemporaryFolder folder_;
};

// A scene with texture and a little noise, and somebody who stands in it or not.
GstBuffer* scene(const std::string& caps, int index, bool somebody, bool timestamps = true) {
  const GstVideoInfo info = parse_caps(caps);
  GstBuffer* buffer = gst_buffer_new_allocate(nullptr, info.size, nullptr);
  GstVideoFrame frame;
  fail_unless(gst_video_frame_map(&frame, &info, buffer, GST_MAP_WRITE));
  for (guint c = 0; c < info.finfo->n_components; c++) {
    auto* data = static_cast<guint8*>(GST_VIDEO_FRAME_COMP_DATA(&frame, c));
    for (int y = 0; y < GST_VIDEO_FRAME_COMP_HEIGHT(&frame, c); y++)
      for (int x = 0; x < GST_VIDEO_FRAME_COMP_WIDTH(&frame, c); x++) {
        const int noise = (x * 7 + y * 13 + index * 31) % 5 - 2;
        const bool inside = somebody && x >= box_left && x < box_left + box_side && y >= box_top &&
                            y < box_top + box_side;
        data[y * GST_VIDEO_FRAME_COMP_STRIDE(&frame, c) + x] = static_cast<guint8>(
            c > 0 ? 128 : (inside ? 220 : 60 + (x / 5 * 37 + y / 4 * 23) % 60) + noise);
      }
  }
  gst_video_frame_unmap(&frame);
  if (timestamps) {
    GST_BUFFER_PTS(buffer) = static_cast<GstClockTime>(index) * 40 * GST_MSECOND;
    GST_BUFFER_DURATION(buffer) = 40 * GST_MSECOND;
  }
  return buffer;
}

// Pushes frames first, first + 1, …, and gives the samples of the last mask.
std::vector<int> show(Split& split, int first, int count, bool somebody, bool timestamps = true) {
  std::vector<int> mask;
  for (int i = first; i < first + count; i++) {
    fail_unless(split.push(scene(caps_of(), i, somebody, timestamps)) == GST_FLOW_OK, "%s",
                split.error().c_str());
    GstBuffer* buffer = split.pull(Split::mask);
    if (i + 1 == first + count)
      mask = samples(buffer, split.info(Split::mask), 0);
    gst_buffer_unref(buffer);
  }
  return mask;
}

double recall(const std::vector<int>& mask) {
  int found = 0;
  for (int y = box_top; y < box_top + box_side; y++)
    for (int x = box_left; x < box_left + box_side; x++)
      found += mask[static_cast<std::size_t>(y * width + x)] > 0;
  return found / static_cast<double>(box_side * box_side);
}

int area(const std::vector<int>& mask) {
  int set = 0;
  for (const int sample : mask)
    set += sample > 0;
  return set;
}

void stop(Split& split) {
  fail_unless(gst_element_set_state(split.element(), GST_STATE_READY) == GST_STATE_CHANGE_SUCCESS);
}

void emit(const Split& split, const char* signal) {
  g_signal_emit_by_name(split.element(), signal);
}

// The next message of a model, "ACTION LOCATION", or nothing.
std::string told(GstBus* bus, GstClockTime patience = 0) {
  while (GstMessage* message = gst_bus_timed_pop_filtered(bus, patience, GST_MESSAGE_ELEMENT)) {
    const GstStructure* structure = gst_message_get_structure(message);
    std::string text;
    if (gst_structure_has_name(structure, "rpcasplit-model"))
      text = std::string(gst_structure_get_string(structure, "action")) + " " +
             gst_structure_get_string(structure, "location");
    gst_message_unref(message);
    if (!text.empty())
      return text;
  }
  return "";
}

// The next warning, or nothing; all are of resources.
std::string warned(GstBus* bus) {
  GstMessage* message = gst_bus_pop_filtered(bus, GST_MESSAGE_WARNING);
  if (message == nullptr)
    return "";
  GError* warning = nullptr;
  gst_message_parse_warning(message, &warning, nullptr);
  fail_unless(warning->domain == GST_RESOURCE_ERROR);
  const std::string text = warning->message;
  g_error_free(warning);
  gst_message_unref(message);
  return text;
}

void fail_unless_warned(const Split& split, const std::string& part) {
  const std::string text = warned(split.bus());
  fail_unless(text.find(part) != std::string::npos, "\"%s\" does not say \"%s\"", text.c_str(),
              part.c_str());
}

std::unique_ptr<Split> watching(const std::string& properties) {
  auto split = std::make_unique<Split>(properties, Split::mask);
  split->set_caps(caps_of());
  return split;
}

// The file of a model of the empty scene.
void make_model(const Folder& folder, const std::string& caps = caps_of()) {
  g_unlink(folder.file().c_str());
  Split split(folder.property(), Split::mask);
  split.set_caps(caps);
  for (int i = 0; i < 5; i++)
    fail_unless(split.push(scene(caps, i, false)) == GST_FLOW_OK);
  stop(split);
  fail_unless_equals_text(told(split.bus()), ("saved " + folder.file()).c_str());
}

GST_START_TEST(properties_have_their_defaults_and_change_while_playing) {
  Split split("", Split::mask);
  gint update = -1;
  guint64 learn_time = 1;
  gchar* location = nullptr;
  g_object_get(split.element(), "update", &update, "learn-time", &learn_time, "model-location",
               &location, nullptr);
  fail_unless(update == 0 && learn_time == 0 && location == nullptr);
  split.set("update", "frozen");
  split.set("learn-time", "3000000000");
  split.set("model-location", "/somewhere/a.model");
  g_object_get(split.element(), "update", &update, "learn-time", &learn_time, "model-location",
               &location, nullptr);
  fail_unless(update == 2 && learn_time == 3 * GST_SECOND);
  fail_unless_equals_string(location, "/somewhere/a.model");
  g_free(location);
  GObjectClass* object_class = G_OBJECT_GET_CLASS(split.element());
  const auto flags = [object_class](const char* name) {
    return g_object_class_find_property(object_class, name)->flags;
  };
  for (const char* name : {"update", "learn-time"})
    fail_unless((flags(name) & GST_PARAM_CONTROLLABLE) &&
                (flags(name) & GST_PARAM_MUTABLE_PLAYING));
  fail_unless(flags("model-location") & GST_PARAM_MUTABLE_PLAYING);
}
GST_END_TEST

GST_START_TEST(update_says_what_becomes_of_who_stays) {
  for (const char* update : {"adaptive", "always", "frozen"}) {
    auto split = watching(std::string("update=") + update);
    fail_unless_equals_int(area(show(*split, 0, 110, false)), 0);
    fail_unless(recall(show(*split, 110, 10, true)) > 0.9, "%s", update);
    const double left = recall(show(*split, 120, 500, true));
    if (std::string(update) == "frozen")
      fail_unless(left > 0.9, "frozen: %f", left);
    else
      fail_unless(left == 0, "%s: %f", update, left);
  }
}
GST_END_TEST

GST_START_TEST(a_change_to_frozen_ends_the_startup) {
  Folder folder;
  auto split = watching(folder.property());
  show(*split, 0, 30, false);
  split->set("update", "frozen");
  show(*split, 30, 1, false);
  emit(*split, "save-model");
  const std::string held = folder.bytes();
  fail_unless(recall(show(*split, 31, 300, true)) > 0.9);
  fail_unless_equals_int(area(show(*split, 331, 1, false)), 0);
  emit(*split, "save-model");
  fail_unless(folder.bytes() == held);
}
GST_END_TEST

// Whether the model moves over the next frames, which show somebody.
bool learns(Split& split, const Folder& folder, int& index, bool timestamps = true) {
  emit(split, "save-model");
  const std::string before = folder.bytes();
  show(split, index, 8, true, timestamps);
  index += 8;
  emit(split, "save-model");
  return folder.bytes() != before;
}

GST_START_TEST(learn_time_holds_the_model_when_it_is_over) {
  for (const bool timestamps : {true, false})
    for (const int seconds : {1, 6}) {  // less than the start-up, and more
      Folder folder;
      auto split =
          watching("learn-time=" + std::to_string(seconds * GST_SECOND) + " " + folder.property());
      // The model moves at the frames 0 to 25 · seconds − 1.
      show(*split, 0, 25 * seconds - 10, false, timestamps);
      int index = 25 * seconds - 10;
      fail_unless(learns(*split, folder, index, timestamps));
      show(*split, index, 1, false, timestamps);
      fail_unless(learns(*split, folder, ++index, timestamps));
      fail_if(learns(*split, folder, index, timestamps));
      fail_unless(recall(show(*split, index, 200, true, timestamps)) > 0.9);
      index += 200;
      fail_if(learns(*split, folder, index, timestamps));
      // More time while it plays.
      g_object_set(split->element(), "learn-time", guint64{0}, nullptr);
      fail_unless(learns(*split, folder, index, timestamps));
      g_object_set(split->element(), "learn-time", seconds * GST_SECOND, nullptr);
      show(*split, index++, 1, true, timestamps);
      fail_if(learns(*split, folder, index, timestamps));
      // A reset is another start.
      emit(*split, "reset");
      show(*split, index, 25 * seconds - 8, false, timestamps);
      index += 25 * seconds - 8;
      fail_unless(learns(*split, folder, index, timestamps));
      show(*split, index++, 1, false, timestamps);
      fail_if(learns(*split, folder, index, timestamps));
    }
}
GST_END_TEST

GST_START_TEST(what_stopped_goes_on_where_it_was) {
  Folder folder;
  auto whole = watching("");
  show(*whole, 0, 130, false);
  {
    auto first = watching(folder.property());
    show(*first, 0, 130, false);
    fail_if(folder.has_file());
    stop(*first);
    fail_unless_equals_text(told(first->bus()), ("saved " + folder.file()).c_str());
  }
  auto second = watching(folder.property());
  for (int i = 130; i < 160; i++) {
    const auto mask = show(*second, i, 1, i % 7 != 0);
    fail_unless(mask == show(*whole, i, 1, i % 7 != 0), "frame %d", i);
    if (i == 130) {
      fail_unless(recall(mask) > 0.9);
      fail_unless_equals_text(told(second->bus()), ("loaded " + folder.file()).c_str());
    }
  }
  fail_unless_equals_text(warned(second->bus()), "");
}
GST_END_TEST

// The same element, once more.
GST_START_TEST(a_restart_loads_what_the_stop_saved) {
  Folder folder;
  GstElement* pipeline = gst_parse_launch(
      ("videotestsrc pattern=ball num-buffers=130 ! video/x-raw,format=I420,width=64,height=48 ! "
       "rpcasplit name=split update=frozen " +
       folder.property() + " split.mask ! fakesink")
          .c_str(),
      nullptr);
  GstBus* bus = gst_element_get_bus(pipeline);
  std::string saved;
  for (int run = 0; run < 2; run++) {
    gst_element_set_state(pipeline, GST_STATE_PLAYING);
    if (run == 1)
      fail_unless_equals_text(told(bus, 60 * GST_SECOND), ("loaded " + folder.file()).c_str());
    GstMessage* end = gst_bus_timed_pop_filtered(bus, 60 * GST_SECOND, GST_MESSAGE_EOS);
    fail_unless(end != nullptr);
    gst_message_unref(end);
    gst_element_set_state(pipeline, GST_STATE_READY);
    fail_unless_equals_text(told(bus), ("saved " + folder.file()).c_str());
    if (run == 1)
      fail_unless(folder.bytes() == saved);
    saved = folder.bytes();
  }
  gst_element_set_state(pipeline, GST_STATE_NULL);
  gst_object_unref(bus);
  gst_object_unref(pipeline);
}
GST_END_TEST

GST_START_TEST(nothing_is_saved_of_nothing) {
  Folder folder;
  {
    auto split = watching(folder.property());
    fail_unless_equals_text(warned(split->bus()), "");
    emit(*split, "save-model");
    fail_unless_warned(*split, "no model to save to \"" + folder.file());
    stop(*split);
    fail_unless_equals_text(told(split->bus()), "");
  }
  fail_if(folder.has_file());
  auto split = watching(folder.property() + " method=svd window=2");
  for (int i = 0; i < 8; i++)
    fail_unless(split->push(scene(caps_of(), i, false)) == GST_FLOW_OK);
  emit(*split, "save-model");
  fail_unless_warned(*split, "method=online");
  stop(*split);
  fail_unless_equals_text(told(split->bus()), "");
  fail_if(folder.has_file());
}
GST_END_TEST

void fail_unless_refused(const Folder& folder, const std::string& why) {
  auto split = watching(folder.property());
  fail_unless_equals_int(area(show(*split, 0, 1, true)), 0);
  const std::string text = warned(split->bus());
  fail_unless(text.find(folder.file()) != std::string::npos && text.find(why) != std::string::npos,
              "\"%s\" does not say \"%s\"", text.c_str(), why.c_str());
  fail_unless_equals_text(told(split->bus()), "");
  show(*split, 1, 120, false);
  fail_unless(recall(show(*split, 121, 1, true)) > 0.9);
  fail_unless_equals_text(warned(split->bus()), "");
  // Another was learned, and saved in its place.
  stop(*split);
  auto next = watching(folder.property());
  fail_unless(recall(show(*next, 122, 1, true)) > 0.9);
}

GST_START_TEST(models_that_do_not_fit_are_warnings) {
  Folder folder;
  make_model(folder, raw_caps("I420", 80, 48, ", framerate=25/1"));
  fail_unless_refused(folder,
                      "is of 80x48 YCbCr 4:2:0 of 8 bits, black at 16; what fits is one of 64x48");
  make_model(folder);
  std::string bytes = folder.bytes();
  bytes[8] = 9;
  folder.write(bytes);
  fail_unless_refused(folder, "version 9");
  make_model(folder);
  bytes = folder.bytes();
  bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] + 1);
  folder.write(bytes);
  fail_unless_refused(folder, "broken");
  folder.write("a letter to the editor");
  fail_unless_refused(folder, "no model");
  folder.write("");
  fail_unless_refused(folder, "no model");
  make_model(folder, caps_of("GRAY8"));
  fail_unless_refused(folder, "64x48 gray");
}
GST_END_TEST

GST_START_TEST(a_folder_is_no_model) {
  Folder folder;
  fail_unless(g_mkdir(folder.file().c_str(), 0700) == 0);
  auto split = watching(folder.property());
  fail_unless_equals_int(area(show(*split, 0, 3, false)), 0);
  fail_unless_warned(*split, folder.file());
  stop(*split);
  fail_unless_warned(*split, folder.file());
  g_rmdir(folder.file().c_str());
}
GST_END_TEST

GST_START_TEST(a_file_that_cannot_be_written_is_a_warning) {
  auto split = watching("model-location=/nowhere/at/all/a.model");
  show(*split, 0, 3, false);
  fail_unless_equals_text(warned(split->bus()), "");
  emit(*split, "save-model");
  fail_unless_warned(*split, "/nowhere/at/all/a.model");
  show(*split, 3, 3, false);
  stop(*split);
  fail_unless_warned(*split, "/nowhere/at/all/a.model");
}
GST_END_TEST

GST_START_TEST(other_caps_later_learn_afresh) {
  Folder folder;
  make_model(folder);
  auto split = watching(folder.property());
  fail_unless(recall(show(*split, 5, 1, true)) > 0.9);
  const std::string wide = raw_caps("I420", 96, 48, ", framerate=25/1");
  split->set_caps(wide);
  fail_unless(split->push(scene(wide, 6, true)) == GST_FLOW_OK);
  GstBuffer* buffer = split->pull(Split::mask);
  fail_unless_equals_int(area(samples(buffer, split->info(Split::mask), 0)), 0);
  gst_buffer_unref(buffer);
  fail_unless_equals_text(warned(split->bus()), "");
}
GST_END_TEST

GST_START_TEST(signals_save_and_load_at_any_time) {
  Folder folder;
  auto split = watching("");
  emit(*split, "save-model");
  fail_unless_warned(*split, "set model-location");
  emit(*split, "load-model");
  fail_unless_warned(*split, "set model-location");
  split->set("model-location", folder.file().c_str());
  emit(*split, "load-model");
  fail_unless_warned(*split, folder.file());

  show(*split, 0, 110, false);
  emit(*split, "save-model");
  fail_unless_equals_text(told(split->bus()), ("saved " + folder.file()).c_str());
  // Who comes and stays is part of the scene after a while, until the model is loaded.
  fail_unless_equals_int(area(show(*split, 110, 500, true)), 0);
  emit(*split, "load-model");
  fail_unless_equals_text(told(split->bus()), "");
  fail_unless(recall(show(*split, 610, 1, true)) > 0.9);
  fail_unless_equals_text(told(split->bus()), ("loaded " + folder.file()).c_str());

  // One that does not fit leaves the present one where it is.
  folder.write("something else");
  emit(*split, "load-model");
  fail_unless(recall(show(*split, 611, 1, true)) > 0.9);
  fail_unless_warned(*split, "The present model stays");
  split->set("window", "2");
  split->set("method", "svd");
  make_model(folder);
  emit(*split, "load-model");
  fail_unless(split->push(scene(caps_of(), 612, false)) == GST_FLOW_OK);
  fail_unless_warned(*split, "method=online");
  stop(*split);
  emit(*split, "save-model");
  fail_unless_warned(*split, "no model to save");
}
GST_END_TEST

GST_START_TEST(models_are_saved_while_frames_flow) {
  Folder folder;
  auto split = watching(folder.property());
  show(*split, 0, 1, false);
  std::atomic<bool> ended{false};
  std::atomic<int> saves{0};
  std::thread saver([&] {
    while (!ended) {
      emit(*split, "save-model");
      if (++saves % 3 == 0)
        emit(*split, "load-model");
    }
  });
  int frame = 1;
  for (; frame < 200 || (saves < 20 && frame < 20000); frame++)
    show(*split, frame, 1, false);
  ended = true;
  saver.join();
  fail_unless(saves >= 20);
  show(*split, frame, 1, false);
  fail_unless_equals_text(warned(split->bus()), "");
  stop(*split);
  auto next = watching(folder.property());
  fail_unless(recall(show(*next, frame, 1, true)) > 0.9);
}
GST_END_TEST

GstPadProbeReturn block(GstPad*, GstPadProbeInfo*, gpointer) {
  return GST_PAD_PROBE_OK;
}

// As in a paused pipeline, whose sinks hold the streaming thread.
GST_START_TEST(models_are_saved_while_downstream_blocks) {
  Folder folder;
  auto split = watching(folder.property());
  show(*split, 0, 3, false);
  GstPad* pad = gst_element_get_static_pad(split->element(), "mask");
  const gulong probe = gst_pad_add_probe(
      pad, static_cast<GstPadProbeType>(GST_PAD_PROBE_TYPE_BLOCK | GST_PAD_PROBE_TYPE_BUFFER),
      block, nullptr, nullptr);
  std::thread streaming([&] { split->push(scene(caps_of(), 3, false)); });
  while (!gst_pad_is_blocking(pad))
    g_usleep(1000);
  emit(*split, "save-model");
  fail_unless_equals_text(told(split->bus()), ("saved " + folder.file()).c_str());
  emit(*split, "load-model");
  gst_pad_remove_probe(pad, probe);
  streaming.join();
  gst_buffer_unref(split->pull(Split::mask));
  show(*split, 4, 1, false);
  fail_unless_equals_text(told(split->bus()), ("loaded " + folder.file()).c_str());
  gst_object_unref(pad);
}
GST_END_TEST

constexpr char saver_variable[] = "RPCASPLIT_TEST_SAVES_TO";

// What the next test runs as a program of its own, until it is killed.
GST_START_TEST(saves_for_ever) {
  auto split = watching(std::string("model-location=") + std::getenv(saver_variable));
  for (int i = 0;; i++) {
    show(*split, i, 1, false);
    emit(*split, "save-model");
    while (GstMessage* message = gst_bus_pop(split->bus()))
      gst_message_unref(message);
  }
}
GST_END_TEST

GST_START_TEST(a_saver_that_is_killed_leaves_a_whole_model) {
  Folder folder;
  make_model(folder);
  g_setenv(saver_variable, folder.file().c_str(), TRUE);
  g_setenv("CK_FORK", "no", TRUE);  // what is killed is the one that saves
  g_unsetenv("GST_TRACERS");
  GRand* random = g_rand_new_with_seed(1);
  int changed = 0;
  for (int k = 0; k < 20; k++) {
    const std::string before = folder.bytes();
    gchar* arguments[] = {program_invocation_name, nullptr};
    GPid child = 0;
    fail_unless(g_spawn_async(nullptr, arguments, nullptr, G_SPAWN_DO_NOT_REAP_CHILD, nullptr,
                              nullptr, &child, nullptr));
    // It takes a while to start; then it saves for some milliseconds.
    for (int wait = 0; wait < 10000 && folder.bytes() == before; wait++)
      g_usleep(1000);
    g_usleep(static_cast<gulong>(g_rand_int_range(random, 0, 20000)));
    fail_unless(kill(child, SIGKILL) == 0);
    fail_unless(waitpid(child, nullptr, 0) == child);
    g_spawn_close_pid(child);
    changed += folder.bytes() != before;
    auto split = watching("");
    split->set("model-location", folder.file().c_str());
    emit(*split, "load-model");
    fail_unless(recall(show(*split, 100, 1, true)) > 0.9);
    fail_unless_equals_text(told(split->bus()), ("loaded " + folder.file()).c_str());
    fail_unless_equals_text(warned(split->bus()), "");
    split->set("model-location", "");
  }
  fail_unless_equals_int(changed, 20);
  g_rand_free(random);
}
GST_END_TEST

}  // namespace

int main() {
  if (std::getenv(saver_variable) != nullptr)
    return run_suite("saver", {saves_for_ever});
  return run_suite("model", {
                                properties_have_their_defaults_and_change_while_playing,
                                update_says_what_becomes_of_who_stays,
                                a_change_to_frozen_ends_the_startup,
                                learn_time_holds_the_model_when_it_is_over,
                                what_stopped_goes_on_where_it_was,
                                a_restart_loads_what_the_stop_saved,
                                nothing_is_saved_of_nothing,
                                models_that_do_not_fit_are_warnings,
                                a_folder_is_no_model,
                                a_file_that_cannot_be_written_is_a_warning,
                                other_caps_later_learn_afresh,
                                signals_save_and_load_at_any_time,
                                models_are_saved_while_frames_flow,
                                models_are_saved_while_downstream_blocks,
                                a_saver_that_is_killed_leaves_a_whole_model,
                            });
}
