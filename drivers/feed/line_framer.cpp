// SPDX-License-Identifier: Apache-2.0
#include "drivers/feed/line_framer.hpp"

#include <utility>

namespace tillpost {
namespace {

constexpr std::size_t kept_line_capacity = 4096;  // an idle connection shall not hold on to its longest line

}  // namespace

std::optional<LineFramer::Line> LineFramer::next(std::string_view& input) {
    for (;;) {
        forget_given();
        const auto end = input.find('\n');
        if (end == std::string_view::npos) {
            keep(std::exchange(input, {}));
            return std::nullopt;
        }
        const std::string_view part = input.substr(0, end);
        input.remove_prefix(end + 1);
        const Line line = finish(part);
        if (line.too_long || !is_blank(line.bytes)) return line;
    }
}

void LineFramer::forget_given() {
    if (!std::exchange(given_, false)) return;
    if (carry_.capacity() > kept_line_capacity) carry_ = {};
    carry_.clear();
}

void LineFramer::keep(std::string_view part) {
    if (skipping_) return;
    if (carry_.size() + part.size() > longest_ + 1) {  // one more: it may be the CR of a CRLF
        skipping_ = true;
        carry_ = {};
        return;
    }
    carry_.append(part);
}

LineFramer::Line LineFramer::finish(std::string_view part) {
    if (!carry_.empty()) {
        keep(part);
        part = carry_;
        given_ = true;
    }
    if (std::exchange(skipping_, false)) return {{}, true};
    if (part.ends_with('\r')) part.remove_suffix(1);
    if (part.size() > longest_) return {{}, true};
    return {part, false};
}

}  // namespace tillpost
