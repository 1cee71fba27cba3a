// SPDX-License-Identifier: Apache-2.0
#include "agent/cli/send_ledger.hpp"

#include <nlohmann/json.hpp>

#include "agent/cli/members.hpp"
#include "agent/status/text.hpp"

namespace tillpost::cli {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;

/// "<epoch>-<sequence>", as events name themselves.
std::string id_in(const json& answer) {
    return text_in(answer, "epoch", "") + "-" + number_in(answer, "sequence", "?");
}

std::string quarantine_words(const json& answer) {
    const std::string field = text_in(answer, "field", "");
    return text_in(answer, "id", "") + ": " + text_in(answer, "rule", "") + (field.empty() ? "" : " at " + field);
}

Error no_answer(std::string_view line) {
    return {Errc::invalid,
            "what listens there is no feed socket of tillpostd; it said: " + printable(line.substr(0, 80))};
}

std::string json_line(std::uint64_t number, std::string_view line) {
    ordered_json out;
    out["line"] = number;
    out.update(ordered_json::parse(line, nullptr, false));
    return out.dump(-1, ' ', true, ordered_json::error_handler_t::replace) + "\n";
}

/// Null unless the line is an object with one member, which is an answer of the feed's.
json answer_in(std::string_view line) {
    json document = json::parse(line, nullptr, false);
    if (!document.is_object() || document.size() != 1 || !document.begin()->is_object()) return nullptr;
    const std::string& kind = document.begin().key();
    return kind == "accepted" || kind == "quarantined" || kind == "refused" ? document : nullptr;
}

std::string words_of(const std::string& kind, const json& value) {
    if (kind == "accepted") return id_in(value);
    return kind == "quarantined" ? quarantine_words(value) : text_in(value, "reason", "");
}

}  // namespace

std::string feed_answer(std::string_view line) {
    const json document = answer_in(line);
    if (document.is_null()) return "";
    const std::string kind = document.begin().key();
    return kind + " " + words_of(kind, *document.begin());
}

Result<std::string> SendLedger::answer(std::string_view line) {
    const json document = answer_in(line);
    if (document.is_null()) return no_answer(line);
    const std::string kind = document.begin().key();
    const json& value = *document.begin();
    if (waiting_.empty()) {
        if (kind == "refused") return Error{Errc::rejected, "refused: " + text_in(value, "reason", "")};
        return no_answer(line);
    }
    const std::uint64_t number = waiting_.front();
    waiting_.pop_front();
    ++counts_[kind == "accepted" ? accepted : kind == "quarantined" ? quarantined : refused];
    if (output_ == SendOutput::json) return json_line(number, line);
    if (kind == "accepted" && output_ == SendOutput::failures_only) return std::string();
    return "line " + std::to_string(number) + " " + kind + " " + words_of(kind, value) + "\n";
}

std::string SendLedger::unanswered() const {
    if (waiting_.empty()) return "";
    const std::string first = std::to_string(waiting_.front());
    const std::string lines = waiting_.size() == 1
                                  ? "line " + first + " has"
                                  : "lines " + first + " to " + std::to_string(waiting_.back()) + " have";
    const std::string what = waiting_.size() == 1 ? " it is recorded: send it" : " they are recorded: send them";
    return lines + " no answer, so it is not known whether" + what + " again (a known event is recognised)";
}

std::string SendLedger::summary() const {
    const std::uint64_t lines = counts_[accepted] + counts_[quarantined] + counts_[refused];
    return thousands(lines) + (lines == 1 ? " line: " : " lines: ") + thousands(counts_[accepted]) + " accepted, " +
           thousands(counts_[quarantined]) + " quarantined, " + thousands(counts_[refused]) + " refused";
}

int SendLedger::exit_code() const {
    if (counts_[refused] > 0) return 1;
    return counts_[quarantined] > 0 ? 3 : 0;
}

}  // namespace tillpost::cli
