// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <string_view>

/// Writing JSON text and the two notations that go with it. Pure.
namespace tillpost {

/// Appends text as a JSON string, with quotes. Invalid UTF-8 is replaced by U+FFFD.
void append_json_string(std::string& out, std::string_view text);

/// RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF.
bool is_utf8(std::string_view text);

/// Appends "/" and the key as one step of a JSON pointer (RFC 6901: "~" is "~0", "/" is "~1").
void append_pointer_step(std::string& out, std::string_view key);

}  // namespace tillpost
