// SPDX-License-Identifier: Apache-2.0
#include "agent/event/names.hpp"

#include <algorithm>
#include <array>

namespace tillpost {
namespace {

// In the order of the enumerators.
constexpr std::array<std::string_view, 139> texts{"",
                                                  "accepted",
                                                  "acquirer",
                                                  "action",
                                                  "actor",
                                                  "adapter",
                                                  "age_check",
                                                  "aim",
                                                  "amount",
                                                  "approver",
                                                  "authorization",
                                                  "balance",
                                                  "base",
                                                  "batch",
                                                  "batches",
                                                  "business_date",
                                                  "carrier",
                                                  "category",
                                                  "change",
                                                  "code",
                                                  "code_hex",
                                                  "controls",
                                                  "corrects",
                                                  "corrects_kind",
                                                  "count",
                                                  "counted",
                                                  "counts",
                                                  "coupon",
                                                  "currency",
                                                  "delta",
                                                  "department",
                                                  "description",
                                                  "despatch_advice",
                                                  "device",
                                                  "difference",
                                                  "direction",
                                                  "discounts",
                                                  "disposition",
                                                  "document",
                                                  "drawer_opened",
                                                  "effective_from",
                                                  "effective_to",
                                                  "entry_method",
                                                  "exemption_form",
                                                  "expected",
                                                  "expiry",
                                                  "file",
                                                  "first_number",
                                                  "foreign",
                                                  "from",
                                                  "gift_card",
                                                  "grand_total",
                                                  "gross",
                                                  "gtin",
                                                  "item",
                                                  "key",
                                                  "kind",
                                                  "labels",
                                                  "last4",
                                                  "last_number",
                                                  "layaway",
                                                  "line",
                                                  "lines",
                                                  "location",
                                                  "lot",
                                                  "method",
                                                  "minimum",
                                                  "missing",
                                                  "mode",
                                                  "needed_by",
                                                  "net",
                                                  "new_price",
                                                  "no_sales",
                                                  "number",
                                                  "offline",
                                                  "offline_authorised",
                                                  "offset",
                                                  "old_price",
                                                  "opening",
                                                  "operator",
                                                  "order",
                                                  "ordered",
                                                  "origin",
                                                  "original",
                                                  "outcome",
                                                  "override",
                                                  "parent",
                                                  "picked",
                                                  "prepayment",
                                                  "prices_include_tax",
                                                  "promotion",
                                                  "promotions",
                                                  "purchase_orders",
                                                  "quantity",
                                                  "rate",
                                                  "reason",
                                                  "received",
                                                  "reference",
                                                  "refund_tender",
                                                  "regular_unit_price",
                                                  "reject_reason",
                                                  "rejected",
                                                  "request",
                                                  "returns",
                                                  "rounding",
                                                  "sales",
                                                  "scheme",
                                                  "scope",
                                                  "seller",
                                                  "serial",
                                                  "session",
                                                  "sha256",
                                                  "shipped",
                                                  "source",
                                                  "ssccs",
                                                  "stable",
                                                  "status",
                                                  "store",
                                                  "substitute_for",
                                                  "supplier",
                                                  "tare",
                                                  "tax",
                                                  "tax_rounding",
                                                  "taxes",
                                                  "tender",
                                                  "tendered",
                                                  "tenders",
                                                  "terminal",
                                                  "till",
                                                  "time",
                                                  "to",
                                                  "totals",
                                                  "trace",
                                                  "type",
                                                  "unit",
                                                  "unit_price",
                                                  "unlinked",
                                                  "voids",
                                                  "weight"};
static_assert(texts.size() <= most_names && static_cast<std::size_t>(Name::weight) + 1 == texts.size());
static_assert(std::is_sorted(texts.begin(), texts.end()));

constexpr std::size_t slots = 1024;  // a power of two, several times the number of names: short chains

// The factors are the best of some thousands that were tried: all but two of the names stand in their own slot.
constexpr std::size_t slot_of(std::string_view text) {
    const auto at = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    return (at(0) * 106U + at(text.size() - 1) * 87U + at(text.size() / 2) * 144U + text.size() * 157U) % slots;
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
