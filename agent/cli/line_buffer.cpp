// SPDX-License-Identifier: Apache-2.0
#include "agent/cli/line_buffer.hpp"

#include <utility>

namespace tillpost::cli {
namespace {

std::string without_return(std::string line) {
    if (line.ends_with('\r')) line.pop_back();
    return line;
}

}  // namespace

void LineBuffer::push(std::string_view bytes) {
    // Only now and then, so that many short lines do not move what follows them each time.
    if (begin_ > bytes_.size() / 2) bytes_.erase(0, std::exchange(begin_, 0));
    bytes_ += bytes;
}

std::optional<std::string> LineBuffer::next() {
    const auto end = bytes_.find('\n', begin_);
    if (end == std::string::npos) return std::nullopt;
    std::string line = bytes_.substr(begin_, end - begin_);
    begin_ = end + 1;
    return without_return(std::move(line));
}

std::string LineBuffer::take_rest() {
    std::string rest = bytes_.substr(begin_);
    bytes_.clear();
    begin_ = 0;
    return without_return(std::move(rest));
}

bool LineBuffer::overfull() const {
    if (bytes_.size() - begin_ <= longest_) return false;
    const auto end = bytes_.find('\n', begin_);
    return end == std::string::npos || end - begin_ > longest_;
}

}  // namespace tillpost::cli
