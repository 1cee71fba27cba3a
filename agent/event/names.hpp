// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <string_view>

namespace tillpost {

/// The member names that the line format knows, wherever they occur. Fewer than 64, so that a set of them is a word.
enum class Name : std::uint8_t {
    unknown,
    accepted,
    aim,
    amount,
    base,
    business_date,
    change,
    code,
    currency,
    despatch_advice,
    direction,
    discounts,
    disposition,
    document,
    entry_method,
    expected,
    expiry,
    gross,
    gtin,
    item,
    kind,
    line,
    lines,
    lot,
    mode,
    net,
    number,
    operator_,
    original,
    prices_include_tax,
    purchase_orders,
    quantity,
    rate,
    reason,
    received,
    reject_reason,
    rejected,
    rounding,
    serial,
    ssccs,
    status,
    store,
    supplier,
    tax,
    taxes,
    tendered,
    tenders,
    till,
    time,
    totals,
    type,
    unit,
    unit_price,
    unlinked
};

/// Name::unknown for a text that is not one of them. A few nanoseconds: it is asked for every member of every line.
Name find_name(std::string_view text);
std::string_view text_of(Name name);

/// The name's bit in a set of names.
constexpr std::uint64_t bit(Name name) { return std::uint64_t{1} << static_cast<unsigned>(name); }

}  // namespace tillpost
