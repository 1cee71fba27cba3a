// SPDX-License-Identifier: Apache-2.0
#include "agent/cli/quarantine_view.hpp"

#include <array>
#include <nlohmann/json.hpp>
#include <string_view>
#include <utility>

#include "agent/cli/members.hpp"
#include "agent/status/text.hpp"
#include "platform/time_text.hpp"

namespace tillpost::cli {
namespace {

using nlohmann::json;

std::string age_of(const json& record, const std::string& now) {
    const auto begin = parse_time(text_in(record, "recorded"));
    const auto end = parse_time(now);
    return begin && end && *begin <= *end ? duration(*end - *begin) : "-";
}

std::string place_of(const json& record) {
    const std::string field = text_in(record, "field");
    return text_in(record, "rule") + (field == "-" ? "" : ":" + field);
}

/// In a line of its own below the record's; "" if nobody knows more than the rule.
std::string why_of(const json& record) {
    const std::string detail = text_in(record, "detail");
    return detail == "-" ? std::string() : std::string(12, ' ') + detail + "\n";
}

/// What else than a decision lets it leave; "" for nothing.
std::string way_out_of(const json& record) {
    if (text_in(record, "rule") != "larger_than_packet" || text_in(record, "decision") != "-") return {};
    return "`tillpost journal export` takes it to central on a stick; or raise the broker's limit and release it";
}

struct Cell {
    std::string text;
    std::size_t width;
};

std::string columns(const std::array<Cell, 8>& cells, const std::string& rest) {
    std::string line;
    for (const Cell& each : cells) line += padded(each.text, each.width, 2);
    return line + rest + "\n";
}

/// "9.99 EUR"
std::string money_of(const json& record) {
    const std::string currency = text_in(record, "currency");
    return text_in(record, "amount") + (currency == "-" ? "" : " " + currency);
}

std::string known_row(const char* name, const std::string& value) {
    return value == "-" ? "" : padded(name, 13, 2) + value + "\n";
}

/// Line by line, as a pretty-printed record may be.
std::string content(std::string_view bytes) { return printable_lines(bytes) + (bytes.ends_with('\n') ? "" : "\n"); }

}  // namespace

std::string quarantine_head() {
    return columns({{{"ID", 10},
                     {"AGE", 14},
                     {"CLASS", 10},
                     {"TYPE", 12},
                     {"TILL", 8},
                     {"NUMBER", 10},
                     {"DATE", 12},
                     {"AMOUNT", 14}}},
                   "RULE, DEVICE");
}

std::string quarantine_row(const json& record, const std::string& now) {
    const std::string way_out = way_out_of(record);
    return columns({{{text_in(record, "id"), 10},
                     {age_of(record, now), 14},
                     {text_in(record, "class"), 10},
                     {text_in(record, "type"), 12},
                     {text_in(record, "till"), 8},
                     {text_in(record, "number"), 10},
                     {text_in(record, "business_date"), 12},
                     {money_of(record), 14}}},
                   place_of(record) + ", " + text_in(record, "device")) +
           why_of(record) + (way_out.empty() ? way_out : std::string(12, ' ') + way_out + "\n");
}

std::string quarantine_details(const json& record, const std::string& bytes) {
    std::string decision = text_in(record, "decision");
    if (decision != "-") {
        decision += " at " + text_in(record, "decided") + " by user " + number_in(record, "user", "-");
        const std::string actor = text_in(record, "actor");
        if (actor != "-") decision += " (" + actor + ")";
    }
    const std::string way_out = way_out_of(record);
    return known_row("Record", text_in(record, "id")) + known_row("Rule", text_in(record, "rule")) +
           known_row("Field", text_in(record, "field")) + known_row("Why", text_in(record, "detail")) +
           known_row("To do", way_out.empty() ? "-" : way_out) + known_row("Device", text_in(record, "device")) +
           known_row("Since", text_in(record, "recorded")) + known_row("Type", text_in(record, "type")) +
           known_row("Till", text_in(record, "till")) + known_row("Number", text_in(record, "number")) +
           known_row("Date", text_in(record, "business_date")) + known_row("Amount", money_of(record)) +
           known_row("Named by", text_in(record, "event")) + known_row("Content of", text_in(record, "about")) +
           known_row("Decision", decision) + known_row("Became", text_in(record, "became")) +
           known_row("Size", number_in(record, "size", "-") + " bytes") + (bytes.empty() ? "" : "\n" + content(bytes));
}

std::string decision_words(const json& decided, const std::string& word) {
    const auto repeat = decided.find("repeat");
    const bool known = repeat != decided.end() && repeat->is_boolean() && repeat->get<bool>();
    const std::string became = text_in(decided, "became");
    std::string words = text_in(decided, "id") + " is " + word;
    if (became != "-")
        words += known ? ": it was recorded already, as event " + became : ": it travels as event " + became;
    const std::string beside = text_in(decided, "beside");
    if (beside != "-") {
        words += ", marked conflict: event " + beside +
                 " has its business key already and says something else; both count, until a correction says otherwise";
    }
    return words + "; event " + text_in(decided, "event") + " says so\n";
}

}  // namespace tillpost::cli
