// SPDX-License-Identifier: LGPL-2.1-or-later
#include "leaks.h"

#include <gst/check/gstcheck.h>

#include <cstring>
#include <set>

namespace leaks {

namespace {

GstTracer* find_tracer() {
  GList* tracers = gst_tracing_get_active_tracers();
  GstTracer* found = nullptr;
  for (GList* item = tracers; item != nullptr && found == nullptr; item = item->next)
    if (std::strcmp(G_OBJECT_TYPE_NAME(item->data), "GstLeaksTracer") == 0)
      found = GST_TRACER(gst_object_ref(item->data));
  g_list_free_full(tracers, gst_object_unref);
  return found;
}

// What the registry holds to the end, which the tracer is not always told.
std::set<gconstpointer> kept_objects() {
  std::set<gconstpointer> kept;
  GstRegistry* registry = gst_registry_get();
  GList* plugins = gst_registry_get_plugin_list(registry);
  for (GList* item = plugins; item != nullptr; item = item->next)
    kept.insert(item->data);
  gst_plugin_list_free(plugins);
  GList* features = gst_registry_feature_filter(registry, nullptr, FALSE, nullptr);
  for (GList* item = features; item != nullptr; item = item->next) {
    kept.insert(item->data);
    if (GST_IS_TYPE_FIND_FACTORY(item->data))
      kept.insert(gst_type_find_factory_get_caps(GST_TYPE_FIND_FACTORY(item->data)));
  }
  gst_plugin_feature_list_free(features);
  return kept;
}

}  // namespace

bool are_traced() {
  GstTracer* tracer = find_tracer();
  if (tracer == nullptr)
    return false;
  gst_object_unref(tracer);
  return true;
}

std::string live_objects() {
  GstTracer* tracer = find_tracer();
  fail_unless(tracer != nullptr, "the tracer is not active");
  const std::set<gconstpointer> kept = kept_objects();
  // It is not freed: that would unref the objects, which are not its own.
  GstStructure* live = nullptr;
  g_signal_emit_by_name(tracer, "get-live-objects", &live);
  gst_object_unref(tracer);
  const GValue* objects = gst_structure_get_value(live, "live-objects-list");
  std::string names;
  for (guint i = 0; i < gst_value_list_get_size(objects); i++) {
    const GstStructure* one = gst_value_get_structure(gst_value_list_get_value(objects, i));
    const GValue* object = gst_structure_get_value(one, "object");
    if (kept.count(g_value_peek_pointer(object)) > 0)
      continue;
    const char* name = G_VALUE_TYPE_NAME(object);
    if (!names.empty())
      names += ' ';
    names += name;
  }
  return names;
}

void fail_if_any() {
  if (!are_traced())
    return;
  // Threads of queues and sources let go of their last objects after the pipeline is gone.
  gst_task_cleanup_all();
  std::string names = live_objects();
  for (int i = 0; i < 500 && !names.empty(); i++) {
    g_usleep(10000);
    names = live_objects();
  }
  fail_unless(names.empty(), "left behind: %s", names.c_str());
}

}  // namespace leaks
