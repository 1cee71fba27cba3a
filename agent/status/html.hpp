// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <string_view>

/// Pieces of the local page. Pure.
namespace tillpost::html {

/// Text as it stands in an element or in an attribute's quotes, invisible characters made visible.
std::string escaped(std::string_view text);

/// A time in RFC 3339 as the machine's own zone shows it, "2026-11-23 10:15", in a <time>; other text: escaped.
std::string local_time(std::string_view rfc3339_time);

/// Text whose times in RFC 3339 are shown so; a word each.
std::string with_local_times(std::string_view text);

/// A term and its description in a <dl>; `value` is HTML.
std::string term(std::string_view name, std::string_view value);

}  // namespace tillpost::html
