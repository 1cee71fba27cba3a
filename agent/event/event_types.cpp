// SPDX-License-Identifier: Apache-2.0
#include "agent/event/event_types.hpp"

#include <algorithm>
#include <array>

#include "agent/event/rules.hpp"

namespace tillpost {
namespace {

using Key = BusinessKey;
using enum BusinessClass;

constexpr bool without_time = false;

// What a complete record says: the event catalogue of the retail reference, but what few shops have (lots of all goods,
// cashiers of self-service tills, SSCCs of all deliveries) is not asked for.
constexpr Wanted from_where(Role::root, Asked::always, {Name::origin, Name::offline});
constexpr std::array of_any{from_where};
constexpr std::array of_transaction{
    from_where,
    Wanted{Role::line, Asked::of_goods, {Name::entry_method, Name::unit_price, Name::tax}},
    Wanted{Role::line, Asked::of_returned, {Name::reason, Name::disposition, Name::refund_tender, Name::approver}},
    Wanted{Role::line, Asked::of_deposits, {Name::parent}},
    Wanted{Role::line, Asked::of_gift_cards, {Name::gift_card}},
    Wanted{Role::line, Asked::of_prepaid, {Name::prepayment}},
    Wanted{Role::gift_card, Asked::of_empty, {Name::reference}},
    Wanted{Role::prepayment, Asked::of_empty, {Name::reference}},
    Wanted{Role::layaway, Asked::of_empty, {Name::reference}},
    Wanted{Role::price_override, Asked::of_empty, {Name::reason}},
    Wanted{Role::original, Asked::of_empty, {Name::number}},
    Wanted{Role::discount, Asked::of_unexplained, {Name::reason}},
    Wanted{Role::tender, Asked::of_cards, {Name::scheme, Name::last4, Name::authorization}},
};
constexpr std::array of_void{from_where, Wanted{Role::root, Asked::always, {Name::approver}},
                             Wanted{Role::original, Asked::of_empty, {Name::number}}};
constexpr std::array of_no_sale{from_where, Wanted{Role::root, Asked::always, {Name::drawer_opened}}};
constexpr std::array of_till_close{
    from_where,
    Wanted{Role::root, Asked::always, {Name::session, Name::counts, Name::taxes}},
    Wanted{Role::tender, Asked::always, {Name::opening}},
    Wanted{Role::counts, Asked::always, {Name::sales, Name::returns, Name::voids, Name::no_sales}},
};
constexpr std::array of_receiving{
    from_where,
    Wanted{Role::root, Asked::always, {Name::purchase_orders}},
    Wanted{Role::line, Asked::always, {Name::expected}},
    Wanted{Role::line, Asked::of_rejected, {Name::reject_reason}},
};
constexpr std::array of_transfer_in{from_where, Wanted{Role::line, Asked::always, {Name::shipped}}};
constexpr std::array of_price{from_where,
                              Wanted{Role::root, Asked::always, {Name::effective_from, Name::reason, Name::approver}}};
constexpr std::array of_count{from_where, Wanted{Role::root, Asked::always, {Name::location}}};

constexpr std::array types{
    EventType{"adjustment", normal, Key::optional_document, mark_adjustment, of_any},
    EventType{"agent_started", critical},
    EventType{"cash_movement", critical, Key::till, mark_cash_movement, of_any},
    EventType{"clock_step", critical},
    EventType{"config_applied", critical},
    EventType{"config_rejected", critical},
    EventType{"config_reverted", critical},
    EventType{"control", critical, Key::till, mark_control, of_any},
    EventType{"corrected", critical},
    EventType{"coverage", critical},
    EventType{"day_certificate", critical},
    EventType{"device_down", bulk},
    EventType{"device_up", bulk},
    EventType{"discarded", critical},
    EventType{"gap", critical},
    EventType{"gone", critical},
    EventType{"handover", normal, Key::document, mark_handover, of_any},
    EventType{"loss", critical},
    EventType{"markdown", normal, Key::optional_document, mark_markdown, of_price},
    EventType{"no_sale", critical, Key::till, mark_no_sale, of_no_sale},
    EventType{"other", critical, Key::any_number, mark_other, {}, without_time},
    EventType{"payment_batch", critical, Key::batch, mark_payment_batch, of_any},
    EventType{"pick", normal, Key::document, mark_pick, of_any},
    EventType{"price_change", normal, Key::optional_document, mark_price_change, of_price},
    EventType{"quarantined", critical},
    EventType{"receiving", critical, Key::document, mark_receiving, of_receiving},
    EventType{"reissued", critical},
    EventType{"released", critical},
    EventType{"replenishment_request", normal, Key::document, mark_replenishment_request, of_any},
    EventType{"return", critical, Key::transaction, mark_return, of_transaction},
    EventType{"sale", critical, Key::transaction, mark_sale, of_transaction},
    EventType{"scan", bulk, Key::none, mark_scan, {}, without_time},
    EventType{"seal", critical},
    EventType{"silence", critical},
    EventType{"stock_count", normal, Key::document, mark_stock_count, of_count},
    EventType{"till_close", critical, Key::session, mark_till_close, of_till_close},
    EventType{"till_open", critical, Key::session, mark_till_open, of_any},
    EventType{"transfer_in", normal, Key::document, mark_transfer_in, of_transfer_in},
    EventType{"transfer_out", normal, Key::document, mark_transfer_out, of_any},
    EventType{"vendor_return", normal, Key::document, mark_vendor_return, of_any},
    EventType{"void", critical, Key::till, mark_void, of_void},
    EventType{"weight", bulk, Key::none, mark_weight, {}, without_time},
};

constexpr bool before(const EventType& type, std::string_view name) { return type.name < name; }
static_assert(std::is_sorted(types.begin(), types.end(),
                             [](const EventType& a, const EventType& b) { return a.name < b.name; }));

}  // namespace

std::span<const EventType> event_types() { return types; }

const EventType* find_event_type(std::string_view name) {
    const auto found = std::lower_bound(types.begin(), types.end(), name, before);
    return found != types.end() && found->name == name ? &*found : nullptr;
}

}  // namespace tillpost
