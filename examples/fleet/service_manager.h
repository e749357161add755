// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>

/// Tells the service manager, if there is one ($NOTIFY_SOCKET), how things are: lines such as
/// "READY=1", "WATCHDOG=1" or "STATUS=…", see sd_notify(3).
class ServiceManager {
 public:
  ServiceManager();
  ServiceManager(const ServiceManager&) = delete;
  ServiceManager& operator=(const ServiceManager&) = delete;
  ~ServiceManager();

  void tell(const std::string& lines) const;

 private:
  int socket_ = -1;
};
