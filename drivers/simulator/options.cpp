// SPDX-License-Identifier: Apache-2.0
#include "drivers/simulator/options.hpp"

#include <CLI/CLI.hpp>
#include <ctime>

#include "platform/help_format.hpp"

namespace tillpost::simulator {
namespace {

constexpr const char* purpose =
    "Plays a store through tillpostd's own doors: a POS that hands over one JSON object a line and waits for each\n"
    "answer, and a bar code scanner on a serial line. The same seed and --start-date play the same store. When the "
    "connection is lost\n"
    "or a line is refused, it does what a good POS does: it sends what has no answer again, the same bytes.";
constexpr const char* footer =
    "Exit code: 0 each line has its answer; 1 gave up, or a file could not be written; 2 wrong arguments.\n\n"
    "Example: tillpost-sim --socket /run/tillpost/feed.sock --rate 20 --seconds 60";

using Dates = std::optional<StoreClock::Days>;

/// By this machine's time zone, as the agent counts days. Of a day that it has seen from its beginning nothing can have
/// been forgotten.
StoreClock::Days tomorrow() {
    const std::time_t now = std::time(nullptr);
    std::tm local{};
    ::localtime_r(&now, &local);
    const std::chrono::sys_seconds wall{std::chrono::seconds(now + local.tm_gmtoff)};
    return std::chrono::floor<std::chrono::days>(wall) + std::chrono::days(1);
}

std::string check_date(const std::string& text) {
    return parse_day(text) ? "" : "must be a day such as 2026-11-23, not " + text;
}

void add_connection(CLI::App& app, Options& options) {
    auto* way = app.add_option_group("Where the agent listens (exactly one)");
    way->add_option("--socket", options.target.socket, "The feed's Unix socket")->type_name("PATH");
    way->add_option("--tcp", options.target.port, "The feed's TCP port on 127.0.0.1")
        ->check(CLI::Range(1, 65535))
        ->type_name("PORT");
    way->require_option(1);
    app.add_option("--in-flight", options.in_flight, "Lines sent and not answered, at most")
        ->check(CLI::Range(1, 4096))
        ->capture_default_str();
    app.add_option_function<double>(
           "--give-up", [&options](double s) { options.give_up = std::chrono::duration<double>(s); },
           "Seconds without any progress after which it ends (default 60)")
        ->check(CLI::Range(0.1, 1e6))
        ->type_name("S");
}

void add_load(CLI::App& app, Options& options) {
    app.add_option("--rate", options.rate, "Lines a second; 0 as fast as they are answered")
        ->check(CLI::Range(0.0, 1e6))
        ->capture_default_str();
    app.add_option("--events", options.events, "End after that many lines")->type_name("N");
    app.add_option_function<double>(
           "--seconds", [&options](double s) { options.seconds.emplace(s); },
           "End after that time (without --events and --seconds: at Ctrl-C)")
        ->check(CLI::Range(0.1, 1e9))
        ->type_name("S");
    app.add_option("--scanner-link", options.scanner_link, "Be a scanner too: link PATH to a pseudo terminal")
        ->type_name("PATH");
    app.add_option("--scan-rate", options.scan_rate, "Scans a second")
        ->check(CLI::Range(0.0, 1000.0))
        ->capture_default_str();
}

void add_store(CLI::App& app, Options& options) {
    app.add_option("--seed", options.play.seed, "Which store is played")->capture_default_str();
    app.add_option("--tills", options.play.tills, "Tills T01, T02, …")->check(CLI::Range(1, 99))->capture_default_str();
    app.add_option("--store", options.play.store, "The store's number in references to original sales")
        ->check([](const std::string& text) {
            const bool plain =
                text.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-") ==
                std::string::npos;
            return plain && !text.empty() ? "" : std::string("must be letters, digits, _ or -");
        })
        ->capture_default_str();
    app.add_flag("--whole-days", options.play.whole_days,
                 "Open the tills in the morning and close them in the evening and at the end (behind --events and\n"
                 "--seconds), with the POS's own totals; numbers that are no sale between");
    app.add_option_function<std::string>(
           "--start-date", [&options](const std::string& text) { options.play.first_day = *parse_day(text); },
           "The first business day [tomorrow: of today the agent may not know the beginning, and marks what may have\n"
           "been before it]. The same seed and day give the same bytes")
        ->check(check_date)
        ->type_name("DATE");
}

void add_rate(CLI::App& app, const std::string& name, std::uint32_t& rate, const std::string& what) {
    app.add_option(name, rate, what)
        ->check(CLI::Range(0, 10'000))
        ->capture_default_str()
        ->group("How often in ten thousand");
}

void add_rates(CLI::App& app, PlaySettings::Rates& rates) {
    add_rate(app, "--returns", rates.returns, "Transactions that are returns");
    add_rate(app, "--unlinked", rates.unlinked, "Returns without a receipt, of all returns");
    add_rate(app, "--mixed", rates.mixed, "Sales with a returned line");
    add_rate(app, "--receiving", rates.receiving, "Receiving documents");
    add_rate(app, "--duplicates", rates.duplicate, "Transactions sent twice");
    add_rate(app, "--conflicts", rates.conflict, "Numbers used twice, with other content");
    add_rate(app, "--broken", rates.broken, "Lines that nobody can read");
    add_rate(app, "--unknown", rates.unknown_type, "Lines of an unknown type");
    add_rate(app, "--wrong-totals", rates.wrong_totals, "Sales with a wrong total");
    add_rate(app, "--controls", rates.control, "With --whole-days: numbers that are no sale");
    add_rate(app, "--wrong-digits", rates.wrong_check_digit, "Sales with a wrong check digit");
}

void add_results(CLI::App& app, Options& options) {
    app.add_option("--told", options.told_file, "Append to FILE what the agent took, one JSON object a line")
        ->type_name("FILE");
    app.add_option("--stats", options.stats_file, "Rewrite FILE five times a second with the numbers so far (JSON)")
        ->type_name("FILE");
    app.add_flag("--json", options.json, "The summary at the end as JSON");
    app.set_version_flag("--version", std::string("tillpost-sim ") + TILLPOST_VERSION);
}

}  // namespace

Parsed parse_options(int count, const char* const* arguments) {
    Parsed parsed;
    Options options;
    options.play.first_day = tomorrow();
    CLI::App app(purpose, "tillpost-sim");
    app.formatter(std::make_shared<HelpFormat>());
    app.footer(footer);
    add_connection(app, options);
    add_load(app, options);
    add_store(app, options);
    add_rates(app, options.play.rates);
    add_results(app, options);
    try {
        app.parse(count, arguments);
    } catch (const CLI::ParseError& problem) {
        parsed.exit_code = app.exit(problem) == 0 ? 0 : 2;
        return parsed;
    }
    parsed.options = std::move(options);
    return parsed;
}

}  // namespace tillpost::simulator
