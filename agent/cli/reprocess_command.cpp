// SPDX-License-Identifier: Apache-2.0
#include "agent/cli/reprocess_command.hpp"

#include <unistd.h>

#include <iostream>
#include <nlohmann/json.hpp>
#include <utility>

#include "agent/capture/reprocess_json.hpp"
#include "agent/cli/commands.hpp"
#include "agent/cli/members.hpp"
#include "agent/cli/reprocess_view.hpp"
#include "agent/status/text.hpp"

namespace tillpost::cli {
namespace {

using nlohmann::json;

constexpr std::uint64_t most_listed = 20;  ///< Changes with a line of their own, unless --verbose asks for all

int fail_reprocess(const Error& error) {
    complain(error.message);
    return error.code == Errc::rejected ? some_refused : no_daemon;
}

/// What every request of a run says.
json members_of(const ReprocessOptions& options) {
    json members{{"dry_run", options.dry_run}};
    const auto add = [&members](const char* name, const auto& value, bool given) {
        if (given) members[name] = value;
    };
    add("reason", options.reason, !options.reason.empty());
    add("actor", options.actor, !options.actor.empty());
    add("from", options.from, options.from != 0);
    add("to", options.to, options.to != 0);
    add("from_date", options.from_date, !options.from_date.empty());
    add("to_date", options.to_date, !options.to_date.empty());
    add("type", options.type, !options.type.empty());
    add("rule", options.rule, !options.rule.empty());
    return members;
}

Result<json> ask_for_slice(const ReprocessOptions& options, const char* what, const json& members) {
    const auto line = ask_daemon(options.socket, json{{std::string("reprocess.") + what, members}}.dump() + "\n");
    if (!line) return line.error();
    json document = json::parse(*line, nullptr, false);
    const auto found = document.is_object() ? document.find("reprocessed") : document.end();
    if (document.is_object() && found != document.end() && found->is_object()) return json(std::move(*found));
    return Error{Errc::invalid, "what listens at " + options.socket + " is no tillpostd, or an older one: it said " +
                                    printable(std::string_view(*line).substr(0, 80))};
}

/// People who wait see how far it is; what is piped has none of it.
void show_reprocessed(const ReprocessTotals& totals) {
    static const bool is_watched = ::isatty(STDERR_FILENO) == 1;
    if (is_watched) {
        std::cerr << "\r" << totals.looked << " looked at, " << totals.corrected << " corrected, " << totals.released
                  << " released" << std::flush;
    }
}

void end_progress() {
    static const bool is_watched = ::isatty(STDERR_FILENO) == 1;
    if (is_watched) std::cerr << "\r\x1b[K" << std::flush;
}

/// What a run has told so far.
struct Told {
    ReprocessTotals totals;
    std::uint64_t listed = 0;
    UnlistedChanges unlisted;
};

void print_change(const ReprocessOptions& options, const json& change, Told& told) {
    if (options.json) {
        std::cout << change.dump(-1, ' ', true, json::error_handler_t::replace) << "\n";
    } else if (options.verbose || told.listed < most_listed) {
        ++told.listed;
        std::cout << change_words(change, options.dry_run);
    } else {
        told.unlisted.add(change);
    }
}

void print_changes(const ReprocessOptions& options, const json& slice, Told& told) {
    const auto changes = slice.find("changes");
    if (changes == slice.end() || !changes->is_array()) return;
    for (const json& change : *changes) {
        if (change.is_object()) print_change(options, change, told);
    }
    told.unlisted.add_others(count_in(slice, "left_out").value_or(0));
    std::cout << std::flush;
}

std::string text_of_slice(const json& slice, const char* name) {
    const auto found = slice.find(name);
    return found != slice.end() && found->is_string() ? found->get<std::string>() : std::string();
}

/// Slice by slice, until the daemon says that there is no next one.
Result<void> run_all(const ReprocessOptions& options, const char* what, Told& told) {
    json members = members_of(options);
    for (std::string next;;) {
        if (!next.empty()) members["after"] = next;
        const auto slice = ask_for_slice(options, what, members);
        if (!slice) return slice.error();
        told.totals.add(*slice);
        end_progress();
        print_changes(options, *slice, told);
        show_reprocessed(told.totals);
        const std::string behind = text_of_slice(*slice, "next");
        if (behind.empty()) return {};
        if (behind == next) return Error{Errc::invalid, "tillpostd does not come to an end"};
        next = behind;
        if (const std::string upto = text_of_slice(*slice, "upto"); !upto.empty()) members["upto"] = upto;
    }
}

}  // namespace

int reprocess(const std::string& socket, ReprocessOptions options) {
    options.socket = socket;
    // By the daemon's own rules, and before anything is done.
    const auto asked = parse_reprocess_request(json{{"reprocess.events", members_of(options)}}.dump());
    if (!asked) {
        complain(asked.error().message + " (see tillpost reprocess --help)");
        return wrong_usage;
    }
    Told told;
    const ReprocessTotals& totals = told.totals;
    Result<void> done = run_all(options, "events", told);
    // Numbers are of events: what is in quarantine has none of its own.
    const bool by_number = options.from != 0 || options.to != 0;
    if (done && !by_number) done = run_all(options, "quarantine", told);
    end_progress();
    if (!options.json) std::cout << unlisted_words(told.unlisted) << std::flush;
    if (!done) {
        if (totals.corrected + totals.released > 0 && !options.dry_run) {
            complain("it was not finished; run it again: what is done is not done twice");
        }
        return fail_reprocess(done.error());
    }
    std::cout << (options.json ? totals_json(totals, options.dry_run) : totals_words(totals, options.dry_run))
              << std::flush;
    return ok;
}

}  // namespace tillpost::cli
