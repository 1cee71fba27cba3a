// SPDX-License-Identifier: Apache-2.0
// [end-2] What happens near journal/limit_mb: what is cheap is shed, what is dear is refused, and both are said.
#include <utility>

#include "agent/event/event_types.hpp"
#include "agent/journal/journal.hpp"
#include "agent/journal/own_events.hpp"
#include "agent/journal/position.hpp"
#include "platform/log.hpp"

namespace tillpost {
namespace {

std::int64_t limit_of_minor(const JournalSettings& settings) { return settings.most_bytes / 100 * 97; }

}  // namespace

// Near its limit the journal sheds what is cheap; what is dear is refused at the limit, never shed.
std::optional<Error> Journal::refusal(const Draft& draft) const {
    if (failure_) return failure_;
    if (closed_) return Error{Errc::rejected, "shutdown: the agent is stopping; send again when it is back"};
    if (drafts_.size() >= settings_.most_waiting || draft_bytes_ >= settings_.most_waiting_bytes) {
        return Error{Errc::rejected, "busy: too many events wait for the disk; send again"};
    }
    const std::int64_t limit = Store::is_critical(draft) ? settings_.most_bytes : limit_of_minor(settings_);
    if (bytes_ < limit) return std::nullopt;
    if (Store::is_critical(draft) && makes_room_) return std::nullopt;  // with its commit
    if (is_full_of_quarantine()) {
        return Error{
            Errc::full,
            "journal_full: the journal has reached its limit (journal/limit_mb), most of it with what waits in "
            "quarantine; send again when people have decided on that (`tillpost quarantine`)"};
    }
    return Error{Errc::full,
                 "journal_full: the journal has reached its limit (journal/limit_mb) with what central has not "
                 "confirmed; send again when central is back"};
}

// [end-2] What can only go to quarantine has no more room than that: it would take the room of what can travel.
void Journal::bound(Draft& draft) const {
    if (!is_quarantine_full()) return;
    const Error full{
        Errc::rejected,
        "quarantine_full: what waits in quarantine, or to go there, has a quarter of the journal's limit "
        "(journal/limit_mb), and this record would go there, too; correct it, or send it again when people have "
        "decided on the others (`tillpost quarantine`)"};
    draft.unless_known = draft.quarantine || draft.held_for ? full : refusal_of_size(draft);
    if (draft.holds_over_return) draft.unless_returnable = full;
}

std::optional<Error> Journal::refusal_of_size(const Draft& draft) const {
    if (!is_too_large(draft)) return std::nullopt;
    return Error{
        Errc::too_large,
        "too_large: this event is larger than what the broker takes (" + std::to_string(largest_line()) +
            " bytes), and quarantine, where such wait, has its quarter of the journal's limit (journal/limit_mb); "
            "send it again when people have taken the others to central on a stick (`tillpost journal export`), "
            "had the broker's maximum raised, or decided on them (`tillpost quarantine`)"};
}

Result<Recorded> Journal::answer_of(const Recorded& recorded) {
    if (!recorded.refused) return recorded;
    if (recorded.refused->code == Errc::too_large) note_too_large();
    return *recorded.refused;
}

bool Journal::is_quarantine_full() const {
    const std::int64_t coming = too_large_.waiting(position_at(live_.ordinal, live_.confirmed));
    return open_bytes_ + coming >= settings_.most_quarantined_bytes();
}

// What the agent says itself nobody would send again.
bool Journal::is_too_large(const Draft& draft) const {
    const EventType* const type = find_event_type(draft.event.type);
    if (draft.quarantine || type == nullptr || type->mark == nullptr) return false;
    return too_large_.holds_back(own::line_bytes(settings_.source, draft.event));
}

void Journal::note_largest_line(std::uint64_t bytes) {
    auto work = [bytes](Store& store) { return store.note_largest_line(static_cast<std::int64_t>(bytes)); };
    enqueue(receipt_job, std::move(work), [this](const Result<void>& done) { note_outcome(done); });
}

bool Journal::is_full_of_quarantine() const { return quarantine_bytes_ > bytes_ / 2; }

const char* Journal::advice_at_limit() const {
    if (is_full_of_quarantine()) {
        return "decide on what is in quarantine, most of the journal is that (`tillpost quarantine`); take what is "
               "too large for the broker to central on a stick (`tillpost journal export`); or raise journal/limit_mb";
    }
    if (open_bytes_ >= settings_.most_quarantined_bytes()) {
        return "see why central does not confirm; decide on what is in quarantine (`tillpost quarantine`): it is full, "
               "and nothing is deleted from the first event on that central rejects and that it has no room for; or "
               "raise journal/limit_mb";
    }
    return "see why central does not confirm, or raise journal/limit_mb";
}

// What is given after a failure or at the stop is refused at once, and says why.
bool Journal::has_room() const {
    if (failure_ || closed_) return true;
    return drafts_.size() < settings_.most_waiting / 4 * 3 && draft_bytes_ < settings_.most_waiting_bytes / 4 * 3;
}

// Later: what comes then is looked into while the disk takes the commit.
void Journal::tell_room() const {
    if (events_.on_room) asio::post(loop_, events_.on_room);
}

std::optional<Error> Journal::refusal_of_decision(const std::optional<Draft>& becomes) const {
    Draft said;
    said.event.type = "released";  // as critical as all that can come of a decision
    auto refused = refusal(said);
    if (refused || !becomes || !is_quarantine_full() || !is_too_large(*becomes)) return refused;
    return Error{Errc::rejected, "it would be larger than what the broker takes (" + std::to_string(largest_line()) +
                                     " bytes), and go to quarantine once more, which is full: take it to central on a "
                                     "stick (tillpost journal export), or have the broker's maximum raised first"};
}

const Error& Journal::note_refusal(const Error& refused, const Draft& draft) {
    if (refused.code != Errc::full) return refused;
    const bool critical = Store::is_critical(draft);
    if (!refusing_) refusing_ = Refusing{wall_now()};
    refusing_->critical = refusing_->critical || critical;
    ++refusing_->count;
    if (refusal_limit_.count(std::chrono::steady_clock::now()) == 0) return refused;
    log::error(refusing_->critical ? "the journal has reached its limit: feeds are refused, sales too"
                                   : "the journal is near its limit: feeds are refused all but sales and the like",
               {{"since", rfc3339(refusing_->since)},
                {"refused", refusing_->count},
                {"bytes", bytes_},
                {"limit_mb", settings_.most_bytes >> 20},
                {"what_to_do", advice_at_limit()}});
    return refused;
}

void Journal::note_too_large() {
    auto line = [this](std::uint64_t refused) {
        log::error("events that are larger than the broker's packets are refused: quarantine has no room for them",
                   {{"refused", refused},
                    {"largest", largest_line()},
                    {"in_quarantine", open_bytes_},
                    {"wait_to_go_there", too_large_.bytes},
                    {"what_to_do",
                     "take those that wait to central on a stick (tillpost journal export), raise the broker's maximum "
                     "and release them, or decide on them: tillpost quarantine list"}});
    };
    too_large_limit_.say(std::chrono::steady_clock::now(), std::move(line));
}

/// A nearly full disk may take the one and refuse the next: the log says the first of it and, later, the last.
void Journal::note_full(const Error& error) {
    condition_ = "full";
    full_at_ = std::chrono::steady_clock::now();
    ++refused_by_disk_;
    if (refused_by_disk_ > 1) return;
    log::error("no space for events: feeds are refused, sales too",
               {{"error", error.message}, {"what_to_do", "make room on the disk of journal/path"}});
}

void Journal::note_space() {
    condition_ = "ok";
    if (refused_by_disk_ == 0 || std::chrono::steady_clock::now() - full_at_ < settings_.space_lasts) return;
    log::info("there is space again: events are recorded", {{"commits_refused", std::exchange(refused_by_disk_, 0)}});
}

void Journal::note_room() {
    if (!refusing_ || bytes_ >= limit_of_minor(settings_)) return;
    log::info("the journal has room again: feeds are refused no longer",
              {{"refused", refusing_->count}, {"since", rfc3339(refusing_->since)}});
    refusing_.reset();
}

std::string Journal::condition() const {
    if (condition_ == "ok" && !refusing_ && gave_up_at_)
        return "disk full: scans and other minor events are given up, so that sales find room";
    if (condition_ == "ok" && !refusing_ && is_quarantine_full()) {
        return "quarantine full: what is there, or waits to go there as it is larger than the broker takes, has a "
               "quarter of journal/limit_mb; more of it is refused, what central rejects stays where it is, all else "
               "is "
               "recorded; decide on it (`tillpost quarantine`), or raise the broker's maximum";
    }
    if (condition_ != "ok" || !refusing_) return condition_;
    return std::string(refusing_->critical ? "full" : "nearly full") + ": the journal has reached journal/limit_mb, " +
           (is_full_of_quarantine() ? "most of it with what waits in quarantine, " : "") +
           (refusing_->critical ? "sales, too, are refused" : "all but sales and the like is refused") + " since " +
           rfc3339(refusing_->since) + " (" + std::to_string(refusing_->count) +
           (refusing_->count == 1 ? " record)" : " records)");
}

void Journal::note_shedding() {
    shed_ = store_->shed();
    const bool full = condition_ == "full" || store_->room().is_short();
    if (full) gave_up_at_ = {live_.epoch, live_.last};
    auto line = [this, full,
                 to_do = full ? "make room on the disk of journal/path" : advice_at_limit()](std::uint64_t) {
        log::warn(full ? "the disk is full: cheap events are given up, and `loss` events say which"
                       : "the journal is near its limit: cheap events are given up, and `loss` events say which",
                  {{"shed", shed_}, {"what_to_do", to_do}});
    };
    shed_limit_.say(std::chrono::steady_clock::now(), std::move(line));
}

// Room inside the file comes with each slice that is given up, and goes again: it is there for good when others have
// made some, or what was held then is delivered.
void Journal::note_disk() {
    const auto [epoch, last] = *gave_up_at_;
    const bool is_delivered = live_.epoch != epoch || live_.confirmed >= last;
    if (!store_->has_room() || !(store_->room().has_plenty() || is_delivered)) return;
    gave_up_at_.reset();
    log::info("the disk has room again: no more events are given up", {{"shed", shed_}});
}

}  // namespace tillpost
