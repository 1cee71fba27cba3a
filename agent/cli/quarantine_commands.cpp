// SPDX-License-Identifier: Apache-2.0
#include "agent/cli/quarantine_commands.hpp"

#include <algorithm>
#include <chrono>
#include <fstream>
#include <iostream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <utility>

#include "agent/cli/commands.hpp"
#include "agent/cli/members.hpp"
#include "agent/cli/quarantine_view.hpp"
#include "agent/event/json_text.hpp"
#include "agent/event/settings.hpp"
#include "agent/status/control_server.hpp"
#include "agent/status/text.hpp"
#include "platform/bytes.hpp"
#include "platform/clock.hpp"

namespace tillpost::cli {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;

constexpr std::size_t most_pages = 1'000;  // of a daemon that never says the end

int not_decided(const Error& error) {
    complain(error.message);
    return error.code == Errc::rejected ? some_refused : no_daemon;
}

/// What stands under `answer` in the daemon's answer to the request.
Result<json> ask(const QuarantineOptions& options, const char* verb, json members, const char* answer) {
    const std::string name = std::string("quarantine.") + verb;
    const auto line = ask_daemon(options.socket, json{{name, std::move(members)}}.dump() + "\n");
    if (!line) return line.error();
    json document = json::parse(*line, nullptr, false);
    const auto found = document.is_object() ? document.find(answer) : document.end();
    if (!document.is_object() || found == document.end() || !found->is_object()) {
        return Error{Errc::invalid, "what listens at " + options.socket +
                                        " is no tillpostd, or an older one: it said " +
                                        printable(std::string_view(*line).substr(0, 80))};
    }
    return json(std::move(*found));
}

std::string now() { return rfc3339(std::chrono::floor<Millis>(std::chrono::system_clock::now())); }

std::optional<std::string> from_hex(const json& value) {
    if (!value.is_string()) return std::nullopt;
    const auto& digits = value.get_ref<const std::string&>();
    if (digits.size() % 2 != 0) return std::nullopt;
    const auto nibble = [](char c) {
        return c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= '0' && c <= '9' ? c - '0' : -1;
    };
    std::string bytes;
    for (std::size_t i = 0; i < digits.size(); i += 2) {
        const int high = nibble(digits[i]);
        const int low = nibble(digits[i + 1]);
        if (high < 0 || low < 0) return std::nullopt;
        bytes += static_cast<char>(high * 16 + low);
    }
    return bytes;
}

/// A record with all its bytes, part by part.
Result<std::pair<json, std::string>> whole_record(const QuarantineOptions& options) {
    std::string bytes;
    for (std::size_t page = 0; page < most_pages; ++page) {
        auto record = ask(options, "show", {{"id", options.id}, {"offset", bytes.size()}}, "record");
        if (!record) return record.error();
        const auto part = from_hex(record->value("hex", json()));
        if (!part) return Error{Errc::invalid, "tillpostd gave no content of " + printable(options.id)};
        bytes += *part;
        const json size = record->value("size", json());
        const bool is_all = !size.is_number_unsigned() || bytes.size() >= size.get<std::size_t>();
        if (is_all || part->empty()) return std::pair(std::move(*record), std::move(bytes));
    }
    return Error{Errc::invalid, "tillpostd does not come to the end of " + printable(options.id)};
}

Result<std::string> corrected_line(const std::string& name) {
    std::string text;
    if (name == "-") {
        text.assign(std::istreambuf_iterator<char>(std::cin), {});
    } else {
        std::ifstream file(name, std::ios::binary);
        text.assign(std::istreambuf_iterator<char>(file), {});
        if (!file) return Error{Errc::io, "cannot read " + name + ": is it there, and may you read it?"};
    }
    if (!is_utf8(text)) return Error{Errc::rejected, name + " is not UTF-8 text: expected one JSON object"};
    return text;
}

int decide(const QuarantineOptions& options, const std::string& id, const char* verb, const char* word, json members) {
    members["id"] = id;
    members["reason"] = options.reason;
    members["actor"] = options.actor;
    const auto decided = ask(options, verb, std::move(members), "decided");
    if (!decided) return not_decided(decided.error());
    if (options.json) {
        std::cout << decided->dump(-1, ' ', true, json::error_handler_t::replace) << std::endl;
    } else {
        std::cout << decision_words(*decided, word) << std::flush;
    }
    return ok;
}

/// What a filter means.
struct Chosen {
    std::vector<std::string> ids;
    std::uint64_t bytes = 0;
};

std::string chosen_words(std::size_t count, std::uint64_t bytes) {
    if (count == 0) return "No record waits that is meant.\n";
    return std::to_string(count) + (count == 1 ? " record" : " records") + " with " + std::to_string(bytes) +
           " bytes\n";
}

Result<Chosen> chosen_records(const QuarantineOptions& options) {
    const auto age = std::chrono::hours(24 * options.older_days.value_or(0));
    const std::string before = rfc3339(std::chrono::floor<Millis>(std::chrono::system_clock::now() - age));
    Chosen chosen;
    std::size_t seen = 0;
    for (std::size_t page = 0; page < most_pages; ++page) {
        const auto answer = ask(options, "list", {{"sort", "age"}, {"offset", seen}}, "quarantine");
        if (!answer) return answer.error();
        const json records = answer->value("records", json::array());
        if (records.empty()) break;
        seen += records.size();
        for (const json& record : records) {
            if (!options.rule.empty() && text_in(record, "rule") != options.rule) continue;
            if (options.older_days && text_in(record, "recorded") >= before) continue;
            chosen.ids.push_back(text_in(record, "id"));
            chosen.bytes += count_in(record, "size").value_or(0);
        }
    }
    return chosen;
}

}  // namespace

int list_quarantine(const QuarantineOptions& options) {
    std::size_t shown = 0;
    for (std::size_t page = 0; page < most_pages; ++page) {
        const auto answer = ask(options, "list", {{"sort", options.sort}, {"offset", shown}}, "quarantine");
        if (!answer) return not_decided(answer.error());
        const json records = answer->value("records", json::array());
        if (shown == 0 && !options.json) {
            std::cout << (records.empty() ? "Nothing waits for a decision.\n" : quarantine_head());
        }
        for (const json& record : records) {
            if (options.json) std::cout << record.dump(-1, ' ', true, json::error_handler_t::replace) << "\n";
            if (!options.json) std::cout << quarantine_row(record, now());
        }
        shown += records.size();
        if (records.empty()) break;
    }
    std::cout << std::flush;
    return ok;
}

int show_quarantined(const QuarantineOptions& options) {
    auto record = whole_record(options);
    if (!record) return not_decided(record.error());
    auto& [facts, bytes] = *record;
    if (!options.json) {
        std::cout << quarantine_details(facts, bytes) << std::flush;
        return ok;
    }
    facts.erase("offset");
    facts.erase("hex");
    facts[is_utf8(bytes) ? "text" : "hex"] =
        is_utf8(bytes) ? bytes : to_hex(std::span(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()));
    std::cout << facts.dump(-1, ' ', true, json::error_handler_t::replace) << std::endl;
    return ok;
}

int release_quarantined(const QuarantineOptions& options) {
    return decide(options, options.id, "release", "released", {});
}

// What is chosen is looked up before anything is decided: the list becomes shorter with each.
int discard_quarantined(const QuarantineOptions& options) {
    const bool filtered = !options.rule.empty() || options.older_days.has_value();
    if (filtered == !options.ids.empty()) {
        complain("say which: ids, or --rule and --all-older-than");
        return some_refused;
    }
    Chosen chosen{options.ids, 0};
    if (filtered) {
        auto found = chosen_records(options);
        if (!found) return not_decided(found.error());
        chosen = std::move(*found);
        if (!options.json) std::cout << chosen_words(chosen.ids.size(), chosen.bytes) << std::flush;
        if (!chosen.ids.empty() && !options.yes) {
            complain("nothing is discarded yet: say --yes to delete them for good");
            return some_refused;
        }
    }
    int worst = ok;
    for (const std::string& id : chosen.ids) {
        const int code = decide(options, id, "discard", "discarded", {});
        if (code == no_daemon) return code;
        worst = std::max(worst, code);
    }
    return worst;
}

int correct_quarantined(const QuarantineOptions& options) {
    auto line = corrected_line(options.file);
    if (!line) return not_decided(line.error());
    json members{{"line", std::move(*line)}};
    if (!options.as_type.empty()) members["as_type"] = options.as_type;
    if (options.changes_key) members["changes_key"] = true;
    if (members.dump().size() + 4096 > ControlServer::longest_request) {
        return not_decided({Errc::rejected, options.file + " is too large: a corrected record has at most 1 MiB"});
    }
    return decide(options, options.id, "correct", "corrected", std::move(members));
}

}  // namespace tillpost::cli
