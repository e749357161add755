// SPDX-License-Identifier: LGPL-2.1-or-later

// The presets that come with the element.
#include <glib/gstdio.h>

#include <cstring>
#include <set>

#include "support.h"

namespace {

const std::set<std::string> shipped = {"indoor", "night", "outdoor-trees", "studio", "traffic"};

GstElement* make_element() {
  GstElement* element = gst_element_factory_make("rpcasplit", nullptr);
  fail_unless(GST_IS_PRESET(element));
  return element;
}

std::set<std::string> take_names(gchar** names) {
  std::set<std::string> result;
  for (gchar** name = names; name != nullptr && *name != nullptr; name++)
    result.insert(*name);
  g_strfreev(names);
  return result;
}

// The file, where GST_PRESET_PATH says that presets are.
GKeyFile* read_file() {
  GKeyFile* file = g_key_file_new();
  gchar* path = g_build_filename(g_getenv("GST_PRESET_PATH"), "GstRpcaSplit.prs", nullptr);
  fail_unless(g_key_file_load_from_file(file, path, G_KEY_FILE_NONE, nullptr), "%s", path);
  g_free(path);
  return file;
}

// The value of a key as its property has it; fails where it is none.
void parse_value(GValue* value, GObject* object, GKeyFile* file, const char* preset,
                 const char* key) {
  GParamSpec* spec = g_object_class_find_property(G_OBJECT_GET_CLASS(object), key);
  fail_unless(spec != nullptr && (spec->flags & G_PARAM_WRITABLE) != 0, "%s of %s", key, preset);
  gchar* text = g_key_file_get_value(file, preset, key, nullptr);
  g_value_init(value, spec->value_type);
  fail_unless(gst_value_deserialize_with_pspec(value, text, spec), "%s=%s", key, text);
  fail_if(g_param_value_validate(spec, value), "%s=%s is out of range", key, text);
  g_free(text);
}

GST_START_TEST(five_presets_are_shipped) {
  GstElement* element = make_element();
  fail_unless(take_names(gst_preset_get_preset_names(GST_PRESET(element))) == shipped);
  gst_object_unref(element);
}
GST_END_TEST

GST_START_TEST(presets_set_what_their_file_says) {
  GKeyFile* file = read_file();
  for (const std::string& preset : shipped) {
    GstElement* element = make_element();
    fail_unless(gst_preset_load_preset(GST_PRESET(element), preset.c_str()), "%s", preset.c_str());
    gchar** keys = g_key_file_get_keys(file, preset.c_str(), nullptr, nullptr);
    int properties = 0;
    for (gchar** key = keys; *key != nullptr; key++) {
      if (g_str_equal(*key, "_meta/comment"))
        continue;
      GValue wanted = G_VALUE_INIT;
      parse_value(&wanted, G_OBJECT(element), file, preset.c_str(), *key);
      GValue found = G_VALUE_INIT;
      g_value_init(&found, G_VALUE_TYPE(&wanted));
      g_object_get_property(G_OBJECT(element), *key, &found);
      fail_unless(gst_value_compare(&wanted, &found) == GST_VALUE_EQUAL, "%s of %s", *key,
                  preset.c_str());
      g_value_unset(&wanted);
      g_value_unset(&found);
      properties++;
    }
    fail_unless(properties > 0, "%s sets nothing", preset.c_str());
    gchar* comment = nullptr;
    fail_unless(gst_preset_get_meta(GST_PRESET(element), preset.c_str(), "comment", &comment));
    fail_unless(std::strlen(comment) > 10);
    g_free(comment);
    g_strfreev(keys);
    gst_object_unref(element);
  }
  g_key_file_free(file);
}
GST_END_TEST

GST_START_TEST(file_has_nothing_else) {
  GKeyFile* file = read_file();
  std::set<std::string> groups = take_names(g_key_file_get_groups(file, nullptr));
  fail_unless(groups.erase("_presets_") == 1 && groups == shipped);
  fail_unless(take_names(g_key_file_get_keys(file, "_presets_", nullptr, nullptr)) ==
              std::set<std::string>({"element-name", "version"}));
  gchar* name = g_key_file_get_value(file, "_presets_", "element-name", nullptr);
  GstElement* element = make_element();
  fail_unless_equals_string(name, G_OBJECT_TYPE_NAME(element));
  gst_object_unref(element);
  g_free(name);
  g_key_file_free(file);
}
GST_END_TEST

// As on a line of gst-launch-1.0, and played.
GST_START_TEST(presets_play) {
  for (const std::string& preset : shipped) {
    Split split("@preset=" + preset);
    const std::string caps = raw_caps("I420", 32, 24);
    split.set_caps(caps);
    push_frames(split, caps, 0, 3);
    fail_unless_equals_int(static_cast<int>(split.waiting(Split::mask)), 3);
    fail_unless_equals_text(split.error(), "");
  }
}
GST_END_TEST

// What an application saves comes back, a value of each property included.
GST_START_TEST(presets_of_ones_own_are_kept) {
  GstElement* element = make_element();
  g_object_set(element, "threshold", 4.5, "mask-cleanup", 7u, "qos", FALSE, nullptr);
  fail_unless(gst_preset_save_preset(GST_PRESET(element), "mine"));
  gst_object_unref(element);
  element = make_element();
  fail_unless(gst_preset_load_preset(GST_PRESET(element), "mine"));
  gdouble threshold = 0;
  guint cleanup = 0;
  gboolean qos = TRUE;
  g_object_get(element, "threshold", &threshold, "mask-cleanup", &cleanup, "qos", &qos, nullptr);
  fail_unless(threshold == 4.5 && cleanup == 7 && !qos);
  fail_unless(gst_preset_delete_preset(GST_PRESET(element), "mine"));
  gst_object_unref(element);
}
GST_END_TEST

}  // namespace

int main() {
  // Presets that are saved go to a folder of their own.
  gchar* home = g_dir_make_tmp("presets-XXXXXX", nullptr);
  g_setenv("XDG_DATA_HOME", home, TRUE);
  const int failures =
      run_suite("presets", {five_presets_are_shipped, presets_set_what_their_file_says,
                            file_has_nothing_else, presets_play, presets_of_ones_own_are_kept});
  for (const char* part :
       {"gstreamer-1.0/presets/GstRpcaSplit.prs", "gstreamer-1.0/presets/GstRpcaSplit.prs.bak",
        "gstreamer-1.0/presets", "gstreamer-1.0", "."}) {
    gchar* path = g_build_filename(home, part, nullptr);
    g_remove(path);
    g_free(path);
  }
  g_rmdir(home);
  g_free(home);
  return failures;
}
