// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <string>
#include <vector>

#include "agent/event/gs1/ai_format.hpp"
#include "agent/event/gs1/characters.hpp"
#include "agent/event/gs1/digital_link.hpp"

namespace tillpost::gs1 {
namespace {

bool is_unreserved(char c) {
    return is_digit(c) || is_upper(c) || is_lower(c) || std::string_view("-._~").find(c) != std::string_view::npos;
}

void append_encoded(std::string& out, std::string_view text) {
    constexpr std::string_view hex = "0123456789ABCDEF";
    for (const char c : text) {
        if (is_unreserved(c)) {
            out += c;
            continue;
        }
        const auto byte = static_cast<unsigned char>(c);
        out += '%';
        out += hex[byte >> 4U];
        out += hex[byte & 15U];
    }
}

const Element* find(std::span<const Element> elements, std::string_view ai) {
    const auto found =
        std::find_if(elements.begin(), elements.end(), [ai](const Element& element) { return element.ai == ai; });
    return found == elements.end() ? nullptr : &*found;
}

using Path = std::vector<const Element*>;

bool has(const Path& path, std::string_view ai) {
    return std::any_of(path.begin(), path.end(), [ai](const Element* element) { return element->ai == ai; });
}

/// The first element that is neither in the path nor may be in the query.
const Element* misplaced(const Path& path, std::span<const Element> elements) {
    const auto found = std::find_if(elements.begin(), elements.end(), [&](const Element& element) {
        return !element.definition->link_attribute && !has(path, element.ai);
    });
    return found == elements.end() ? nullptr : &*found;
}

Path path_by(std::string_view order, const Element& key, std::span<const Element> elements) {
    Path path{&key};
    while (!order.empty()) {
        if (const Element* element = find(elements, take_until(order, ','))) path.push_back(element);
    }
    return path;
}

/// By the alternative of which most elements are there, unless another one leaves none without a place.
Path path_of(const Element& key, std::span<const Element> elements) {
    Path best{&key};
    for (std::string_view alternatives = *key.definition->qualifiers; !alternatives.empty();) {
        Path path = path_by(take_until(alternatives, '|'), key, elements);
        const bool mends = misplaced(best, elements) != nullptr && misplaced(path, elements) == nullptr;
        const bool breaks = misplaced(best, elements) == nullptr && misplaced(path, elements) != nullptr;
        if (mends || (path.size() > best.size() && !breaks)) best = std::move(path);
    }
    return best;
}

}  // namespace

Result<std::string> digital_link(std::span<const Element> elements, std::string_view stem) {
    const auto key = std::find_if(elements.begin(), elements.end(),
                                  [](const Element& element) { return element.definition->qualifiers.has_value(); });
    if (key == elements.end()) return Error{Errc::invalid, "no element is a primary key of GS1 Digital Link"};
    const Path path = path_of(*key, elements);
    if (const Element* element = misplaced(path, elements)) {
        return Error{Errc::invalid, element->ai + " must not be in a GS1 Digital Link URI with " + key->ai};
    }
    std::string uri(stem.substr(0, stem.find_last_not_of('/') + 1));
    std::vector<std::string_view> done;
    for (const Element* element : path) {
        uri.append("/").append(element->ai).append("/");
        append_encoded(uri, element->value);
        done.push_back(element->ai);
    }
    char before = '?';
    for (const Element& element : elements) {
        if (std::find(done.begin(), done.end(), element.ai) != done.end()) continue;
        uri += before;
        uri.append(element.ai).append("=");
        append_encoded(uri, element.value);
        before = '&';
        done.push_back(element.ai);
    }
    return uri;
}

}  // namespace tillpost::gs1
