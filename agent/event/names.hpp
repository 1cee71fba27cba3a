// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <array>
#include <cstdint>
#include <string_view>

namespace tillpost {

/// The member names that the line format knows, wherever they occur.
enum class Name : std::uint8_t {
    unknown,
    accepted,
    acquirer,
    action,
    actor,
    adapter,
    age_check,
    aim,
    amount,
    approver,
    authorization,
    balance,
    base,
    batch,
    batches,
    business_date,
    carrier,
    category,
    change,
    code,
    code_hex,
    controls,
    corrects,
    corrects_kind,
    count,
    counted,
    counts,
    coupon,
    currency,
    delta,
    department,
    description,
    despatch_advice,
    device,
    difference,
    direction,
    discounts,
    disposition,
    document,
    drawer_opened,
    effective_from,
    effective_to,
    entry_method,
    exemption_form,
    expected,
    expiry,
    file,
    first_number,
    foreign,
    from,
    gift_card,
    grand_total,
    gross,
    gtin,
    item,
    key,
    kind,
    labels,
    last4,
    last_number,
    layaway,
    line,
    lines,
    location,
    lot,
    method,
    minimum,
    missing,
    mode,
    needed_by,
    net,
    new_price,
    no_sales,
    number,
    offline,
    offline_authorised,
    offset,
    old_price,
    opening,
    operator_,
    order,
    ordered,
    origin,
    original,
    outcome,
    override,
    parent,
    picked,
    prepayment,
    prices_include_tax,
    promotion,
    promotions,
    purchase_orders,
    quantity,
    rate,
    reason,
    received,
    reference,
    refund_tender,
    regular_unit_price,
    reject_reason,
    rejected,
    request,
    returns,
    rounding,
    sales,
    scheme,
    scope,
    seller,
    serial,
    session,
    sha256,
    shipped,
    source,
    ssccs,
    stable,
    status,
    store,
    substitute_for,
    supplier,
    tare,
    tax,
    tax_rounding,
    taxes,
    tender,
    tendered,
    tenders,
    terminal,
    till,
    time,
    to,
    totals,
    trace,
    type,
    unit,
    unit_price,
    unlinked,
    voids,
    weight
};

/// Name::unknown for a text that is not one of them. A few nanoseconds: it is asked for every member of every line.
Name find_name(std::string_view text);
std::string_view text_of(Name name);

constexpr std::size_t most_names = 192;  ///< Three words a set; make it four when they are used up.

/// A set of names.
class NameSet {
public:
    constexpr bool has(Name name) const { return (words_[word(name)] & bit(name)) != 0; }
    constexpr void add(Name name) { words_[word(name)] |= bit(name); }
    constexpr bool includes(const NameSet& other) const {
        for (std::size_t i = 0; i < words_.size(); ++i) {
            if ((other.words_[i] & ~words_[i]) != 0) return false;
        }
        return true;
    }

private:
    static constexpr std::size_t word(Name name) { return static_cast<std::size_t>(name) / 64; }
    static constexpr std::uint64_t bit(Name name) { return std::uint64_t{1} << static_cast<unsigned>(name) % 64; }
    std::array<std::uint64_t, most_names / 64> words_{};
};

}  // namespace tillpost
