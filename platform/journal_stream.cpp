// SPDX-License-Identifier: Apache-2.0
#include "platform/journal_stream.hpp"

#include <sys/stat.h>

#include <string>

namespace tillpost::log {

bool leads_to_journal(const char* journal_stream, int file) {
    struct stat of_file {};
    if (journal_stream == nullptr || ::fstat(file, &of_file) != 0) return false;
    return journal_stream == std::to_string(of_file.st_dev) + ":" + std::to_string(of_file.st_ino);
}

}  // namespace tillpost::log
