// SPDX-License-Identifier: Apache-2.0
// [privacy-1] [complete-1] What is kept of the business days when content is erased.
#include <nlohmann/json.hpp>
#include <utility>

#include "agent/capture/day_history.hpp"
#include "agent/event/day_facts.hpp"
#include "agent/event/redaction/card_number.hpp"
#include "agent/event/till_text.hpp"
#include "agent/wire/line.hpp"

namespace tillpost {
namespace {

using day::DayBook;
using nlohmann::json;

std::string member_text(const json& data, const char* name) {
    const auto found = data.is_object() ? data.find(name) : data.end();
    return found != data.end() && found->is_string() ? found->get<std::string>() : std::string();
}

/// The number of a record that was thrown away is missing for a reason that is known.
DayBook::DaySaid said_by_discarded(std::string_view text) {
    const json data = json::parse(text, nullptr, false);
    return {{till_text(member_text(data, "store"), member_text(data, "till")), member_text(data, "business_date")},
            {member_text(data, "number")},
            0};
}

/// What of the kept days themselves is to go.
std::vector<DayBook::DaySaid> found_in(const DayBook& book, const std::string& date,
                                       const std::function<bool(const std::string&)>& is_card) {
    std::vector<DayBook::DaySaid> found;
    for (const auto& [key, ledger] : book.ledgers()) {
        if (key.second != date) continue;
        DayBook::DaySaid said{key, ledger.texts(), is_card(key.first) ? ledger.events : 0};
        std::erase_if(said.texts, [&is_card](const std::string& text) { return !is_card(text); });
        if (said.events > 0 || !said.texts.empty()) found.push_back(std::move(said));
    }
    return found;
}

}  // namespace

std::optional<DayBook::DaySaid> DayHistory::said_by(std::string_view body) {
    const auto head = body_head(body);
    if (!head) return std::nullopt;
    DayBook::DaySaid said;
    if (head->type == "discarded") {
        said = said_by_discarded(head->data);
    } else {
        auto parsed = intake_.parse(head->data);
        const Event* const event = std::get_if<Event>(&parsed);
        if (event == nullptr || event->type != head->type || !event->day) return std::nullopt;
        const DayFacts& facts = *event->day;
        said = {{facts.till_key, facts.business_date}, facts.missing, 1};
        for (const std::string* text :
             {&facts.number, &facts.session, &facts.first_number, &facts.last_number, &facts.voids}) {
            said.texts.push_back(*text);
        }
        said.texts.emplace_back(head->subject);
        said.texts.emplace_back(body_attribute(body, "corrects"));
    }
    std::erase_if(said.texts,
                  [](const std::string& text) { return !may_hold_card_number(text) || number_of_event(text); });
    return said;
}

Result<void> keep_days_of(Store& store, const DaySettings& settings, Intake::Settings intake, const Clock& clock,
                          const LeavingContents& leaving, const std::function<bool(const std::string&)>& is_card) {
    const auto kept = store.kept_days();
    if (!kept) return kept.error().with_context("read the business days");
    DayHistory history(settings, std::move(intake));
    history.restore(*kept, clock.now().wall);
    auto read = store.each_behind_days([&history](const HeldEvent& held) { history.replay(held); });
    if (!read) return read.error().with_context("read what came behind the business days");
    std::vector<DayBook::DaySaid> goes;
    for (const std::string& body : leaving.bodies) {
        if (auto said = history.said_by(body)) goes.push_back(std::move(*said));
    }
    history.book.forget(goes);
    for (const std::string& date : leaving.business_dates) {
        history.book.forget(found_in(history.book, date, is_card));
    }
    return store.keep_days(*history.changes());
}

}  // namespace tillpost
