// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <span>
#include <string>
#include <string_view>

#include "agent/event/gs1/message.hpp"
#include "platform/error.hpp"

/// GS1 Digital Link URIs (GS1 Digital Link Standard: URI Syntax, release 1.4), uncompressed. Pure.
namespace tillpost::gs1 {

/// Begins with http:// or https://, in any case.
bool looks_like_uri(std::string_view text);

/// "https://any.host/any/path/01/09506000134352/10/ABC?17=260131": the rightmost primary key of the path, its
/// qualifiers in their order, and the query's attributes.
///
/// A GTIN-8, -12 or -13 as key 01 is filled up to 14 digits. Query parameters whose name is no number are not GS1's,
/// and ignored, like the fragment; "&" or ";" stands between them. A fault "no_key" alone says: a URI, but none of
/// GS1's. Compressed URIs and the short names of early drafts (/gtin/) are refused as such.
Message parse_digital_link(std::string_view uri, int current_year);

/// The URI of the elements: the first primary key among them, then its qualifiers in the path, the rest in the query.
/// `stem`: scheme, host and, if wanted, path before it. Errc::invalid if no element is a primary key, or one must not
/// be in a Digital Link URI.
Result<std::string> digital_link(std::span<const Element> elements, std::string_view stem = "https://id.gs1.org");

}  // namespace tillpost::gs1
