// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstring>

namespace tillpost::test {

/// Takes the loopback interface of the calling thread's network namespace up or down; only in a namespace of one's own.
inline bool set_loopback(bool up) {
    const int socket = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    ifreq request{};
    std::strcpy(request.ifr_name, "lo");
    request.ifr_flags = up ? IFF_UP | IFF_RUNNING : 0;
    const bool done = ::ioctl(socket, SIOCSIFFLAGS, &request) == 0;
    ::close(socket);
    return done;
}

}  // namespace tillpost::test
