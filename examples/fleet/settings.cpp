// SPDX-License-Identifier: LGPL-2.1-or-later
#include "settings.h"

#include <cmath>
#include <set>

namespace {

class File {
 public:
  explicit File(const std::string& path) : path_(path), keys_(g_key_file_new()) {
    g_autoptr(GError) error = nullptr;
    if (!g_key_file_load_from_file(keys_, path.c_str(), G_KEY_FILE_NONE, &error)) {
      const WrongSettings wrong(path, error->message);
      g_key_file_unref(keys_);
      throw wrong;
    }
  }

  File(const File&) = delete;
  File& operator=(const File&) = delete;
  ~File() { g_key_file_unref(keys_); }

  // As it stands there: pipelines have backslashes of their own.
  std::string text(const char* group, const char* key) const {
    g_autofree char* value = g_key_file_get_value(keys_, group, key, nullptr);
    return value ? g_strstrip(value) : "";
  }

  void read(const char* group, const char* key, double& seconds) const {
    const std::string value = text(group, key);
    if (!g_key_file_has_key(keys_, group, key, nullptr))
      return;
    char* end = nullptr;
    const double number = g_ascii_strtod(value.c_str(), &end);
    if (value.empty() || *end || !std::isfinite(number) || number < 0)
      fail(group, key, value + " is no number of seconds");
    seconds = number;
  }

  void read(const char* group, const char* key, bool& flag) const {
    const std::string value = text(group, key);
    if (value == "true" || value == "false")
      flag = value == "true";
    else if (g_key_file_has_key(keys_, group, key, nullptr))
      fail(group, key, value + " is neither true nor false");
  }

  std::vector<std::string> names(const char* group) const {
    g_auto(GStrv) keys = g_key_file_get_keys(keys_, group, nullptr, nullptr);
    std::vector<std::string> result;
    for (char** key = keys; key && *key; key++)
      result.emplace_back(*key);
    return result;
  }

  // A key that nobody reads would be a setting that somebody believes in.
  void check_groups(const std::set<std::string>& known) const {
    g_auto(GStrv) groups = g_key_file_get_groups(keys_, nullptr);
    for (char** group = groups; *group; group++)
      if (!known.contains(*group))
        throw WrongSettings(path_, std::string("there is no group [") + *group + "]");
  }

  void check_keys(const char* group, const std::set<std::string>& known) const {
    for (const std::string& key : names(group))
      if (!known.contains(key))
        fail(group, key.c_str(), "there is no such key");
  }

  [[noreturn]] void fail(const char* group, const char* key, const std::string& what) const {
    throw WrongSettings(path_, std::string("[") + group + "] " + key + ": " + what);
  }

 private:
  std::string path_;
  GKeyFile* keys_;
};

Settings::Lines read_lines(const File& file) {
  const std::string value = file.text("output", "lines");
  if (value.empty() || value == "regions")
    return Settings::Lines::regions;
  if (value == "frames")
    return Settings::Lines::frames;
  if (value != "none")
    file.fail("output", "lines", value + " is none of none, regions and frames");
  return Settings::Lines::none;
}

// A name without a scheme is that of a file, beside the settings unless it is absolute.
std::string to_uri(const File& file, const std::string& folder, const std::string& text) {
  if (text.empty() || gst_uri_is_valid(text.c_str()))
    return text;
  g_autofree char* path = g_canonicalize_filename(text.c_str(), folder.c_str());
  g_autoptr(GError) error = nullptr;
  g_autofree char* uri = gst_filename_to_uri(path, &error);
  if (!uri)
    file.fail("camera", "uri", error->message);
  return uri;
}

void set_property(const Settings& settings, GstElement* split, const std::string& name,
                  const std::string& text) {
  const auto fail = [&](const std::string& what) {
    throw WrongSettings(settings.file, "[rpcasplit] " + name + ": " + what);
  };
  if (name == "preset") {
    if (!gst_preset_load_preset(GST_PRESET(split), text.c_str()))
      fail("there is no preset " + text);
    return;
  }
  GParamSpec* spec = g_object_class_find_property(G_OBJECT_GET_CLASS(split), name.c_str());
  if (!spec || !(spec->flags & G_PARAM_WRITABLE))
    fail("rpcasplit has no property of that name that could be set");
  g_auto(GValue) value = G_VALUE_INIT;
  g_value_init(&value, G_PARAM_SPEC_VALUE_TYPE(spec));
  if (!gst_value_deserialize_with_pspec(&value, text.c_str(), spec))
    fail(text + " is no value of its type, " + G_PARAM_SPEC_TYPE_NAME(spec));
  if (g_param_value_validate(spec, &value))
    fail(text + " is out of its range");
  g_object_set_property(G_OBJECT(split), name.c_str(), &value);
}

}  // namespace

Settings read_settings(const std::string& folder, const std::string& name) {
  Settings settings;
  settings.file = folder + G_DIR_SEPARATOR_S + name + ".conf";
  const File file(settings.file);
  file.check_groups({"camera", "rpcasplit", "output"});
  file.check_keys("camera", {"uri", "source", "recording", "patience", "save-every", "heartbeat"});
  file.check_keys("output", {"lines", "foreground", "background", "mask"});

  const std::string uri = file.text("camera", "uri");
  settings.source = file.text("camera", "source");
  if (uri.empty() == settings.source.empty())
    throw WrongSettings(settings.file, "[camera] needs either uri or source");
  settings.uri = to_uri(file, folder, uri);
  file.read("camera", "recording", settings.recording);
  file.read("camera", "patience", settings.patience);
  file.read("camera", "save-every", settings.save_every);
  file.read("camera", "heartbeat", settings.heartbeat);
  if (settings.patience < 1)
    file.fail("camera", "patience", "less than a second");

  settings.lines = read_lines(file);
  for (Settings::Output& output : settings.outputs)
    output.elements = file.text("output", output.pad);
  for (const std::string& key : file.names("rpcasplit")) {
    std::string value = file.text("rpcasplit", key.c_str());
    if (key == "region-mask" && !value.empty()) {
      g_autofree char* path = g_canonicalize_filename(value.c_str(), folder.c_str());
      value = path;
    }
    settings.properties.emplace_back(key, value);
  }
  return settings;
}

void apply_properties(const Settings& settings, GstElement* split) {
  for (const auto& [name, text] : settings.properties)
    set_property(settings, split, name, text);
}
