// SPDX-License-Identifier: LGPL-2.1-or-later
#include "service_manager.h"

#include <cstddef>
#include <cstdlib>
#include <cstring>

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

ServiceManager::ServiceManager() {
  const char* variable = std::getenv("NOTIFY_SOCKET");
  const std::string path = variable ? variable : "";
  unsetenv("NOTIFY_SOCKET");  // what is started from here is no service
  sockaddr_un address{};
  if (path.empty() || path.size() >= sizeof address.sun_path)
    return;
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.data(), path.size());
  if (path[0] == '@')
    address.sun_path[0] = '\0';  // a name that is in no file system
  const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size());
  socket_ = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (socket_ >= 0 && connect(socket_, reinterpret_cast<sockaddr*>(&address), length) != 0) {
    close(socket_);
    socket_ = -1;
  }
}

ServiceManager::~ServiceManager() {
  if (socket_ >= 0)
    close(socket_);
}

void ServiceManager::tell(const std::string& lines) const {
  // One that has gone away is no reason to stop.
  if (socket_ >= 0)
    (void)!send(socket_, lines.data(), lines.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
}
