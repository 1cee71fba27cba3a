// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>

#include "agent/event/names.hpp"

/// Where in a record what stands: one table for the builder, which reads, and for pointers, which are written. Pure.
namespace tillpost {

/// What an object of a record is, or the items of one of its lists.
enum class Role : std::uint8_t {
    none,
    root,
    line,
    discount,
    line_tax,
    price_override,
    weight,
    age_check,
    gift_card,
    prepayment,
    layaway,
    original,
    promotion,
    tender,
    foreign,
    tax,
    totals,
    counts,
    batch,
    missing,
    sscc,
    purchase_order,
    origin
};
constexpr std::size_t role_count = static_cast<std::size_t>(Role::origin) + 1;

/// The role of the object that is the member `name` of an object of role `owner`, or (`list`) of the items of the array
/// that is. Role::none for what the format does not describe.
Role role_in(Role owner, Name name, bool list);

struct Place {
    Name name = Name::unknown;  ///< The member of the owner, Name::unknown for the root.
    bool list = false;          ///< It is one of the items there.
};
Place place_of(Role role);

}  // namespace tillpost
