// SPDX-License-Identifier: Apache-2.0
#include "agent/event/json_input.hpp"

#include "agent/event/json_plain.hpp"
#include "agent/event/json_text.hpp"

namespace tillpost {
namespace {

const char* special_byte(const char* at, const char* end) {
    return at + plain_prefix(std::string_view(at, static_cast<std::size_t>(end - at)));
}

}  // namespace

/// Behind a quote: it ends a string, belongs to its content, or begins one.
void JsonInput::pass_quote() {
    if (closing_ != nullptr) {
        if (at_ > closing_) closing_ = nullptr;
        return;
    }
    const char* stop = special_byte(at_, end_);
    bool plain = true;
    bool ascii = true;
    while (stop != end_ && *stop != '"') {
        if (static_cast<unsigned char>(*stop) >= 0x80) {
            ascii = false;
            stop = special_byte(stop + 1, end_);
        } else {
            plain = false;
            const bool escape = *stop == '\\' && stop + 1 != end_;
            stop = special_byte(stop + (escape ? 2 : 1), end_);
        }
    }
    closing_ = stop;
    const std::string_view content(at_, static_cast<std::size_t>(stop - at_));
    is_skipped_ = plain && stop != end_ && (ascii || is_utf8(content));
    if (!is_skipped_) return;
    skipped_ = content;
    at_ = stop;
}

}  // namespace tillpost
