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

constexpr std::array types{
    EventType{"adjustment", normal, Key::optional_document, mark_adjustment},
    EventType{"agent_started", critical},
    EventType{"cash_movement", critical, Key::till, mark_cash_movement},
    EventType{"clock_step", critical},
    EventType{"config_applied", critical},
    EventType{"config_rejected", critical},
    EventType{"config_reverted", critical},
    EventType{"control", critical, Key::till, mark_control},
    EventType{"corrected", critical},
    EventType{"coverage", critical},
    EventType{"day_certificate", critical},
    EventType{"device_down", bulk},
    EventType{"device_up", bulk},
    EventType{"discarded", critical},
    EventType{"gap", critical},
    EventType{"gone", critical},
    EventType{"handover", normal, Key::document, mark_handover},
    EventType{"loss", critical},
    EventType{"markdown", normal, Key::optional_document, mark_markdown},
    EventType{"no_sale", critical, Key::till, mark_no_sale},
    EventType{"other", critical, Key::any_number, mark_other, without_time},
    EventType{"payment_batch", critical, Key::batch, mark_payment_batch},
    EventType{"pick", normal, Key::document, mark_pick},
    EventType{"price_change", normal, Key::optional_document, mark_price_change},
    EventType{"quarantined", critical},
    EventType{"receiving", critical, Key::document, mark_receiving},
    EventType{"reissued", critical},
    EventType{"released", critical},
    EventType{"replenishment_request", normal, Key::document, mark_replenishment_request},
    EventType{"return", critical, Key::transaction, mark_return},
    EventType{"sale", critical, Key::transaction, mark_sale},
    EventType{"scan", bulk, Key::none, mark_scan, without_time},
    EventType{"seal", critical},
    EventType{"silence", critical},
    EventType{"stock_count", normal, Key::document, mark_stock_count},
    EventType{"till_close", critical, Key::session, mark_till_close},
    EventType{"till_open", critical, Key::session, mark_till_open},
    EventType{"transfer_in", normal, Key::document, mark_transfer_in},
    EventType{"transfer_out", normal, Key::document, mark_transfer_out},
    EventType{"vendor_return", normal, Key::document, mark_vendor_return},
    EventType{"void", critical, Key::till, mark_void},
    EventType{"weight", bulk, Key::none, mark_weight, without_time},
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
