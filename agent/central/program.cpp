// SPDX-License-Identifier: Apache-2.0
#include "agent/central/program.hpp"

#include <unistd.h>

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <cerrno>
#include <cstdio>

#include "agent/central/check.hpp"
#include "agent/central/receiver.hpp"
#include "agent/central/store_for_reading.hpp"
#include "agent/mqtt/address.hpp"
#include "agent/mqtt/paho_connection.hpp"
#include "platform/files.hpp"
#include "platform/line_output.hpp"
#include "platform/log.hpp"
#include "platform/log_limit.hpp"
#include "platform/printable.hpp"
#include "platform/stop_signals.hpp"
#include "platform/unsaid_lines.hpp"

namespace tillpost {
namespace {

constexpr std::size_t largest_told_file = std::size_t{1} << 30;
constexpr std::size_t largest_password = 4096;

/// How long the reader of what was printed has at the end.
constexpr Millis last_lines{1'000};

std::string shown(std::string_view text) { return text.empty() ? "-" : printable(text); }

std::string taken_lines(const std::vector<Taken>& events) {
    std::string text;
    for (const Taken& event : events) {
        text += shown(event.time) + " " + shown(event.source) + " " + std::to_string(event.sequence) + " ";
        text += shown(event.type) + " " + shown(event.subject) + " " + shown(event.quality);
        text += (event.rejected.empty() ? "" : " rejected:" + event.rejected) + "\n";
    }
    return text;
}

std::string not_printed(std::uint64_t lines) {
    return "… " + std::to_string(lines) + " lines are missing here: nobody took them\n";
}

std::string summary_of(const ReceiverStats& stats) {
    const CentralCounters& lines = stats.lines;
    const std::uint64_t aside = lines.malformed + lines.divergent + lines.broken;
    return std::to_string(lines.taken) + " events, " + std::to_string(lines.repeats) + " repeats, " +
           std::to_string(aside) + " set aside (" + std::to_string(lines.malformed) + " malformed, " +
           std::to_string(lines.divergent) + " divergent, " + std::to_string(lines.broken) + " broken), " +
           std::to_string(lines.crowded) + " left for later, " + std::to_string(stats.messages) + " messages in " +
           std::to_string(stats.batches) + " commits, " + std::to_string(stats.dropped_messages) + " dropped, " +
           std::to_string(stats.ignored) + " ignored, " + std::to_string(stats.receipts) + " receipts, " +
           std::to_string(stats.agents_online) + " agents online";
}

bool on_a_terminal() { return ::isatty(STDOUT_FILENO) == 1; }

/// What takes the cursor back to the start of an empty line.
std::string over_the_last() { return on_a_terminal() ? "\r\033[K" : ""; }

Result<std::vector<std::string>> filters_of(const std::vector<std::string>& stores) {
    std::vector<std::string> filters;
    for (const std::string& store : stores) {
        if (std::count(store.begin(), store.end(), '/') != 1 ||
            !AgentName::from_topic("tillpost/v1/" + store + "/n/x")) {
            return Error{Errc::invalid, "--store " + store + ": TENANT/STORE is wanted, names of [A-Za-z0-9_-]"};
        }
        filters.push_back("tillpost/v1/" + store + "/+");
    }
    if (filters.empty()) filters.emplace_back("tillpost/v1/+/+/+");
    return filters;
}

/// The receiver with its loop, its signals and what it prints.
class Program {
public:
    Program(CentralStore& store, MqttSettings mqtt, ReceiverSettings settings, bool lines, bool summary)
        : connection_(make_paho_connection(loop_.get_executor(), std::move(mqtt))),
          receiver_(loop_.get_executor(), *connection_, store, std::move(settings), calls(lines)),
          pause_(loop_.get_executor()),
          tasks_(loop_.get_executor(), [](const std::string&, const std::string&) {}) {
        tasks_.spawn("unsaid lines", unsaid_lines_.run());
        if (summary && ::isatty(STDOUT_FILENO) == 1) tasks_.spawn("summary", run_summary());
    }

    int run() {
        signals_.on_stop([this](const std::string&) { receiver_.stop(); });
        receiver_.start();
        loop_.run();
        LogLimit::say_due(SteadyTime::max());
        taken_.finish(last_lines);
        log::finish();
        return code_;
    }
    const ReceiverStats& stats() const { return receiver_.stats(); }

private:
    Receiver::Calls calls(bool lines) {
        Receiver::Calls calls;
        if (lines) calls.taken = [this](const std::vector<Taken>& events) { taken_.write(taken_lines(events)); };
        calls.on_failure = [this](const Error& error) {
            log::error("stopping: the database failed", {{"reason", error.message}});
            code_ = 1;
            receiver_.stop();
        };
        calls.on_stopped = [this] {
            signals_.cancel();
            tasks_.request_stop();
        };
        return calls;
    }

    asio::awaitable<void> run_summary() {
        for (;;) {
            co_await pause_.wait_for(Millis(1000));
            // A terminal may be stopped, and the loop must not be.
            auto job = [text = over_the_last() + summary_of(receiver_.stats())] {
                return std::fputs(text.c_str(), stdout) + std::fflush(stdout);
            };
            co_await printer_.run(std::move(job));
        }
    }

    LineOutput taken_{STDOUT_FILENO, not_printed};
    asio::io_context loop_{1};
    StopSignals signals_{loop_.get_executor()};
    int code_ = 0;
    std::unique_ptr<MqttConnection> connection_;
    Receiver receiver_;
    Wake pause_;
    UnsaidLines unsaid_lines_{loop_.get_executor()};
    Worker printer_;
    TaskGroup tasks_;
};

Result<StoreForReading> open_for_reading(const CentralOptions& options) {
    static const SystemClock clock;
    return StoreForReading::open(options.database, options.work, clock);
}

}  // namespace

int complain(const Error& error) {
    std::fprintf(stderr, "tillpost-central: %s\n", printable(error.message).c_str());
    return 2;
}

Result<MqttSettings> mqtt_settings(const CentralOptions& options, const std::string& client_id) {
    const Result<BrokerAddress> address = parse_broker_address(options.broker);
    if (!address) return address.error().with_context(options.broker);
    if (address->tls && options.ca_file.empty()) return Error{Errc::invalid, "--ca is needed for ssl://"};
    MqttSettings settings;
    settings.address = options.broker;
    settings.protocol = options.protocol == "5" ? 5 : 3;
    settings.client_id = options.client_id.empty() ? client_id : options.client_id;
    settings.username = options.username;
    settings.ca_file = options.ca_file;
    settings.certificate_file = options.certificate_file;
    settings.key_file = options.key_file;
    if (!options.password_file.empty()) {
        const Result<std::string> password = read_file(options.password_file, largest_password);
        if (!password) return password.error();
        settings.password = password->substr(0, password->find_first_of("\r\n"));
    }
    return settings;
}

int run_receiver(const CentralOptions& options) {
    ReceiverSettings settings;
    Result<std::vector<std::string>> filters = filters_of(options.stores);
    if (!filters) return complain(filters.error());
    settings.agents = std::move(*filters);
    settings.backlog_rate = options.backlog_rate;
    Result<MqttSettings> mqtt = mqtt_settings(options, "");  // before a database is made
    if (!mqtt) return complain(mqtt.error());
    const SystemClock clock;
    Result<std::unique_ptr<CentralStore>> store =
        CentralStore::open(options.database, CentralStore::Missing::create, clock);
    if (!store) return complain(store.error());
    if (mqtt->client_id.empty()) mqtt->client_id = "tillpost-central-" + (*store)->receiver().substr(0, 12);
    if (options.quiet) log::set_level(log::Level::warn);
    const bool lines = !options.quiet && !options.summary;
    Program program(**store, std::move(*mqtt), std::move(settings), lines,
                    options.summary && !options.quiet && on_a_terminal());
    // From this line on it stops by a signal, and in good order.
    log::info("receiving", {{"broker", options.broker}, {"db", options.database}, {"receiver", (*store)->receiver()}});
    const int code = program.run();
    if (!options.quiet)
        std::printf("%s%s\n", options.summary ? over_the_last().c_str() : "", summary_of(program.stats()).c_str());
    std::fflush(stdout);
    return code;
}

int run_check(const CentralOptions& options) {
    const Result<std::string> text = read_file(options.told_file, largest_told_file);
    if (!text) return complain(text.error());
    const Result<ToldList> told = read_told(*text);
    if (!told) return complain(told.error().with_context(options.told_file));
    if (told->told.empty()) {
        return complain({Errc::invalid, options.told_file + " says of no event that it was told durable: there is "
                                                            "nothing to compare (see --told in --help)"});
    }
    if (told->torn) std::fputs("tillpost-central: the last line of the told file is torn and left out\n", stderr);
    const Result<StoreForReading> store = open_for_reading(options);
    if (!store) return complain(store.error());
    Result<CheckReport> report = check(**store, *told, options.all_told);
    if (!report) return complain(report.error());
    report->strict = options.strict;
    std::fputs((options.json ? json_text(*report) : table(*report)).c_str(), stdout);
    return report->good() ? 0 : 1;
}

int run_export(const CentralOptions& options) {
    const Result<StoreForReading> store = open_for_reading(options);
    if (!store) return complain(store.error());
    const auto write = [](const CentralStore::Row& row) -> Result<void> {
        const std::string line = row.line() + "\n";
        if (std::fwrite(line.data(), 1, line.size(), stdout) == line.size()) return {};
        return system_error("write to standard output", errno);
    };
    const auto source = options.source.empty() ? std::nullopt : std::optional(options.source);
    if (auto done = (*store)->each(source, write); !done) return complain(done.error());
    if (std::fflush(stdout) != 0) return complain(system_error("write to standard output", errno));
    return 0;
}

}  // namespace tillpost
