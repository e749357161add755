// SPDX-License-Identifier: LGPL-2.1-or-later

// The same input gives the same output: for any number of threads, in any run and process, and with
// the vector instructions of any processor. Where matrices are factorized another processor may
// round otherwise; then what is seen stays the same but for few samples.
#include <hwy/targets.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>

#include "codec_support.h"

namespace {

const char* program = nullptr;
const char* output_path = nullptr;  // of a process that another one has started

constexpr const char* methods[] = {
    "method=online",        "method=pcp window=12", "method=pcp noise=0 window=12",
    "method=svd window=12", "method=nmf window=12", "method=fixed-rank rank=2 window=12"};
constexpr int frames = 40;
const std::string caps = raw_caps("I420", 64, 48);

// A still, textured picture with noise and a box that moves.
GstBuffer* scene(const GstVideoInfo& info, int index) {
  GstBuffer* buffer = make_noise_frame(info, index, 0, 9);
  GstBuffer* picture = make_frame(info, index);
  GstMapInfo to, from;
  gst_buffer_map(buffer, &to, GST_MAP_READWRITE);
  gst_buffer_map(picture, &from, GST_MAP_READ);
  for (gsize i = 0; i < to.size; i++)
    to.data[i] = static_cast<guint8>(to.data[i] + from.data[i]);
  gst_buffer_unmap(picture, &from);
  gst_buffer_unmap(buffer, &to);
  gst_buffer_unref(picture);
  return buffer;
}

// What leaves the pads background and mask.
struct Separated {
  Bytes background, mask;
  bool operator==(const Separated&) const = default;
};

Separated separate(const std::string& properties) {
  Split split(properties, Split::background | Split::mask);
  split.set_caps(caps);
  const GstVideoInfo info = parse_caps(caps);
  for (int i = 0; i < frames; i++)
    fail_unless(split.push(scene(info, i)) == GST_FLOW_OK, "%s", split.error().c_str());
  split.push_event(gst_event_new_eos());
  Separated result;
  for (const int pad : {Split::background, Split::mask}) {
    Bytes& all = pad == Split::mask ? result.mask : result.background;
    for (int i = 0; i < frames; i++) {
      GstBuffer* buffer = split.pull(pad);
      const Bytes bytes = bytes_of(buffer);
      all.insert(all.end(), bytes.begin(), bytes.end());
      gst_buffer_unref(buffer);
    }
  }
  return result;
}

// The stream, and its pictures.
Bytes code(const std::string& properties, const std::string& threads) {
  Chain encoder("lowrankcompress threads=" + threads + " " + properties);
  encoder.set_caps(caps);
  for (int i = 0; i < 8; i++)
    fail_unless_equals_int(encoder.push(scene(parse_caps(caps), i)), GST_FLOW_OK);
  const std::vector<GstBuffer*> packets = encoder.pull_all();
  Bytes all = bytes_of(packets);
  unref_all(packets);
  const Decoded decoded = decode(all, "threads=" + threads);
  const Bytes pictures = bytes_of(decoded.buffers);
  unref_all(decoded.buffers);
  all.insert(all.end(), pictures.begin(), pictures.end());
  return all;
}

constexpr const char* layouts[] = {"key-int-max=3", "quality=40 key-int-max=5"};
constexpr const char* whole_planes = "layout=frame rank=8";

// How far two results are apart.
struct Difference {
  int levels = 0;      // the most that a sample of the background is off
  double pixels = 0;   // share of the pixels of the mask that are not the same
  double samples = 0;  // share of the samples of the background that are not the same
};

Difference compare(const Separated& a, const Separated& b) {
  fail_unless(a.background.size() == b.background.size() && a.mask.size() == b.mask.size());
  Difference d;
  for (std::size_t i = 0; i < a.background.size(); i++) {
    const int off = std::abs(a.background[i] - b.background[i]);
    d.levels = MAX(d.levels, off);
    d.samples += off > 0;
  }
  for (std::size_t i = 0; i < a.mask.size(); i++)
    d.pixels += a.mask[i] != b.mask[i];
  d.samples /= static_cast<double>(a.background.size());
  d.pixels /= static_cast<double>(a.mask.size());
  return d;
}

// What rounding may do by way of a factorization. The sums of nmf differ with the length of
// vectors, and where its background is uncertain, behind an object, that counts.
constexpr Difference exact = {0, 0, 0};
constexpr Difference rounded = {1, .001, .001};
constexpr Difference bounds[] = {exact, rounded, rounded, rounded, {12, .001, .05}, rounded};

void check_close(const Separated& a, const Separated& b, const Difference& bound,
                 const std::string& what) {
  const Difference d = compare(a, b);
  std::printf("%s: background %d levels, %.5f of the samples; mask %.5f of the pixels\n",
              what.c_str(), d.levels, d.samples, d.pixels);
  fail_unless(d.levels <= bound.levels && d.samples <= bound.samples && d.pixels <= bound.pixels,
              "%s: %d levels, %g, %g", what.c_str(), d.levels, d.samples, d.pixels);
}

void use_target(std::int64_t targets) {
  hwy::SetSupportedTargetsForTest(targets);
  hwy::GetChosenTarget().Update(hwy::SupportedTargets());
}

GST_START_TEST(scene_has_foreground) {
  for (const char* method : methods) {
    const Separated result = separate(method);
    const auto set = static_cast<double>(std::count(result.mask.begin(), result.mask.end(), 255));
    const double share = set / static_cast<double>(result.mask.size());
    fail_unless(share > 0.001 && share < 0.5, "%s: %g", method, share);
  }
}
GST_END_TEST

GST_START_TEST(any_number_of_threads_and_any_run_separate_alike) {
  for (const char* method : methods) {
    const Separated one = separate(std::string("threads=1 ") + method);
    for (const char* threads : {"1", "2", "3", "4", "7"})
      fail_unless(separate(std::string("threads=") + threads + " " + method) == one,
                  "%s, %s threads", method, threads);
  }
}
GST_END_TEST

GST_START_TEST(any_number_of_threads_and_any_run_code_alike) {
  for (const char* layout : {layouts[0], layouts[1], whole_planes}) {
    const Bytes one = code(layout, "1");
    for (const char* threads : {"1", "2", "3", "4", "7"})
      fail_unless(code(layout, threads) == one, "%s, %s threads", layout, threads);
  }
}
GST_END_TEST

GST_START_TEST(any_vector_instructions_will_do) {
  std::vector<Separated> best;
  for (const char* method : methods)
    best.push_back(separate(method));
  std::vector<Bytes> coded;
  for (const char* layout : {layouts[0], layouts[1], whole_planes})
    coded.push_back(code(layout, "2"));
  const std::int64_t supported = hwy::SupportedTargets();
  for (std::int64_t left = supported; left != 0; left &= left - 1) {
    const std::int64_t target = left & -left;
    use_target(target);
    const std::string name = hwy::TargetName(target);
    for (std::size_t i = 0; i < best.size(); i++)
      check_close(separate(methods[i]), best[i], bounds[i], name + ", " + methods[i]);
    std::size_t i = 0;
    for (const char* layout : {layouts[0], layouts[1], whole_planes})
      fail_unless(code(layout, "2") == coded[i++], "%s, %s", name.c_str(), layout);
  }
  use_target(0);
}
GST_END_TEST

std::string text_of(const Bytes& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::string everything() {
  std::string all;
  for (const char* method : methods) {
    const Separated result = separate(method);
    all += text_of(result.background) + text_of(result.mask);
  }
  for (const char* layout : layouts)
    all += text_of(code(layout, "2"));
  return all;
}

GST_START_TEST(write_everything) {
  const std::string all = everything();
  fail_unless(
      g_file_set_contents(output_path, all.data(), static_cast<gssize>(all.size()), nullptr));
}
GST_END_TEST

// Runs this program again, which says what it makes of all this.
std::string other_process(const char* core) {
  const File file({});
  gchar** environment = g_get_environ();
  if (core != nullptr)
    environment = g_environ_setenv(environment, "OPENBLAS_CORETYPE", core, TRUE);
  gchar* arguments[] = {g_strdup(program), g_strdup(file.path().c_str()), nullptr};
  gint status = -1;
  fail_unless(g_spawn_sync(nullptr, arguments, environment, G_SPAWN_STDOUT_TO_DEV_NULL, nullptr,
                           nullptr, nullptr, nullptr, &status, nullptr));
  fail_unless_equals_int(status, 0);
  g_free(arguments[0]);
  g_free(arguments[1]);
  g_strfreev(environment);
  gchar* data = nullptr;
  gsize size = 0;
  fail_unless(g_file_get_contents(file.path().c_str(), &data, &size, nullptr));
  std::string all(data, size);
  g_free(data);
  return all;
}

GST_START_TEST(any_process_does_alike) {
  const std::string here = everything();
  fail_unless(other_process(nullptr) == here);
}
GST_END_TEST

// Of which kernels the BLAS has, each is right; the codec and `online` use none.
GST_START_TEST(any_kernels_of_the_blas_will_do) {
  const std::string here = everything();
  const GstVideoInfo info = parse_caps(caps);
  const std::size_t background = info.size * frames, mask = std::size_t{64} * 48 * frames;
  const auto part = [&](const std::string& all, std::size_t method) {
    const auto* data =
        reinterpret_cast<const std::uint8_t*>(all.data()) + method * (background + mask);
    return Separated{{data, data + background}, {data + background, data + background + mask}};
  };
  for (const char* core : {"Prescott", "Nehalem", "Haswell"}) {
    const std::string there = other_process(core);
    for (std::size_t i = 0; i < std::size(methods); i++)
      check_close(part(there, i), part(here, i), bounds[i], std::string(core) + ", " + methods[i]);
    const std::size_t coded = std::size(methods) * (background + mask);
    fail_unless(there.substr(coded) == here.substr(coded), "%s", core);
  }
}
GST_END_TEST

}  // namespace

int main(int argc, char** argv) {
  program = argv[0];
  if (argc > 1) {
    output_path = argv[1];
    return run_suite("another process", {write_everything});
  }
  return run_suite("determinism",
                   {scene_has_foreground, any_number_of_threads_and_any_run_separate_alike,
                    any_number_of_threads_and_any_run_code_alike, any_vector_instructions_will_do,
                    any_process_does_alike, any_kernels_of_the_blas_will_do});
}
