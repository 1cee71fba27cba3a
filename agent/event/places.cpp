// SPDX-License-Identifier: Apache-2.0
#include "agent/event/places.hpp"

#include <algorithm>
#include <array>

namespace tillpost {
namespace {

using Owners = std::uint32_t;  ///< Set of roles.
constexpr Owners in(Role role) { return Owners{1} << static_cast<unsigned>(role); }

struct Row {
    Name name;
    bool list;
    Role role;
    Owners owners;
};

constexpr bool list = true;
constexpr bool object = false;

constexpr std::array rows{
    Row{Name::age_check, object, Role::age_check, in(Role::line)},
    Row{Name::batches, list, Role::batch, in(Role::root)},
    Row{Name::counts, object, Role::counts, in(Role::root)},
    Row{Name::discounts, list, Role::discount, in(Role::line)},
    Row{Name::foreign, object, Role::foreign, in(Role::tender)},
    Row{Name::gift_card, object, Role::gift_card, in(Role::line) | in(Role::tender)},
    Row{Name::layaway, object, Role::layaway, in(Role::line)},
    Row{Name::lines, list, Role::line, in(Role::root)},
    Row{Name::missing, list, Role::missing, in(Role::root)},
    Row{Name::origin, object, Role::origin, in(Role::root)},
    Row{Name::original, object, Role::original, in(Role::line) | in(Role::root)},
    Row{Name::override, object, Role::price_override, in(Role::line)},
    Row{Name::prepayment, object, Role::prepayment, in(Role::line)},
    Row{Name::promotions, list, Role::promotion, in(Role::root)},
    Row{Name::purchase_orders, list, Role::purchase_order, in(Role::root)},
    Row{Name::ssccs, list, Role::sscc, in(Role::root)},
    Row{Name::tax, object, Role::line_tax, in(Role::line)},
    Row{Name::taxes, list, Role::tax, in(Role::root)},
    Row{Name::tenders, list, Role::tender, in(Role::root)},
    Row{Name::totals, object, Role::totals, in(Role::root)},
    Row{Name::weight, object, Role::weight, in(Role::line)},
};

/// For each name its row, counted from 1; 0 for a name that opens no place.
constexpr std::array<std::uint8_t, most_names> make_index() {
    std::array<std::uint8_t, most_names> index{};
    for (std::size_t i = 0; i < rows.size(); ++i) {
        index[static_cast<std::size_t>(rows[i].name)] = static_cast<std::uint8_t>(i + 1);
    }
    return index;
}

constexpr auto row_of = make_index();

}  // namespace

Role role_in(Role owner, Name name, bool is_list) {
    const std::size_t row = row_of[static_cast<std::size_t>(name)];
    if (row == 0) return Role::none;
    const Row& found = rows[row - 1];
    return found.list == is_list && (found.owners & in(owner)) != 0 ? found.role : Role::none;
}

Place place_of(Role role) {
    const auto found = std::find_if(rows.begin(), rows.end(), [role](const Row& row) { return row.role == role; });
    return found == rows.end() ? Place{} : Place{found->name, found->list};
}

}  // namespace tillpost
