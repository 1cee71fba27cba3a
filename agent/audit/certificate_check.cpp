// SPDX-License-Identifier: Apache-2.0
#include "agent/audit/certificate_check.hpp"

#include <algorithm>
#include <chrono>
#include <memory>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "agent/audit/certified_figures.hpp"
#include "agent/day/calendar.hpp"
#include "agent/event/event_types.hpp"
#include "agent/event/key_rules.hpp"
#include "agent/event/till_text.hpp"
#include "agent/wire/json_members.hpp"
#include "platform/time_text.hpp"

namespace tillpost {
namespace {

using nlohmann::json;

constexpr std::int64_t longest_wait = 10;  ///< Minutes until an event that is recorded counts in its day
constexpr int days_ahead = 2;              ///< Of a business date that is believed
constexpr std::size_t most_named = 3;      ///< Differences of one certificate
constexpr std::size_t date_size = 10;      // "2026-11-23"
constexpr std::size_t second_size = 19;    // "2026-11-23T10:15:30"

/// The third name of "urn:tillpost:<tenant>:<store>:<node>".
std::string store_in(std::string_view source) {
    for (int names = 0; names < 3; ++names) {
        const std::size_t colon = source.find(':');
        if (colon == std::string_view::npos) return {};
        source.remove_prefix(colon + 1);
    }
    return std::string(source.substr(0, source.find(':')));
}

/// Minutes since 1970 of a recorded time, nullopt for another text.
std::optional<std::int64_t> minute_of(std::string_view text) {
    const auto time = parse_time(text);
    return time ? std::optional<std::int64_t>(time->time_since_epoch() / std::chrono::minutes(1)) : std::nullopt;
}

/// One whose till and business date its data name.
bool is_of_a_till(const EventType* type) {
    if (type == nullptr || type->mark == nullptr) return false;
    return type->key == BusinessKey::transaction || type->key == BusinessKey::till ||
           type->key == BusinessKey::session || type->key == BusinessKey::any_number;
}

std::uint64_t number_in(const json& data, const char* name) {
    const auto found = data.is_object() ? data.find(name) : data.end();
    return data.is_object() && found != data.end() && found->is_number_unsigned() ? found->get<std::uint64_t>() : 0;
}

std::string fault_of(const Line& line, const json& said, const std::vector<CertifiedDifference>& differences) {
    const std::string store(text_in(said, "store"));
    std::string what = event_id(line.epoch, line.sequence) + ", the certificate of till " +
                       std::string(text_in(said, "till")) + (store.empty() ? "" : " of store " + store) + " on " +
                       std::string(text_in(said, "business_date")) + ", revision " +
                       std::to_string(number_in(said, "revision")) + ", does not follow from the events before it: ";
    for (std::size_t i = 0; i < std::min(differences.size(), most_named); ++i) {
        const CertifiedDifference& each = differences[i];
        what += (i == 0 ? "" : "; ") + each.of + ": it says " + each.said + ", recomputed " + each.recomputed;
    }
    if (differences.size() > most_named) {
        what += "; and " + std::to_string(differences.size() - most_named) + " more";
    }
    return what;
}

}  // namespace

void CertificateCheck::begin(std::string_view source, bool whole) {
    Intake::Settings settings;
    settings.keys = std::make_shared<const KeyRules>(std::vector<KeySetting>(), store_in(source));
    intake_.emplace(std::move(settings));
    days_.clear();
    events_ = 0;
    waiting_.clear();
    dropped_upto_.clear();
    unknown_upto_.clear();
    date_.clear();
    now_.reset();
    copies_ = 0;
    has_other_keys_ = false;
    is_unknown_ = !whole;
}

void CertificateCheck::unknown() {
    is_unknown_ = true;
    copies_ -= std::min<std::uint64_t>(copies_, 1);
}

/// What is unknown is of business dates up to some days behind the next time that can be trusted.
void CertificateCheck::note_time(const Line& line) {
    const std::string_view time = body_attribute(line.body, "recordedtime");
    const bool synced = body_attribute(line.body, "clock") == "synced";
    const std::string before = std::exchange(date_, std::string(time.substr(0, date_size)));
    // By a clock that was wrong the agent may have given days up that it began again.
    const bool set_back = !before.empty() && day::date_after(date_, 1) < before;
    if (set_back) unknown_upto_ = std::max(unknown_upto_, day::date_after(before, unknown_days));
    now_ = minute_of(time);
    if (!is_unknown_ || !synced || copies_ > 0) return;
    unknown_upto_ = std::max(unknown_upto_, day::date_after(date_, unknown_days));
    is_unknown_ = false;
}

std::optional<std::string> CertificateCheck::take(const Line& line) {
    const auto head = body_head(line.body);
    if (!head) {
        unknown();
        return std::nullopt;
    }
    note_time(line);
    if (copies_ > 0) --copies_;
    if (head->type == "day_certificate") return take_certificate(line, head->data);
    if (head->type == "reissued") take_reissued(head->data);
    if (head->type == "clock_step") {
        for (Waiting& each : waiting_) each.minute.reset();  // how long ago it was, the clock does not say
    }
    if (is_of_a_till(find_event_type(head->type))) take_record(line, *head);
    return std::nullopt;
}

/// The lines behind it were recorded before: which of them the days had counted, they do not say.
void CertificateCheck::take_reissued(std::string_view text) {
    copies_ = std::max(copies_, number_in(json::parse(text, nullptr, false), "count"));
    is_unknown_ = true;
}

/// What cannot be read as the agent read it, because its configuration says what a key is, may count in any day; so
/// does what a person released again, which was counted when it came first.
void CertificateCheck::take_record(const Line& line, const BodyHead& head) {
    const bool again = !body_attribute(line.body, "causationid").empty() &&
                       !body_attribute(line.body, "correlationid").empty() &&
                       head.quality.find("conflict") == std::string_view::npos;
    auto parsed = intake_->parse(head.data);
    const Event* const event = std::get_if<Event>(&parsed);
    if (again || event == nullptr || event->type != head.type) {
        is_unknown_ = true;
        return;
    }
    if (!event->day) return;
    if (waiting_.size() == most_waiting) {
        const auto dropped = days_.find(waiting_.front().key);
        apply(waiting_.front());
        if (dropped != days_.end()) dropped->second.is_ahead = true;
        waiting_.pop_front();
    }
    Waiting waiting;
    waiting.key = {event->day->till_key, event->day->business_date};
    CorrectedDay::Event& read = waiting.event;
    read.id = event_id(line.epoch, line.sequence);
    read.type = event->type;
    read.mode = event->mode;
    read.subject = head.subject;
    read.quality = head.quality;
    read.corrects = body_attribute(line.body, "corrects");
    read.kind = body_attribute(line.body, "correctskind");
    read.maps_again = body_attribute(line.body, "mapsagain");
    read.late = head.late;
    read.facts = event->day;
    waiting.minute = now_;
    has_other_keys_ = has_other_keys_ || event->subject != head.subject;
    if (Day* const of = day_for(waiting.key); of != nullptr) {
        if (of->first_recorded.empty()) of->first_recorded = body_attribute(line.body, "recordedtime");
        of->is_odd = of->is_odd || waiting.key.second > day::date_after(date_, days_ahead);
    }
    note_other_days(waiting.key, read);
    waiting_.push_back(std::move(waiting));
}

/// A correction counts where its original does: the certificates of that day say so, and its own events do not.
void CertificateCheck::note_other_days(const Key& key, const CorrectedDay::Event& event) {
    if (!event.changes_another()) return;
    const auto is_its = [&](const Waiting& each) { return each.key == key && event.changes(each.event); };
    const auto own = days_.find(key);
    bool is_found = (own != days_.end() && own->second.corrected.has_what_changes(event)) ||
                    std::any_of(waiting_.begin(), waiting_.end(), is_its);
    if (!is_found || !event.maps_again.empty()) is_found = give_up_others(key, event) || is_found;
    if (event.voids() && (!is_found || has_other_keys_)) give_up_all();
}

/// The other days with what the event changes; false: there is none.
bool CertificateCheck::give_up_others(const Key& key, const CorrectedDay::Event& event) {
    bool is_found = false;
    for (auto& [of, each] : days_) {
        if (of == key || !each.corrected.has_what_changes(event)) continue;
        give_up(each);
        is_found = true;
    }
    for (const Waiting& each : waiting_) {
        const auto of = days_.find(each.key);
        if (each.key == key || of == days_.end() || !event.changes(each.event)) continue;
        give_up(of->second);
        is_found = true;
    }
    return is_found;
}

/// A post-void names a business key, and what those are made of the agent's configuration may say: which sale it takes
/// back, and of which day, nobody knows here.
void CertificateCheck::give_up_all() {
    for (auto& [of, each] : days_) give_up(each);
}

void CertificateCheck::give_up(Day& of) {
    events_ -= of.corrected.size();
    of.corrected.give_up();
}

void CertificateCheck::apply(const Waiting& waiting) {
    const auto found = days_.find(waiting.key);
    if (found == days_.end()) return;
    Day& of = found->second;
    of.ledger.take(waiting.event.as_counted());
    events_ -= of.corrected.size();
    of.corrected.take(waiting.event);
    events_ += of.corrected.size();
    while (events_ > most_events) give_up(oldest_with_events());
}

/// There is one.
CertificateCheck::Day& CertificateCheck::oldest_with_events() {
    const auto is_before = [](const auto& a, const auto& b) {
        const bool has = a.second.corrected.size() > 0;
        const bool other_has = b.second.corrected.size() > 0;
        return has != other_has ? has : a.first.second < b.first.second;
    };
    return std::min_element(days_.begin(), days_.end(), is_before)->second;
}

/// Where days of now have to go the agent may have had no room for some, either.
bool CertificateCheck::make_room(const Key& key) {
    if (key.second <= dropped_upto_) return false;
    if (days_.size() < most_days) return true;
    const auto oldest = std::min_element(days_.begin(), days_.end(),
                                         [](const auto& a, const auto& b) { return a.first.second < b.first.second; });
    dropped_upto_ = std::max(dropped_upto_, oldest->first.second);
    if (dropped_upto_ >= day::date_after(date_, -days_ahead)) dropped_upto_ = day::date_after(date_, unknown_days);
    events_ -= oldest->second.corrected.size();
    days_.erase(oldest);
    return key.second > dropped_upto_;
}

/// Oldest dates go first, and are not begun again. nullptr: it is one of those.
CertificateCheck::Day* CertificateCheck::day_for(const Key& key) {
    const auto found = days_.find(key);
    if (found != days_.end()) return &found->second;
    if (!make_room(key)) return nullptr;
    auto [store, till] = till_from_text(key.first);
    return &days_.emplace(key, Day{day::DayLedger(std::move(store), std::move(till), key.second), {}, {}})
                .first->second;
}

/// So many events of the day, and all that came long before the certificate.
void CertificateCheck::count_up_to(const Key& key, std::uint64_t events, std::optional<std::int64_t> minute) {
    const auto found = days_.find(key);
    if (found == days_.end()) return;
    std::deque<Waiting> kept;
    for (Waiting& each : waiting_) {
        const bool is_old = minute && each.minute && *each.minute + longest_wait < *minute;
        const bool counts = each.key == key && (found->second.ledger.events < events || is_old);
        if (counts) apply(each);
        if (!counts) kept.push_back(std::move(each));
    }
    waiting_ = std::move(kept);
}

std::string_view CertificateCheck::obstacle(const Key& key, const Day* of, const json& said) const {
    if (is_unknown_ || key.second <= unknown_upto_) {
        return "events that they may count are not here, are copies, or cannot be read without the agent's "
               "configuration";
    }
    if (of != nullptr && of->is_odd) return "their business dates were later than the clock made believable";
    if (key.second <= dropped_upto_) return "more business days at once than are followed";
    if (of != nullptr && of->is_ahead && of->ledger.events > number_in(said["counts"], "events")) {
        return "more events came while they were made than are followed";
    }
    const std::string_view since = text_in(said, "since").substr(0, second_size);
    if (of != nullptr && since > std::string_view(of->first_recorded).substr(0, second_size)) {
        return "the agent began to count when their day had begun";
    }
    return {};
}

std::optional<std::string> CertificateCheck::take_certificate(const Line& line, std::string_view data) {
    const json said = json::parse(data, nullptr, false);
    const auto counts = said.is_object() ? said.find("counts") : said.end();
    if (!said.is_object() || counts == said.end() || !counts->is_object() || !counts->contains("events")) {
        ++not_recomputed_["they do not say of how many events they are"];
        return std::nullopt;
    }
    const Key key{till_text(text_in(said, "store"), text_in(said, "till")),
                  std::string(text_in(said, "business_date"))};
    count_up_to(key, number_in(*counts, "events"), now_);
    const auto found = days_.find(key);
    const Day* const of = found == days_.end() ? nullptr : &found->second;
    if (const std::string_view why = obstacle(key, of, said); !why.empty()) {
        ++not_recomputed_[std::string(why)];
        return std::nullopt;
    }
    ++recomputed_;
    const Day none{};
    const Day& recomputed = of != nullptr ? *of : none;
    auto differences = differences_of(said, recomputed.ledger);
    const auto corrected = recomputed.corrected.corrected(recomputed.ledger, said);
    if (!corrected) ++corrections_open_;
    if (corrected) add_corrected_differences(said, *corrected, differences);
    if (differences.empty()) return std::nullopt;
    return fault_of(line, said, differences);
}

}  // namespace tillpost
