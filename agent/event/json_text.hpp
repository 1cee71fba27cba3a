// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

/// Writing JSON text and the two notations that go with it. Pure.
namespace tillpost {

/// Appends text as a JSON string's content. Invalid UTF-8 is replaced by U+FFFD.
void append_json_text(std::string& out, std::string_view text);

/// Appends text as a JSON string, with quotes. Invalid UTF-8 is replaced by U+FFFD.
void append_json_string(std::string& out, std::string_view text);

/// An object, member by member, in their order.
class JsonObject {
public:
    JsonObject& text(std::string_view name, std::string_view value) {
        append_json_string(key(name), value);
        return *this;
    }
    /// Nothing for "".
    JsonObject& optional_text(std::string_view name, std::string_view value) {
        return value.empty() ? *this : text(name, value);
    }
    JsonObject& number(std::string_view name, std::uint64_t value) { return raw(name, std::to_string(value)); }
    /// `value` is JSON.
    JsonObject& raw(std::string_view name, std::string_view value) {
        key(name) += value;
        return *this;
    }
    /// The text, to which the member's value is to be appended.
    std::string& key(std::string_view name);
    /// The whole object; the last call.
    std::string close() { return std::move(text_ += '}'); }

private:
    std::string text_ = "{";
};

/// RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF.
bool is_utf8(std::string_view text);

/// Appends "/" and the key as one step of a JSON pointer (RFC 6901: "~" is "~0", "/" is "~1").
void append_pointer_step(std::string& out, std::string_view key);

}  // namespace tillpost
