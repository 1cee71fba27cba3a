// SPDX-License-Identifier: Apache-2.0
#include "agent/app.hpp"

#include <utility>

#include "agent/day/calendar.hpp"
#include "agent/event/key_rules.hpp"
#include "agent/mqtt/paho_connection.hpp"
#include "agent/status/status_json.hpp"
#include "drivers/feed/feed.hpp"
#include "drivers/scanner/serial_scanner.hpp"
#include "platform/bytes.hpp"
#include "platform/database_copy.hpp"
#include "platform/files.hpp"
#include "platform/log.hpp"
#include "platform/service.hpp"
#include "platform/time_zone.hpp"

namespace tillpost {
namespace {

constexpr Millis just_booted{300'000};

}  // namespace

App::App(asio::io_context& loop, Configuration configuration)
    : loop_(loop),
      configuration_(std::move(configuration)),
      started_(clock_.now()),
      signals_(loop.get_executor()),
      changed_(loop.get_executor()),
      probe_(loop.get_executor()),
      network_(loop.get_executor(), [this] { forwarder_->network_up(); }),
      wall_timer_(loop.get_executor()),
      unsaid_lines_(loop.get_executor()),
      journal_tasks_(loop.get_executor(),
                     [this](const std::string& task, const std::string& what) { stop(1, task + ": " + what); }),
      forward_tasks_(loop.get_executor(),
                     [this](const std::string& task, const std::string& what) { stop(1, task + ": " + what); }),
      driver_tasks_(loop.get_executor(),
                    [this](const std::string& task, const std::string& what) { stop(1, task + ": " + what); }),
      service_tasks_(loop.get_executor(),
                     [this](const std::string& task, const std::string& what) { stop(1, task + ": " + what); }),
      shutdown_task_(loop.get_executor(), [this](const std::string& task, const std::string& what) {
          log::error("shutdown failed", {{"task", task}, {"why", what}});
          loop_.stop();
      }) {}

App::~App() = default;

Result<void> App::start() {
    guard_keys();
    if (auto done = open_journal(); !done) return done;
    make_forwarder();
    make_control_server();
    if (control_) {
        if (auto done = control_->start(); !done) return done;
    }
    make_page();
    if (auto done = start_drivers(); !done) return done;
    connect_parts();
    return {};
}

/// What is damaged in the file may be met only behind its opening, by what else a start reads there. It is noted beside
/// the file then, so that the second look sets it aside: recording goes on at once.
Result<void> App::open_journal() {
    Result<void> begun = begin_recording();
    if (begun || !journal_ || begun.error().code != Errc::corrupt) return begun;
    days_.reset();
    reprocess_desk_.reset();
    quarantine_desk_.reset();
    capture_.reset();
    journal_.reset();
    return begin_recording();
}

Result<void> App::begin_recording() {
    JournalSettings settings = configuration_.journal;
    settings.source = configuration_.name.source();
    settings.signer = device_signer();
    const Severities severities(configuration_.rules);
    const Intake::Settings intake{std::make_shared<const KeyRules>(configuration_.keys, configuration_.name.store),
                                  severities.types_off(Quality::incomplete)};
    settings.keys = intake.keys;
    if (const int copies = remove_left_copies(directory_of(settings.path)); copies > 0) {
        log::info("copies of the journal were removed, which commands that were killed had left", {{"copies", copies}});
    }
    auto journal = Journal::open(loop_.get_executor(), settings, clock_);
    if (!journal) return journal.error();
    journal_ = std::move(*journal);
    capture_ = std::make_unique<Capture>(
        *journal_, clock_,
        Capture::Settings{configuration_.privacy, configuration_.in_store_numbers, severities, intake});
    quarantine_desk_ = std::make_unique<QuarantineDesk>(*capture_, *journal_);
    reprocess_desk_ = std::make_unique<ReprocessDesk>(*capture_, *journal_);
    auto record = [this](Event event, std::shared_ptr<const KeptDays> kept, std::function<void(bool)> done) {
        capture_->record(std::move(event), std::move(kept), std::move(done));
    };
    days_ = std::make_unique<DayKeeper>(loop_.get_executor(), *journal_, clock_, configuration_.day, std::move(record),
                                        intake);
    days_->set_on_ended([this] {  // [audit-1] the seal speaks of the certificates, too
        if (!stopping_) journal_tasks_.spawn("the day's seal", journal_->seal("day_end"));
    });
    capture_->set_days(days_.get());
    if (auto done = capture_->recall_numbers(); !done) return done;
    return days_->load();
}

void App::make_link(const MqttSettings& settings) {
    BrokerLink::Settings link;
    link.addresses = configuration_.brokers;
    link.echo_topic = configuration_.name.topic("echo");
    link.keep_alive = settings.keep_alive;
    link.return_after = configuration_.return_to_preferred;
    link.stable_after = configuration_.delivery.stable_after;
    link.connect_timeout = settings.connect_timeout;
    auto probe = [this, proxy = settings.proxy, who = settings.proxy_credentials](std::string address, Millis within) {
        return probe_.run(std::move(address), proxy, within, who);
    };
    link_ = std::make_unique<BrokerLink>(loop_.get_executor(), std::move(link),
                                         make_paho_connection(loop_.get_executor(), settings), std::move(probe));
}

// A network that comes up is met at once; without its word the backoff decides alone.
void App::watch_network() {
    const Result<void> opened = network_.open();
    if (!opened) {
        log::warn("no word from the kernel when the network comes up; the retries go by their time alone",
                  {{"why", opened.error().message}});
    }
    service_tasks_.spawn("network watch", network_.run());
}

void App::make_forwarder() {
    MqttSettings settings = configuration_.broker;
    settings.client_id = configuration_.name.client_id();
    const std::string connection_number = to_hex(random_number());
    settings.will = Forwarder::will(configuration_.name, connection_number);
    make_link(settings);
    DeliverySettings delivery = configuration_.delivery;
    delivery.other_brokers = configuration_.brokers.size() > 1;
    delivery.keep_alive = settings.keep_alive;
    Forwarder::Parts parts{configuration_.name, delivery, TILLPOST_VERSION, settings.address, connection_number, {}};
    parts.reachable = [this] { return link_->reachable(); };
    parts.first_wait = first_wait();
    if (delivery.confirm == DeliverySettings::Confirm::broker) {
        log::warn("events leave the journal on the broker's word alone",
                  {{"setting", "delivery/confirm: broker"},
                   {"what_it_does_not_prove",
                    "that central, or anybody, has them: what nobody subscribes to, or the "
                    "broker loses afterwards, is lost"}});
    }
    forwarder_ = std::make_unique<Forwarder>(loop_.get_executor(), std::move(parts), *journal_, *link_);
    link_->set_on_better([this] { forwarder_->left_for_better(); });
}

// When a region has its power back, all of its boxes start at one moment; one that is started by hand need not wait.
Millis App::first_wait() const {
    if (started_.since_boot >= just_booted) return Millis(0);
    const auto span = static_cast<std::uint64_t>(configuration_.delivery.spread_retry.count());
    return Millis(static_cast<Millis::rep>(random_number() % (span + 1)));
}

void App::make_control_server() {
    if (configuration_.control_socket.empty()) return;
    control_ = std::make_unique<ControlServer>(loop_.get_executor(), configuration_.control_socket,
                                               [this] { return status(); });
    control_->set_quarantine(
        [this](std::string request, std::uint32_t user) { return quarantine_desk_->answer(std::move(request), user); });
    control_->set_reprocess(
        [this](std::string request, std::uint32_t user) { return reprocess_desk_->answer(std::move(request), user); });
    control_->set_day([this](const std::string& date, const std::string& till) { return days_->answer(date, till); });
}

// [durable-1] What is only to be looked at keeps nothing from being captured: whoever takes the port first would.
void App::make_page() {
    if (!configuration_.page) return;
    auto day = [this](const std::string& date, const std::string& till) { return days_->answer(date, till); };
    PageSources sources{[this] { return status(); }, std::move(day)};
    page_ = std::make_unique<PageServer>(loop_.get_executor(), *configuration_.page, std::move(sources));
    if (const Result<void> done = page_->start(); !done) {
        log::error("there is no local page until the next start", {{"why", done.error().message}});
        page_.reset();
    }
}

Result<void> App::start_drivers() {
    if (configuration_.feed) {
        drivers_.push_back(std::make_unique<Feed>(loop_.get_executor(), *configuration_.feed, *capture_));
    }
    for (const SerialScannerSettings& scanner : configuration_.scanners) {
        drivers_.push_back(std::make_unique<SerialScanner>(loop_.get_executor(), scanner, *capture_));
    }
    for (const auto& driver : drivers_) {
        if (auto done = driver->start(); !done) return done;
    }
    return {};
}

void App::connect_parts() {
    Journal::Events journal_events;
    journal_events.on_change = [this] {
        forwarder_->wake();
        note_waiting();
        if (stopping_) changed_.notify();
    };
    journal_events.on_failure = [this](const Error& error) { stop(1, "the journal failed: " + error.message); };
    journal_events.on_salvaged = [this](const HeldEvent& held) { days_->salvaged(held); };
    journal_events.on_salvaged_record = [this](const QuarantineRecord& record) { days_->waits(record); };
    journal_events.on_room = [this] {
        for (const auto& driver : drivers_) driver->resume();
    };
    if (control_) {
        journal_events.on_own = [this](const OwnRecorded& own) {
            if (!control_->tailed()) return;
            const std::string now = rfc3339(wall_now());
            control_->captured({to_hex(own.epoch), own.sequence, own.type, now, "", "ok", "journal", own.rule});
        };
    }
    journal_->set_events(std::move(journal_events));

    Forwarder::Events forward_events;
    forward_events.state = [this](std::size_t most) { return state_json(status(), most); };
    if (control_) {
        forward_events.on_sent = [this](Sequence upto) { control_->sent(to_hex(journal_->live().epoch), upto); };
        forward_events.on_confirmed = [this](Sequence upto) {
            control_->confirmed(to_hex(journal_->live().epoch), upto);
        };
        capture_->set_on_captured([this](const Capture::Captured& captured) {
            if (!control_->tailed()) return;
            CapturedEvent event;
            event.epoch = to_hex(captured.recorded.epoch);
            event.sequence = captured.recorded.sequence;
            event.type = captured.type;
            event.time = rfc3339(wall_now());
            event.subject = captured.subject;
            event.quality = captured.recorded.quality;
            event.device = captured.device;
            event.rule = captured.rule;
            control_->captured(event);
        });
    }
    forwarder_->set_events(std::move(forward_events));
}

int App::run() {
    Event started;
    started.type = "agent_started";
    started.data = std::string("{\"version\":\"") + TILLPOST_VERSION + "\"}";
    capture_->record(std::move(started));

    journal_tasks_.spawn("journal", journal_->run());
    journal_tasks_.spawn("salvage", journal_->run_salvage());
    forward_tasks_.spawn("forwarder", forwarder_->run());
    forward_tasks_.spawn("line watch", link_->watch_line());
    forward_tasks_.spawn("broker choice", link_->look_for_better());
    watch_network();
    for (const auto& driver : drivers_) driver_tasks_.spawn("driver", driver->run());
    if (control_) service_tasks_.spawn("control socket", control_->run());
    if (page_) service_tasks_.spawn("local page", page_->run());
    service_tasks_.spawn("oldest event", find_oldest());
    signals_.on_stop([this](const std::string& name) { stop(0, "signal " + name); });
    service_tasks_.spawn("watchdog", feed_watchdog());
    service_tasks_.spawn("storage watch", journal_->watch_storage());
    service_tasks_.spawn("wall clock", watch_wall_clock());
    service_tasks_.spawn("unsaid lines", unsaid_lines_.run());
    service_tasks_.spawn("business days", days_->run());
    log::info("tillpostd started", {{"version", TILLPOST_VERSION},
                                    {"source", configuration_.name.source()},
                                    {"time_zone", time_zone_in_use()},
                                    {"journal", configuration_.journal.path},
                                    {"waiting", journal_->live().last - journal_->live().confirmed}});
    service::ready();
    loop_.run();
    return exit_code_;
}

// Fed only while work moves: the loop turns (this task runs) and the storage answers.
asio::awaitable<void> App::feed_watchdog() {
    const auto interval = service::watchdog_interval();
    if (!interval) co_return;
    const Millis longest_commit = *interval * 4 / 3;  // of WatchdogSec=30, whose half that is, 20 s
    Wake never(loop_.get_executor());
    bool moved = true;
    for (;;) {
        co_await never.wait_for(*interval);
        const bool moves = journal_->moving(longest_commit);
        if (moves) service::feed_watchdog();
        if (moved && !moves) {
            log::error(
                "the disk does not answer: the service manager is told no longer that all is well, and ends "
                "tillpostd to start it again",
                {{"within_ms", interval->count()}, {"what_to_do", "check the disk of journal/path"}});
        }
        moved = moves;
    }
}

// Days end when the wall clock says so, and one that is set is looked at as soon as it is.
asio::awaitable<void> App::watch_wall_clock() {
    const Result<void> opened = wall_timer_.open();
    if (!opened) {
        log::warn("no timer of the wall clock: that it is set is noticed within the hour",
                  {{"why", opened.error().message}});
        co_return;
    }
    for (;;) {
        const WallTime end = day::next_end(wall_now(), configuration_.day.ends_at);
        const WallTimer::Woken woken = co_await wall_timer_.wait_until(end);
        if (woken == WallTimer::Woken::clock_set) {
            forwarder_->clock_set();
            co_await journal_->check_clock();
        }
        days_->look_now();
    }
}

}  // namespace tillpost
