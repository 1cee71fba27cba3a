// SPDX-License-Identifier: Apache-2.0
#include "agent/cli/quarantine_view.hpp"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <string_view>
#include <utility>

#include "agent/status/text.hpp"

namespace tillpost::cli {
namespace {

using nlohmann::json;

std::string text_of(const json& object, const char* name) {
    const auto found = object.find(name);
    if (found == object.end() || !found->is_string()) return "-";
    const auto& text = found->get_ref<const std::string&>();
    return text.empty() ? "-" : printable(text);
}

std::string number_of(const json& object, const char* name) {
    const auto found = object.find(name);
    return found != object.end() && found->is_number_unsigned() ? std::to_string(found->get<std::uint64_t>()) : "-";
}

std::string padded(std::string text, std::size_t width) {
    text.resize(std::max(text.size() + 2, width), ' ');
    return text;
}

std::string age_of(const json& record, const std::string& now) {
    const auto begin = parse_time(text_of(record, "recorded"));
    const auto end = parse_time(now);
    return begin && end && *begin <= *end ? duration(*end - *begin) : "-";
}

std::string place_of(const json& record) {
    const std::string field = text_of(record, "field");
    return text_of(record, "rule") + (field == "-" ? "" : ":" + field);
}

struct Cell {
    std::string text;
    std::size_t width;
};

std::string columns(const std::array<Cell, 8>& cells, const std::string& rest) {
    std::string line;
    for (const Cell& each : cells) line += padded(each.text, each.width);
    return line + rest + "\n";
}

/// "9.99 EUR"
std::string money_of(const json& record) {
    const std::string currency = text_of(record, "currency");
    return text_of(record, "amount") + (currency == "-" ? "" : " " + currency);
}

std::string row(const char* name, const std::string& value) {
    return value == "-" ? "" : padded(name, 13) + value + "\n";
}

/// Line by line, as a pretty-printed record may be.
std::string content(std::string_view bytes) {
    std::string lines;
    for (std::size_t begin = 0; begin < bytes.size();) {
        const std::size_t end = std::min(bytes.find('\n', begin), bytes.size());
        lines += printable(bytes.substr(begin, end - begin)) + "\n";
        begin = end + 1;
    }
    return lines;
}

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
    return columns({{{text_of(record, "id"), 10},
                     {age_of(record, now), 14},
                     {text_of(record, "class"), 10},
                     {text_of(record, "type"), 12},
                     {text_of(record, "till"), 8},
                     {text_of(record, "number"), 10},
                     {text_of(record, "business_date"), 12},
                     {money_of(record), 14}}},
                   place_of(record) + ", " + text_of(record, "device"));
}

std::string quarantine_details(const json& record, const std::string& bytes) {
    std::string decision = text_of(record, "decision");
    if (decision != "-") {
        decision += " at " + text_of(record, "decided") + " by user " + number_of(record, "user");
        const std::string actor = text_of(record, "actor");
        if (actor != "-") decision += " (" + actor + ")";
    }
    return row("Record", text_of(record, "id")) + row("Rule", text_of(record, "rule")) +
           row("Field", text_of(record, "field")) + row("Device", text_of(record, "device")) +
           row("Since", text_of(record, "recorded")) + row("Type", text_of(record, "type")) +
           row("Till", text_of(record, "till")) + row("Number", text_of(record, "number")) +
           row("Date", text_of(record, "business_date")) + row("Amount", money_of(record)) +
           row("Named by", text_of(record, "event")) + row("Content of", text_of(record, "about")) +
           row("Decision", decision) + row("Became", text_of(record, "became")) +
           row("Size", number_of(record, "size") + " bytes") + (bytes.empty() ? "" : "\n" + content(bytes));
}

std::string decision_words(const json& decided, const std::string& word) {
    const auto repeat = decided.find("repeat");
    const bool known = repeat != decided.end() && repeat->is_boolean() && repeat->get<bool>();
    const std::string became = text_of(decided, "became");
    std::string words = text_of(decided, "id") + " is " + word;
    if (became != "-")
        words += known ? ": it was recorded already, as event " + became : ": it travels as event " + became;
    return words + "; event " + text_of(decided, "event") + " says so\n";
}

}  // namespace tillpost::cli
