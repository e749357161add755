// SPDX-License-Identifier: LGPL-2.1-or-later

// What the plugin tells gst-inspect-1.0, of all that it holds, and the comments in the sources that
// a reference is made from.
#include <algorithm>
#include <cctype>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <string>

#include "support.h"

namespace {

bool is_text(const gchar* text) {
  return text != nullptr && *text != '\0';
}

// A phrase as GStreamer's own: a capital first, no full stop behind.
void check_phrase(const std::string& what, const gchar* text) {
  fail_unless(is_text(text), "%s: no text", what.c_str());
  const std::string phrase = text;
  const auto first = static_cast<unsigned char>(phrase.front());
  const auto last = static_cast<unsigned char>(phrase.back());
  fail_unless((std::isupper(first) || std::isdigit(first)) && last != '.' && !std::isspace(last),
              "%s: \"%s\"", what.c_str(), text);
}

// All that the elements' sources say.
const std::string& sources() {
  static const std::string text = [] {
    std::string all;
    namespace fs = std::filesystem;
    for (const fs::directory_entry& entry :
         fs::recursive_directory_iterator(g_getenv("LOWRANK_ELEMENTS")))
      if (entry.path().extension() == ".cpp") {
        std::ifstream file(entry.path());
        all.append(std::istreambuf_iterator<char>(file), {});
      }
    return all;
  }();
  return text;
}

// There is one comment under this heading, with a line or more of text and a version.
void check_comment(const std::string& heading) {
  const std::string begin = "* " + heading + "\n";
  const std::size_t at = sources().find(begin);
  fail_unless(at != std::string::npos, "no comment %s", heading.c_str());
  fail_unless(sources().find(begin, at + 1) == std::string::npos, "two comments %s",
              heading.c_str());
  const std::string comment = sources().substr(at, sources().find("*/", at) - at);
  fail_unless(comment.find("* Since: ") != std::string::npos, "%s: no Since", heading.c_str());
  // Heading, empty line, text, empty line, version.
  fail_unless(std::count(comment.begin(), comment.end(), '\n') >= 5, "%s: no text",
              heading.c_str());
}

GstPlugin* find_plugin() {
  GstPlugin* plugin = gst_registry_find_plugin(gst_registry_get(), "lowrank");
  fail_unless(plugin != nullptr);
  return plugin;
}

// Calls `check` with each feature of that type, loaded.
void for_each_feature(GType type, const std::function<void(GstPluginFeature*)>& check) {
  GList* features = gst_registry_get_feature_list_by_plugin(gst_registry_get(), "lowrank");
  for (GList* item = features; item != nullptr; item = item->next) {
    auto* feature = GST_PLUGIN_FEATURE(item->data);
    if (!G_TYPE_CHECK_INSTANCE_TYPE(feature, type))
      continue;
    GstPluginFeature* loaded = gst_plugin_feature_load(feature);
    fail_unless(loaded != nullptr, "%s", gst_plugin_feature_get_name(feature));
    check(loaded);
    gst_object_unref(loaded);
  }
  gst_plugin_feature_list_free(features);
}

void for_each_element(const std::function<void(GstElement*)>& check) {
  for_each_feature(GST_TYPE_ELEMENT_FACTORY, [&](GstPluginFeature* feature) {
    GstElement* element = gst_element_factory_create(GST_ELEMENT_FACTORY(feature), nullptr);
    fail_unless(element != nullptr);
    check(element);
    gst_object_unref(element);
  });
}

void check_enum(const std::string& what, GType type) {
  fail_unless(gst_type_is_plugin_api(type, nullptr), "%s is not marked as the plugin's",
              g_type_name(type));
  check_comment(std::string(g_type_name(type)) + ":");
  auto* klass = static_cast<GEnumClass*>(g_type_class_ref(type));
  for (guint i = 0; i < klass->n_values; i++) {
    const GEnumValue& value = klass->values[i];
    fail_unless(is_text(value.value_nick), "%s: no nick", what.c_str());
    for (const gchar* at = value.value_nick; *at != '\0'; at++)
      fail_unless(g_ascii_islower(*at) || g_ascii_isdigit(*at) || *at == '-', "%s: %s",
                  what.c_str(), value.value_nick);
    check_phrase(what + "=" + value.value_nick, value.value_name);
    fail_if(g_ascii_strcasecmp(value.value_name, value.value_nick) == 0, "%s: %s", what.c_str(),
            value.value_nick);
  }
  g_type_class_unref(klass);
}

void check_property(GParamSpec* spec) {
  const std::string what = std::string(g_type_name(spec->owner_type)) + ":" + spec->name;
  const gchar* nick = g_param_spec_get_nick(spec);
  const gchar* blurb = g_param_spec_get_blurb(spec);
  check_phrase(what, nick);
  check_phrase(what, blurb);
  // Where there is no nick, GObject gives the name.
  fail_unless(std::string(nick) != spec->name && std::string(nick) != blurb, "%s: %s", what.c_str(),
              nick);
  fail_unless((spec->flags & G_PARAM_READABLE) != 0, "%s cannot be read", what.c_str());
  if ((spec->flags & G_PARAM_WRITABLE) != 0) {
    const auto when =
        static_cast<guint>(spec->flags) &
        (GST_PARAM_MUTABLE_READY | GST_PARAM_MUTABLE_PAUSED | GST_PARAM_MUTABLE_PLAYING);
    fail_unless(when == GST_PARAM_MUTABLE_READY || when == GST_PARAM_MUTABLE_PLAYING,
                "%s does not say when it may change", what.c_str());
    GValue value = G_VALUE_INIT;
    g_value_init(&value, spec->value_type);
    g_param_value_set_default(spec, &value);
    fail_if(g_param_value_validate(spec, &value), "%s: its default is out of range", what.c_str());
    g_value_unset(&value);
  }
  if (G_IS_PARAM_SPEC_ENUM(spec))
    check_enum(what, spec->value_type);
  check_comment(what + ":");
}

GST_START_TEST(plugin_says_what_it_is) {
  GstPlugin* plugin = find_plugin();
  fail_unless_equals_string(gst_plugin_get_license(plugin), "LGPL");
  fail_unless_equals_string(gst_plugin_get_source(plugin), "gst-lowrank");
  check_phrase("description", gst_plugin_get_description(plugin));
  fail_unless(is_text(gst_plugin_get_package(plugin)));
  fail_unless(is_text(gst_plugin_get_origin(plugin)));
  fail_if(g_str_has_prefix(gst_plugin_get_origin(plugin), "Unknown"));
  int numbers[3] = {};
  fail_unless_equals_int(std::sscanf(gst_plugin_get_version(plugin), "%d.%d.%d", &numbers[0],
                                     &numbers[1], &numbers[2]),
                         3);
  gchar* file = g_path_get_basename(gst_plugin_get_filename(plugin));
  fail_unless_equals_string(file, "libgstlowrank.so");
  g_free(file);
  gst_object_unref(plugin);
  check_comment("plugin-lowrank:");
}
GST_END_TEST

GST_START_TEST(elements_say_what_they_are) {
  int count = 0;
  for_each_element([&](GstElement* element) {
    count++;
    GstElementFactory* factory = gst_element_get_factory(element);
    const std::string name = GST_OBJECT_NAME(factory);
    const auto text = [&](const gchar* key) {
      return gst_element_factory_get_metadata(factory, key);
    };
    for (const gchar* key : {GST_ELEMENT_METADATA_LONGNAME, GST_ELEMENT_METADATA_DESCRIPTION,
                             GST_ELEMENT_METADATA_KLASS, GST_ELEMENT_METADATA_AUTHOR})
      check_phrase(name + " " + key, text(key));
    fail_unless(std::strstr(text(GST_ELEMENT_METADATA_KLASS), "Video") != nullptr, "%s",
                name.c_str());
    fail_if(std::strcmp(text(GST_ELEMENT_METADATA_LONGNAME),
                        text(GST_ELEMENT_METADATA_DESCRIPTION)) == 0,
            "%s", name.c_str());
    check_comment("SECTION:element-" + name);
  });
  fail_unless_equals_int(count, 4);
}
GST_END_TEST

GST_START_TEST(properties_say_what_they_are) {
  int count = 0;
  for_each_element([&](GstElement* element) {
    guint length = 0;
    GParamSpec** specs = g_object_class_list_properties(G_OBJECT_GET_CLASS(element), &length);
    for (guint i = 0; i < length; i++)
      if (specs[i]->owner_type == G_OBJECT_TYPE(element)) {
        check_property(specs[i]);
        count++;
      }
    g_free(specs);
  });
  fail_unless(count > 40, "%d properties", count);
}
GST_END_TEST

GST_START_TEST(signals_have_comments) {
  int count = 0;
  for_each_element([&](GstElement* element) {
    guint length = 0;
    guint* ids = g_signal_list_ids(G_OBJECT_TYPE(element), &length);
    for (guint i = 0; i < length; i++) {
      check_comment(std::string(G_OBJECT_TYPE_NAME(element)) + "::" + g_signal_name(ids[i]) + ":");
      count++;
    }
    g_free(ids);
  });
  fail_unless_equals_int(count, 3);
}
GST_END_TEST

GST_START_TEST(files_are_known_by_name_and_content) {
  int count = 0;
  for_each_feature(GST_TYPE_TYPE_FIND_FACTORY, [&](GstPluginFeature* feature) {
    GstTypeFindFactory* factory = GST_TYPE_FIND_FACTORY(feature);
    const gchar* const* extensions = gst_type_find_factory_get_extensions(factory);
    fail_unless(extensions != nullptr && g_strv_contains(extensions, "lrv"));
    fail_unless(gst_type_find_factory_has_function(factory));
    fail_unless(gst_type_find_factory_get_caps(factory) != nullptr);
    count++;
  });
  fail_unless_equals_int(count, 1);
}
GST_END_TEST

}  // namespace

int main() {
  return run_suite("inspection", {plugin_says_what_it_is, elements_say_what_they_are,
                                  properties_say_what_they_are, signals_have_comments,
                                  files_are_known_by_name_and_content});
}
