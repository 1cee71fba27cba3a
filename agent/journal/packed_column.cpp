// SPDX-License-Identifier: Apache-2.0
#include "agent/journal/packed_column.hpp"

#include <algorithm>
#include <charconv>

#include "agent/journal/packed_body.hpp"

namespace tillpost {
namespace {

struct Packing {
    Packer packer;
    std::string_view packed;
    Unpacker unpacker;
};

std::string_view dictionary_of(std::string_view number) {
    std::int64_t value = 0;
    std::from_chars(number.data(), number.data() + number.size(), value);
    return packing_dictionary(value);
}

}  // namespace

Result<void> define_packing(Database& database) {
    const auto packing = std::make_shared<Packing>();
    const auto packed_size = [packing](std::string_view body) -> std::optional<std::size_t> {
        packing->packed = packing->packer.pack(body);
        if (packing->packed.data() == body.data()) return std::nullopt;
        return packing->packed.size();
    };
    const auto write_packed = [packing](std::string_view, char* to) {
        std::copy(packing->packed.begin(), packing->packed.end(), to);
        return true;
    };
    if (auto done = database.define({"packed", packed_size, write_packed}); !done) return done;
    const auto body_size = [packing](std::string_view stored) { return packing->unpacker.size(stored); };
    const auto write_body = [packing](std::string_view stored, char* to) {
        return packing->unpacker.unpack(stored, to);
    };
    if (auto done = database.define({"unpacked", body_size, write_body}); !done) return done;
    const auto text_size = [](std::string_view number) { return std::optional(dictionary_of(number).size()); };
    const auto write_text = [](std::string_view number, char* to) {
        const std::string_view text = dictionary_of(number);
        std::copy(text.begin(), text.end(), to);
        return true;
    };
    return database.define({"packing_dictionary", text_size, write_text});
}

}  // namespace tillpost
