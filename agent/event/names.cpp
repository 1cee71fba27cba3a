// SPDX-License-Identifier: Apache-2.0
#include "agent/event/names.hpp"

#include <array>

namespace tillpost {
namespace {

// In the order of the enumerators.
constexpr std::array<std::string_view, 54> texts{"",
                                                 "accepted",
                                                 "aim",
                                                 "amount",
                                                 "base",
                                                 "business_date",
                                                 "change",
                                                 "code",
                                                 "currency",
                                                 "despatch_advice",
                                                 "direction",
                                                 "discounts",
                                                 "disposition",
                                                 "document",
                                                 "entry_method",
                                                 "expected",
                                                 "expiry",
                                                 "gross",
                                                 "gtin",
                                                 "item",
                                                 "kind",
                                                 "line",
                                                 "lines",
                                                 "lot",
                                                 "mode",
                                                 "net",
                                                 "number",
                                                 "operator",
                                                 "original",
                                                 "prices_include_tax",
                                                 "purchase_orders",
                                                 "quantity",
                                                 "rate",
                                                 "reason",
                                                 "received",
                                                 "reject_reason",
                                                 "rejected",
                                                 "rounding",
                                                 "serial",
                                                 "ssccs",
                                                 "status",
                                                 "store",
                                                 "supplier",
                                                 "tax",
                                                 "taxes",
                                                 "tendered",
                                                 "tenders",
                                                 "till",
                                                 "time",
                                                 "totals",
                                                 "type",
                                                 "unit",
                                                 "unit_price",
                                                 "unlinked"};
static_assert(texts.size() <= 64 && static_cast<std::size_t>(Name::unlinked) + 1 == texts.size());

constexpr std::size_t slots = 256;  // a power of two, several times the number of names: short chains

constexpr std::size_t slot_of(std::string_view text) {
    const auto at = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    return (at(0) * 7U + at(text.size() - 1) * 31U + at(text.size() / 2) * 13U + text.size() * 3U) % slots;
}

/// Open addressing, built by the compiler; 0 (Name::unknown) is a free slot.
constexpr std::array<std::uint8_t, slots> make_table() {
    std::array<std::uint8_t, slots> table{};
    for (std::size_t i = 1; i < texts.size(); ++i) {
        std::size_t slot = slot_of(texts[i]);
        while (table[slot] != 0) slot = (slot + 1) % slots;
        table[slot] = static_cast<std::uint8_t>(i);
    }
    return table;
}

constexpr std::array<std::uint8_t, slots> table = make_table();

}  // namespace

Name find_name(std::string_view text) {
    if (text.empty()) return Name::unknown;
    for (std::size_t slot = slot_of(text); table[slot] != 0; slot = (slot + 1) % slots) {
        if (texts[table[slot]] == text) return static_cast<Name>(table[slot]);
    }
    return Name::unknown;
}

std::string_view text_of(Name name) { return texts[static_cast<std::size_t>(name)]; }

}  // namespace tillpost
