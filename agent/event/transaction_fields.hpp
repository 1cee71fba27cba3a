// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "agent/event/common_rules.hpp"

/// What the objects of a POS transaction (sale, return) hold.
namespace tillpost::transaction {

inline constexpr std::array<std::string_view, 9> kind_words{
    "goods", "deposit", "deposit_refund", "gift_card", "prepayment", "service", "fee", "tip", "rounding"};
inline constexpr Choice kinds{"kind", kind_words};
inline constexpr std::array<std::string_view, 2> direction_words{"sale", "return"};
inline constexpr Choice directions{"direction", direction_words};
inline constexpr std::array<std::string_view, 2> tax_rounding_words{"line", "document"};
inline constexpr Choice tax_roundings{"tax_rounding", tax_rounding_words};
inline constexpr std::array<std::string_view, 2> outcome_words{"passed", "refused"};
inline constexpr Choice outcomes{"outcome", outcome_words};

inline constexpr std::array root_fields{
    FieldRule{Name::currency, Shape::currency, true},
    FieldRule{Name::lines, Shape::array, true},
    FieldRule{Name::tenders, Shape::array, true},
    FieldRule{Name::totals, Shape::object, true},
    FieldRule{Name::taxes, Shape::array},
    FieldRule{Name::promotions, Shape::array},
    FieldRule{Name::prices_include_tax, Shape::boolean},
    FieldRule{Name::tax_rounding, Shape::choice, false, &tax_roundings},
    FieldRule{Name::seller, Shape::text},
    FieldRule{Name::order, Shape::number_or_text},
    FieldRule{Name::original, Shape::object},
};

inline constexpr std::array line_fields{
    FieldRule{Name::line, Shape::number_or_text, true},
    FieldRule{Name::kind, Shape::choice, true, &kinds},
    FieldRule{Name::direction, Shape::choice, true, &directions},
    FieldRule{Name::amount, Shape::size, true},
    FieldRule{Name::gtin, Shape::gtin},
    FieldRule{Name::item, Shape::text},
    FieldRule{Name::description, Shape::text},
    FieldRule{Name::department, Shape::number_or_text},
    FieldRule{Name::entry_method, Shape::text},
    FieldRule{Name::quantity, Shape::size},
    FieldRule{Name::unit, Shape::text},
    FieldRule{Name::unit_price, Shape::decimal},
    FieldRule{Name::regular_unit_price, Shape::decimal},
    FieldRule{Name::override, Shape::object},
    FieldRule{Name::discounts, Shape::array},
    FieldRule{Name::tax, Shape::object},
    FieldRule{Name::parent, Shape::number_or_text},
    FieldRule{Name::weight, Shape::object},
    FieldRule{Name::age_check, Shape::object},
    FieldRule{Name::gift_card, Shape::object},
    FieldRule{Name::prepayment, Shape::object},
    FieldRule{Name::layaway, Shape::object},
    FieldRule{Name::lot, Shape::text},
    FieldRule{Name::expiry, Shape::expiry},
    FieldRule{Name::serial, Shape::text},
    FieldRule{Name::seller, Shape::text},
    FieldRule{Name::original, Shape::object},
    FieldRule{Name::unlinked, Shape::boolean},
    FieldRule{Name::reason, Shape::text},
    FieldRule{Name::disposition, Shape::text},
    FieldRule{Name::refund_tender, Shape::text},
    FieldRule{Name::approver, Shape::text},
};

/// What moves stock says what, how many and in which unit.
inline constexpr std::array goods_fields{
    FieldRule{Name::quantity, Shape::size, true},
    FieldRule{Name::unit, Shape::text, true},
};

inline constexpr std::array override_fields{
    FieldRule{Name::reason, Shape::text, true},
    FieldRule{Name::approver, Shape::text},
    FieldRule{Name::offline, Shape::boolean},
};

inline constexpr std::array discount_fields{
    FieldRule{Name::amount, Shape::decimal, true},
    FieldRule{Name::reason, Shape::text},
    FieldRule{Name::promotion, Shape::number_or_text},
    FieldRule{Name::coupon, Shape::number_or_text},
};

inline constexpr std::array promotion_fields{
    FieldRule{Name::promotion, Shape::number_or_text, true},
    FieldRule{Name::amount, Shape::decimal, true},
    FieldRule{Name::kind, Shape::text},
    FieldRule{Name::coupon, Shape::number_or_text},
    FieldRule{Name::description, Shape::text},
};

inline constexpr std::array line_tax_fields{
    FieldRule{Name::rate, Shape::decimal, true},  FieldRule{Name::category, Shape::text},
    FieldRule{Name::base, Shape::decimal},        FieldRule{Name::amount, Shape::decimal},
    FieldRule{Name::exemption_form, Shape::text},
};

inline constexpr std::array weight_fields{
    FieldRule{Name::net, Shape::size, true}, FieldRule{Name::unit, Shape::text, true},
    FieldRule{Name::tare, Shape::size},      FieldRule{Name::gross, Shape::size},
    FieldRule{Name::source, Shape::text},
};

inline constexpr std::array age_check_fields{
    FieldRule{Name::method, Shape::text, true},
    FieldRule{Name::outcome, Shape::choice, true, &outcomes},
    FieldRule{Name::minimum, Shape::count},
};

/// A gift card, a prepayment, a layaway: something with a balance that lives longer than the transaction.
inline constexpr std::array account_fields{
    FieldRule{Name::reference, Shape::number_or_text, true},
    FieldRule{Name::action, Shape::text},
    FieldRule{Name::balance, Shape::decimal},
};

inline constexpr std::array tender_fields{
    FieldRule{Name::type, Shape::text, true},
    FieldRule{Name::amount, Shape::decimal, true},
    FieldRule{Name::tendered, Shape::decimal},
    FieldRule{Name::change, Shape::decimal},
    FieldRule{Name::foreign, Shape::object},
    FieldRule{Name::terminal, Shape::number_or_text},
    FieldRule{Name::batch, Shape::number_or_text},
    FieldRule{Name::trace, Shape::number_or_text},
    FieldRule{Name::authorization, Shape::number_or_text},
    FieldRule{Name::scheme, Shape::text},
    FieldRule{Name::last4, Shape::last4},
    FieldRule{Name::offline_authorised, Shape::boolean},
    FieldRule{Name::gift_card, Shape::object},
    FieldRule{Name::reference, Shape::number_or_text},
};

inline constexpr std::array foreign_fields{
    FieldRule{Name::currency, Shape::currency, true},
    FieldRule{Name::amount, Shape::decimal, true},
    FieldRule{Name::rate, Shape::decimal, true},
};

}  // namespace tillpost::transaction
