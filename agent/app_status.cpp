// SPDX-License-Identifier: Apache-2.0
// What the app says of itself, from all of its parts.
#include <algorithm>
#include <chrono>
#include <utility>

#include "agent/app.hpp"
#include "agent/event/redaction/people.hpp"
#include "agent/status/silence_words.hpp"
#include "agent/status/text.hpp"
#include "agent/wire/line.hpp"
#include "platform/time_text.hpp"

namespace tillpost {
namespace {

constexpr std::size_t one_line = 1;  // bytes: a read gives a line at least

std::string delivery_mode(const Forwarder& forwarder) {
    if (forwarder.connected() && !forwarder.refusal().reason().empty()) return "refused by the broker";
    switch (forwarder.delivery().mode()) {
        case Delivery::Mode::offline: return "offline";
        case Delivery::Mode::greeting: return "waiting for central";
        case Delivery::Mode::probing: return "probing";
        case Delivery::Mode::flowing: break;
    }
    if (forwarder.delivery().held_by_rate(std::chrono::steady_clock::now())) return "waiting for its rate";
    if (forwarder.delivery().everything_confirmed()) return "idle";
    if (!forwarder.unconfirmed_since()) return "flowing";
    return forwarder.delivery().waits_for_receipt() ? "waiting for central" : "not confirmed";
}

}  // namespace

Status App::status() const {
    Status status;
    status.source = configuration_.name.source();
    status.version = TILLPOST_VERSION;
    const Timestamp now = clock_.now();
    status.started = rfc3339(wall_of(started_, now));
    status.now = rfc3339(now.wall);
    fill_journal(status);
    fill_delivery(status);
    fill_devices(status);
    return status;
}

void App::fill_journal(Status& status) const {
    const EpochSummary& live = journal_->live();
    status.epoch = to_hex(live.epoch);
    status.captured = live.last;
    status.confirmed = live.confirmed;
    status.waiting = live.last - live.confirmed;
    const bool any_before = live.confirmed > 0 || !journal_->receiver().empty();
    status.confirmed_at_least = any_before && status.waiting > 0 && !forwarder_->confirmed_since_start();
    if (const auto since = waiting_since_.since()) status.waiting_since = rfc3339(*since);
    status.quarantined = static_cast<std::uint64_t>(journal_->quarantined());
    status.shed = static_cast<std::uint64_t>(journal_->shed());
    status.lost = static_cast<std::uint64_t>(journal_->lost());
    status.repeated = capture_->repeated();
    status.refused = capture_->refused();
    status.sealing = journal_->sealing();
    for (const std::string& trouble : key_troubles_) {
        status.keys += (status.keys.empty() ? "" : "; ") + trouble;
    }
    status.salvage = journal_->salvage_trouble();
    status.storage = journal_->moving(StorageWatch::says_after) ? journal_->condition() : "the disk does not answer";
    status.journal_bytes = journal_->bytes();
    status.acknowledge_p50_ms = journal_->latency().quantile_ms(0.5);
    status.acknowledge_p99_ms = journal_->latency().quantile_ms(0.99);
}

void App::fill_delivery(Status& status) const {
    status.connected = forwarder_->connected();
    status.broker = link_->address();
    status.broker_detail = forwarder_->detail() + link_->detail();
    status.delivery = delivery_mode(*forwarder_);
    status.sent = forwarder_->events_sent();
    status.in_flight = forwarder_->delivery().outstanding_events();
    if (const auto last = forwarder_->last_receipt()) status.last_receipt = rfc3339(*last);
    if (const Refusal& refusal = forwarder_->refusal(); !refusal.reason().empty()) {
        status.refusal = refusal.reason();
        status.refusal_since = rfc3339(refusal.since());
    }
    status.receiver = journal_->receiver();
    status.receipt_alarm = forwarder_->receipt_alarms().text();
    if (const auto at = forwarder_->receipt_alarms().at()) status.receipt_alarm_at = rfc3339(*at);
}

void App::fill_devices(Status& status) const {
    const day::DayBook& book = days_->book();
    status.days_unbelieved = book.unbelieved().events;
    status.days_unbelieved_which = days_named(book.unbelieved());
    status.days_crowded_out = book.crowded_out().events;
    status.days_crowded_out_which = days_named(book.crowded_out());
    if (configuration_.feed) {
        status.silence = silence_unwatched(configuration_.day, days_->tills_heard());
        status.people = people_as_sent(configuration_.privacy);
    }
    for (const auto& driver : drivers_) {
        for (const Driver::Health& each : driver->health()) {
            status.refused += each.refused;
            Status::Device device{each.name, each.up, each.detail, each.observations};
            device.turned_away = each.turned_away;
            if (const Capture::Redacted* redacted = capture_->redacted(each.name)) {
                device.redacted = redacted->observations;
                device.card_numbers = redacted->numbers;
                device.card_secrets = redacted->secrets;
            }
            status.devices.push_back(std::move(device));
        }
    }
}

void App::note_waiting() { waiting_since_.note(journal_->live().last, journal_->live().confirmed, wall_now()); }

// What waits since before the start is as old as the journal says.
asio::awaitable<void> App::find_oldest() {
    note_waiting();
    if (!waiting_since_.since()) co_return;
    const Range range{journal_->live().confirmed + 1, journal_->live().confirmed + 1};
    const Result<StoredLines> lines = co_await journal_->read(range, one_line);
    const bool waits_still = journal_->live().confirmed < range.from;
    if (!lines || lines->empty() || !waits_still) co_return;
    const std::string_view line = lines->line(0);
    const auto time = parse_time(body_attribute(line.substr(std::min(line.size(), line_prefix_size)), "recordedtime"));
    if (time) waiting_since_.began(*time);
}

}  // namespace tillpost
