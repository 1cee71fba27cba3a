// SPDX-License-Identifier: Apache-2.0
// Packed bodies: any bytes as a body, and as what lies in a journal's file. A body comes out as it went in; what is
// none takes no more room than it may, and stays the bytes that it is.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "agent/journal/packed_body.hpp"

namespace {

using namespace tillpost;

void require(bool holds) {
    if (!holds) std::abort();
}

struct Parts {
    Packer packer;
    Unpacker unpacker;
    PackedFinder finder;
};

void check_stored(Parts& parts, std::string_view stored) {
    const auto size = parts.unpacker.size(stored);
    require(!size || *size <= most_packed);
    const std::string body = parts.unpacker.unpacked(std::string(stored));
    require(body == stored || (size && body.size() == *size));
}

void check_found(Parts& parts, std::string_view text) {
    for (std::size_t at = PackedFinder::next(text, 0); at != std::string_view::npos;
         at = PackedFinder::next(text, at + 1)) {
        const PackedFinder::Found found = parts.finder.unpack(text.substr(at));
        require(found.text.size() <= most_packed && found.bytes <= text.size() - at);
        const std::string_view stored = text.substr(at, found.bytes);
        if (found.whole && parts.unpacker.size(stored)) {
            std::string body(found.text.size(), '\0');
            if (parts.unpacker.unpack(stored, body.data())) require(body == found.text);
        }
    }
    parts.finder.forget();
}

/// What lies there for the body, whole, changed in one place and cut off there.
void check_body(Parts& parts, std::string_view body) {
    const std::string stored(parts.packer.pack(body));
    require(parts.unpacker.unpacked(stored) == body);
    if (stored == body) return;
    const std::string text = "in a page " + stored;
    require(PackedFinder::next(text, 0) == text.size() - stored.size());
    const PackedFinder::Found found = parts.finder.unpack(stored);
    require(found.whole && found.text == body);
    const std::size_t at = 1 + static_cast<unsigned char>(body.back()) * std::size_t{257} % (stored.size() - 1);
    std::string changed = stored;
    changed[at] = static_cast<char>(changed[at] ^ static_cast<char>(body.front() | 1));
    for (const std::string_view each : {std::string_view(changed), std::string_view(stored).substr(0, at)}) {
        check_stored(parts, each);
        check_found(parts, each);
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static Parts parts;
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    check_stored(parts, bytes);
    check_found(parts, bytes);
    check_body(parts, bytes);
    return 0;
}
