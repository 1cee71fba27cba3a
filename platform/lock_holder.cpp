// SPDX-License-Identifier: Apache-2.0
#include "platform/lock_holder.hpp"

#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <sstream>

namespace tillpost {

std::string lock_holder(const std::string& path) {
    struct stat file {};
    if (::stat(path.c_str(), &file) != 0) return {};
    char place[64];
    std::snprintf(place, sizeof place, "%02x:%02x:%llu", major(file.st_dev), minor(file.st_dev),
                  static_cast<unsigned long long>(file.st_ino));
    std::ifstream locks("/proc/locks");
    for (std::string line; std::getline(locks, line);) {
        // "1: POSIX  ADVISORY  WRITE 4711 fe:00:1055 0 EOF"; who waits for a lock has "->" behind the number.
        std::istringstream words(line);
        std::string number, kind, mode, access, where;
        long process = 0;
        if (!(words >> number >> kind >> mode >> access >> process >> where) || where != place) continue;
        if (process <= 0 || process == ::getpid()) continue;
        std::ifstream names("/proc/" + std::to_string(process) + "/comm");
        std::string name;
        std::getline(names, name);
        return "process " + std::to_string(process) + (name.empty() ? "" : " (" + name + ")");
    }
    return {};
}

}  // namespace tillpost
