// SPDX-License-Identifier: Apache-2.0
#include "drivers/simulator/broken_line.hpp"

namespace tillpost::simulator {
namespace {

/// Latin-1 where UTF-8 belongs: an operator called "Günther".
std::string with_latin1(std::string line) {
    const std::size_t at = line.find("\"operator\":\"") + 12;
    return line.insert(at, "G\xfcnther-");
}

std::string with_name_twice(std::string line) {
    const std::size_t at = line.find("\"till\":");
    const std::size_t end = line.find(',', at) + 1;
    return line.insert(at, line.substr(at, end - at));
}

std::string without_number(std::string line) {
    const std::size_t at = line.find("\"number\":");
    return line.erase(at, line.find(',', at) + 1 - at);
}

}  // namespace

std::string break_line(Random& random, std::string line) {
    switch (random.below(4)) {
        case 0:
            line.resize(static_cast<std::size_t>(random.between(1, static_cast<int>(line.size()) - 1)));
            return line;
        case 1: return with_latin1(std::move(line));
        case 2: return with_name_twice(std::move(line));
        default: return without_number(std::move(line));
    }
}

}  // namespace tillpost::simulator
