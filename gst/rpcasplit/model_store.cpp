// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpcasplit/model_store.h"

#include <system_error>
#include <utility>

#include "lowrank/model_file.h"
#include "rpcasplit/debug.h"

namespace gst_lowrank {

namespace {

// The model of a picture of 8K takes less than a tenth.
constexpr guint64 largest_file = guint64{4} << 30;

constexpr char no_location[] = "There is no file to save to or to load from: set model-location.";

}  // namespace

std::unique_lock<std::mutex> ModelStore::use() {
  return open_ ? std::unique_lock(mutex_) : std::unique_lock<std::mutex>();
}

void ModelStore::close() {
  const std::lock_guard lock(mutex_);
  open_ = false;
}

void ModelStore::open() {
  const std::lock_guard lock(mutex_);
  open_ = true;
}

std::optional<std::vector<guint8>> ModelStore::copy() {
  const std::lock_guard lock(mutex_);
  if (!open_ || !engine_.has_model())
    return std::nullopt;
  return engine_.save_model();
}

void ModelStore::save(const std::string& location) {
  if (location.empty()) {
    GST_ELEMENT_WARNING(element_, RESOURCE, SETTINGS, ("%s", no_location), (nullptr));
    return;
  }
  const auto model = copy();
  if (!model) {
    GST_ELEMENT_WARNING(
        element_, RESOURCE, NOT_FOUND,
        ("There is no model to save to \"%s\": method=online has one from its first "
         "frame on.",
         location.c_str()),
        (nullptr));
    return;
  }
  try {
    lowrank::write_model_file(location, *model);
  } catch (const std::system_error& error) {
    GST_ELEMENT_WARNING(element_, RESOURCE, WRITE, ("The model was not saved: %s.", error.what()),
                        (nullptr));
    return;
  }
  GST_INFO_OBJECT(element_, "model saved to %s", location.c_str());
  post("saved", location);
}

std::optional<ModelStore::Model> ModelStore::read(const std::string& location,
                                                  bool must_exist) const {
  try {
    return Model{location, lowrank::read_model_file(location, largest_file)};
  } catch (const std::system_error& error) {
    const bool missing = error.code() == std::errc::no_such_file_or_directory;
    if (missing && !must_exist)
      GST_INFO_OBJECT(element_, "no model at %s yet", location.c_str());
    else if (missing)
      GST_ELEMENT_WARNING(element_, RESOURCE, NOT_FOUND,
                          ("The model was not loaded: %s.", error.what()), (nullptr));
    else
      GST_ELEMENT_WARNING(element_, RESOURCE, READ, ("The model was not loaded: %s.", error.what()),
                          (nullptr));
  }
  return std::nullopt;
}

void ModelStore::load(const std::string& location) {
  if (location.empty()) {
    GST_ELEMENT_WARNING(element_, RESOURCE, SETTINGS, ("%s", no_location), (nullptr));
    return;
  }
  auto model = read(location, true);
  if (!model)
    return;
  const std::lock_guard lock(waiting_mutex_);
  waiting_ = std::move(model);
}

std::optional<ModelStore::Model> ModelStore::take_waiting() {
  const std::lock_guard lock(waiting_mutex_);
  return std::exchange(waiting_, std::nullopt);
}

void ModelStore::forget() {
  take_waiting();
}

void ModelStore::apply() {
  const auto model = take_waiting();
  if (!model)
    return;
  if (open_) {
    put(*model, "The present model stays.");
    return;
  }
  GST_ELEMENT_WARNING(
      element_, RESOURCE, SETTINGS,
      ("The model of \"%s\" was not loaded: it is for method=online.", model->location.c_str()),
      (nullptr));
}

void ModelStore::apply_at_start(const std::string& location) {
  if (location.empty())
    return;
  if (const auto model = read(location, false))
    put(*model, "Another is learned.");
}

void ModelStore::put(const Model& model, const char* otherwise) {
  try {
    const auto lock = use();
    engine_.load_model(model.bytes);
  } catch (const lowrank::ModelError& error) {
    GST_ELEMENT_WARNING(element_, RESOURCE, READ,
                        ("The model of \"%s\" was not loaded: %s. %s", model.location.c_str(),
                         error.what(), otherwise),
                        (nullptr));
    return;
  }
  GST_INFO_OBJECT(element_, "model loaded from %s", model.location.c_str());
  post("loaded", model.location);
}

void ModelStore::post(const char* action, const std::string& location) const {
  GstStructure* structure = gst_structure_new("rpcasplit-model", "action", G_TYPE_STRING, action,
                                              "location", G_TYPE_STRING, location.c_str(), nullptr);
  gst_element_post_message(element_, gst_message_new_element(GST_OBJECT(element_), structure));
}

}  // namespace gst_lowrank
