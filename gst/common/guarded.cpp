// SPDX-License-Identifier: LGPL-2.1-or-later
#include "common/guarded.h"

#include <exception>
#include <new>

#include "lowrank/background.h"

namespace gst_lowrank {

namespace {

void post(GstElement* element, GQuark domain, gint code, const char* text, const char* kind) {
  gst_element_message_full(element, GST_MESSAGE_ERROR, domain, code, g_strdup(text), g_strdup(kind),
                           __FILE__, GST_FUNCTION, __LINE__);
}

}  // namespace

void post_warning(GstElement* element, GQuark domain, gint code, const std::string& text) {
  gst_element_message_full(element, GST_MESSAGE_WARNING, domain, code, g_strdup(text.c_str()),
                           nullptr, __FILE__, GST_FUNCTION, __LINE__);
}

void post_current_exception(GstElement* element) noexcept {
  try {
    throw;
  } catch (const ElementError& error) {
    post(element, error.domain(), error.code(), error.what(), nullptr);
  } catch (const lowrank::MemoryLimitError& error) {
    post(element, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_NO_SPACE_LEFT, error.what(),
         "max-memory exceeded");
  } catch (const std::bad_alloc&) {
    post(element, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_NO_SPACE_LEFT, "Out of memory.", nullptr);
  } catch (const std::length_error& error) {
    post(element, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_NO_SPACE_LEFT, error.what(), nullptr);
  } catch (const std::invalid_argument& error) {
    post(element, GST_LIBRARY_ERROR, GST_LIBRARY_ERROR_SETTINGS, error.what(), nullptr);
  } catch (const std::exception& error) {
    post(element, GST_LIBRARY_ERROR, GST_LIBRARY_ERROR_FAILED, error.what(), nullptr);
  } catch (...) {
    post(element, GST_LIBRARY_ERROR, GST_LIBRARY_ERROR_FAILED, "Unknown failure.", nullptr);
  }
}

}  // namespace gst_lowrank
