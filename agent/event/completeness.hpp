// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <algorithm>
#include <array>
#include <cstdint>
#include <initializer_list>
#include <span>

#include "agent/event/event.hpp"
#include "agent/event/record.hpp"

/// What a complete record says beyond what its type requires: a consumer can do without, but not as well. Pure.
namespace tillpost {

/// Of which objects it is asked.
enum class Asked : std::uint8_t {
    always,
    of_goods,       ///< Lines of the kind goods.
    of_returned,    ///< Returned lines other than deposit_refund and rounding.
    of_rejected,    ///< Lines of which something was rejected.
    of_cards,       ///< Tenders of the type card.
    of_deposits,    ///< Lines of the kind deposit that were sold.
    of_gift_cards,  ///< Lines of the kind gift_card.
    of_prepaid,     ///< Lines of the kind prepayment, but for a layaway's.
    of_empty,       ///< Where a member that must be there is an empty text, which says no more than none.
    of_unexplained  ///< Discounts that name no promotion and no coupon.
};

/// The members that objects of one role should have.
struct Wanted {
    static constexpr std::size_t most_members = 4;

    constexpr Wanted(Role of, Asked when, std::initializer_list<Name> wanted) : role(of), asked(when) {
        std::copy(wanted.begin(), wanted.end(), members.begin());
        for (const Name name : wanted) set.add(name);
    }
    Role role;
    Asked asked;
    std::array<Name, most_members> members{};  ///< Name::unknown behind the last.
    NameSet set{};
};

/// "incomplete:/lines/0/entry_method=and_unit_price,tax": each kind of member that is missing is told at the first
/// place alone, those of one object together. So there are never more marks than kinds of members, however long the
/// record.
void mark_incomplete(const Record& record, std::span<const Wanted> wanted, Quality& quality);

}  // namespace tillpost
