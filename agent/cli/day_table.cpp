// SPDX-License-Identifier: Apache-2.0
#include "agent/cli/day_table.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "agent/event/identifiers.hpp"
#include "agent/status/day_words.hpp"
#include "agent/status/loose_json.hpp"
#include "agent/status/text.hpp"

namespace tillpost::cli {
namespace {

using nlohmann::json;

using loose::holds;
using loose::member;
using loose::number;

std::string text(const json& object, const char* name) { return printable(loose::text(object, name)); }

/// "1 h 28 min"; "45 s" if it is less than a minute.
std::string span_text(std::uint64_t seconds) {
    if (seconds < 60) return std::to_string(seconds) + " s";
    const std::string minutes = std::to_string(seconds / 60 % 60) + " min";
    return seconds < 3600 ? minutes : std::to_string(seconds / 3600) + " h " + minutes;
}

std::string row(std::string_view what, const std::string& value) {
    std::string line = "  ";
    line.append(what).append(what.size() < 14 ? 14 - what.size() : 1, ' ').append(value).append("\n");
    return line;
}

/// "9998 to 9999, 1 to 3"
std::string range_text(const json& series) {
    std::string line = text(series, "first") + " to ";
    if (!text(series, "turns_after").empty())
        line += text(series, "turns_after") + ", " + text(series, "goes_on_at") + " to ";
    return line + text(series, "last");
}

std::string series_rows(const json& all) {
    std::string lines;
    for (const json& each : all) {
        std::string line = range_text(each) + ": " + thousands(number(each, "seen")) + " seen";
        if (number(each, "missing") > 0) line += ", " + thousands(number(each, "missing")) + " missing";
        lines += row("", line);
    }
    return lines;
}

std::string numbers(const json& till) {
    const json& of = member(till, "numbers");
    const json& all = member(till, "series");
    const std::size_t count = number(of, "series");
    std::string line = count == 0 ? "none" : thousands(count) + " series";
    if (count == 1 && all.is_array() && all.size() == 1) line = range_text(all[0]);
    line += ", " + thousands(number(of, "seen")) + " seen, " + thousands(number(of, "missing")) + " missing";
    if (number(of, "named_missing") > 0) line += ", " + thousands(number(of, "named_missing")) + " named by the POS";
    if (number(of, "discarded") > 0) line += ", " + thousands(number(of, "discarded")) + " discarded by a person";
    if (number(of, "repeated") > 0) line += ", " + thousands(number(of, "repeated")) + " used twice";
    if (number(of, "unplaced") > 0) line += ", " + thousands(number(of, "unplaced")) + " not understood";
    return row("Numbers", line) + (count > 1 ? series_rows(all) : "");
}

std::string gaps(const json& till) {
    std::string lines;
    for (const json& gap : member(till, "missing")) {
        const bool one = number(gap, "count") == 1;
        const char* const by_nobody = holds(gap, "named") ? "POS misses" : "Missing";
        lines += row(holds(gap, "discarded") ? "Discarded" : by_nobody,
                     one ? text(gap, "from") : text(gap, "from") + " to " + text(gap, "to"));
    }
    return lines;
}

/// The one of the list whose `name` says the same.
const json& same_in(const json& list, const json& one, const char* name) {
    static const json none;
    for (const json& each : list) {
        if (text(each, name) == text(one, name)) return each;
    }
    return none;
}

std::string tender_text(const json& tender, const std::string& currency) {
    return text(tender, "amount") + currency + " (" + thousands(number(tender, "count")) + ")";
}

std::string tax_text(const json& tax, const std::string& currency) {
    return text(tax, "amount") + " of " + text(tax, "base") + currency;
}

/// Rows of those that were captured, with what they are corrected to, and of those that corrections brought.
template <class Head, class Text>
std::string rows_of(const json& captured, const json& corrected, const char* name, Head head, Text said) {
    std::string lines;
    for (const json& each : captured) {
        const json& now = same_in(corrected, each, name);
        const bool changed = now.is_object() && now != each;
        lines += row(head(each), said(each) + (changed ? ", corrected to " + said(now) : ""));
    }
    for (const json& each : corrected) {
        if (!same_in(captured, each, name).is_object()) lines += row(head(each), "corrected to " + said(each));
    }
    return lines;
}

std::string sums_of(const json& captured, const json& corrected, const std::string& currency) {
    std::string lines;
    const std::string gross = text(member(captured, "totals"), "gross");
    const std::string now = text(member(corrected, "totals"), "gross");
    if (!gross.empty() || !now.empty()) {
        const std::string was = gross.empty() ? "none" : gross + currency;
        lines += row("Gross", now.empty() || now == gross ? was : was + ", corrected to " + now + currency);
    }
    const auto type = [](const json& tender) { return text(tender, "type"); };
    const auto rate = [](const json& tax) { return "Tax " + text(tax, "rate") + " %"; };
    const auto of_tender = [&](const json& tender) { return tender_text(tender, currency); };
    const auto of_tax = [&](const json& tax) { return tax_text(tax, currency); };
    lines += rows_of(member(captured, "tenders"), member(corrected, "tenders"), "type", type, of_tender);
    lines += rows_of(member(captured, "taxes"), member(corrected, "taxes"), "rate", rate, of_tax);
    const json& voided = member(captured, "voided");
    if (number(voided, "count") > 0) lines += row("Voided", tender_text(voided, currency));
    return lines;
}

std::string sums(const json& till) {
    std::string lines;
    const json& corrected = member(till, "corrected_sums");
    for (const json& each : member(till, "sums")) {
        lines += sums_of(each, same_in(corrected, each, "currency"), " " + text(each, "currency"));
    }
    for (const json& each : corrected) {
        const bool captured = same_in(member(till, "sums"), each, "currency").is_object();
        if (!captured) lines += sums_of(json(), each, " " + text(each, "currency"));
    }
    for (const json& each : member(till, "unapplied")) {
        lines += row("Not applied", text(each, "event") + " of " + text(each, "corrects") + ": " +
                                        printable(unapplied_said(loose::text(each, "why"))));
    }
    return lines;
}

std::string differences(const json& till) {
    if (number(till, "closings") == 0) return row("Closing", "none yet");
    std::string lines;
    for (const json& each : member(till, "differences")) {
        const std::string currency = text(each, "currency").empty() ? "" : " " + text(each, "currency");
        lines += row("Differs", text(each, "of") + ": closing " + text(each, "closing") + ", captured " +
                                    text(each, "captured") + ", difference " + text(each, "difference") + currency);
    }
    if (!lines.empty()) return lines;
    return row("Closing", fit_said(text(till, "closings_fit"), member(till, "corrected_sums").is_array()));
}

std::string counts(const json& till) {
    const json& of = member(till, "counts");
    std::string line = thousands(number(of, "events"));
    for (const char* name : {"marked", "late", "corrected", "unapplied", "conflicts", "unreadable"}) {
        if (number(of, name) > 0) line += ", " + thousands(number(of, name)) + " " + name;
    }
    if (number(of, "quarantined") > 0) {
        line += "; " + counted(number(of, "quarantined"), "record", "records") + " of that day in quarantine";
    }
    for (const char* name : {"released", "discarded"}) {
        if (number(of, name) > 0) line += "; " + thousands(number(of, name)) + " " + name + " by a person";
    }
    return row("Events", line);
}

std::string not_heard(const json& spans, std::string_view what) {
    std::string lines;
    for (const json& span : spans) {
        if (text(span, "state") == "heard" || !is_told(text(span, "from"), text(span, "to"))) continue;
        lines += row(what, text(span, "from") + " to " + text(span, "to") + ": " + text(span, "state"));
    }
    return lines;
}

std::string coverage_text(const json& coverage) {
    std::string lines = "Feed " + text(coverage, "device");
    if (!text(coverage, "till").empty()) lines += ", till " + text(coverage, "till");
    lines += ", trading hours of " + text(coverage, "business_date") + " until " + text(coverage, "upto") + ":";
    const json& seconds = member(coverage, "seconds");
    std::string sums;
    for (const char* state : {"heard", "silent", "unconnected", "down", "unknown"}) {
        if (number(seconds, state) == 0) continue;
        sums += (sums.empty() ? " " : ", ") + std::string(state) + " " + span_text(number(seconds, state));
    }
    lines += sums + "\n" + not_heard(member(coverage, "spans"), "");
    if (number(coverage, "left_out") > 0)
        lines += row("", counted(number(coverage, "left_out"), "more span", "more spans"));
    return lines;
}

std::string certificate(const json& till) {
    const std::uint64_t revision = number(till, "revision");
    if (revision == 0) return "none yet";
    std::string line = "revision " + std::to_string(revision);
    const json& certified = member(till, "certified");
    const std::string cause = cause_said(text(certified, "cause"));
    if (!cause.empty()) line += ", " + cause + ", " + text(certified, "time");
    return line + (holds(till, "more_since") ? "; more has come since" : "");
}

/// "Till T01 of store 99"
std::string name_of(const json& till) {
    const std::string store = text(till, "store");
    return "Till " + text(till, "till") + (store.empty() ? "" : " of store " + store);
}

/// Days that found no room: of all dates, as nobody would ask for one that cannot be.
std::string beyond_text(const json& day) {
    if (number(day, "beyond_events") == 0) return "";
    std::uint64_t named = 0;
    std::string lines = "In no business day:\n";
    for (const json& each : member(day, "beyond")) {
        named += number(each, "events");
        lines += row("", name_of(each) + ", " + text(each, "business_date") + ": " +
                             counted(number(each, "events"), "event", "events") + ", " +
                             printable(beyond_said(loose::text(each, "why"))));
    }
    const std::uint64_t more = number(day, "beyond_events") - std::min(named, number(day, "beyond_events"));
    return more == 0 ? lines : lines + row("", counted(more, "more event", "more events"));
}

std::string till_text(const json& till) {
    std::string head = name_of(till) + ", " + text(till, "business_date") + ": ";
    const bool complete = holds(till, "complete");
    std::string why;
    for (const json& reason : member(till, "reasons")) {
        if (!reason.is_string()) continue;
        why.append(why.empty() ? "" : ", ").append(printable(reason_said(reason.get_ref<const std::string&>())));
    }
    head += complete ? "complete" : "NOT complete: " + why;
    head += "\n" + row("Certificate", certificate(till)) + numbers(till) + gaps(till) + sums(till) + differences(till);
    head += counts(till);
    for (const json& span : member(till, "down")) {
        if (!is_told(text(span, "from"), text(span, "to"))) continue;
        head += row("Agent down", text(span, "from") + " to " + text(span, "to"));
    }
    head += not_heard(member(till, "not_heard"), "Not heard");
    if (!text(till, "since").empty()) head += row("Counted since", text(till, "since"));
    return head;
}

/// The configuration names it; what it sells nobody here has seen.
std::string unreported_text(const std::string& till, const json& day) {
    return "Till " + printable(till) + ", " + text(day, "business_date") +
           ": NOT complete: " + printable(reason_said("never_reported")) + "\n";
}

std::string nothing_known(const std::string& date, const std::string& till) {
    if (date.empty()) return "Nothing is known of any business day yet.\n";
    return "Nothing is known of " + (till.empty() ? date : "till " + till + " on " + date) + ".\n";
}

}  // namespace

std::string day_request(const std::string& date, const std::string& till) {
    json request{{"day", json::object()}};
    if (!date.empty()) request["day"]["date"] = date;
    if (!till.empty()) request["day"]["till"] = till;
    return request.dump(-1, ' ', true, json::error_handler_t::replace) + "\n";
}

Result<void> check_business_date(std::string_view text) {
    if (text.empty() || is_date(text)) return {};
    return Error{Errc::invalid,
                 "\"" + printable(text) + "\" is no business date: expected YYYY-MM-DD, such as 2026-11-23"};
}

Result<DayTable> day_table(std::string_view answer, std::string_view till) {
    const json document = json::parse(answer, nullptr, false);
    const json& day = member(document, "day");
    const json& tills = member(day, "tills");
    if (!tills.is_array()) return Error{Errc::invalid, "day: not the answer that this command knows"};
    DayTable table;
    table.complete = !tills.empty() && number(day, "left_out") == 0;
    for (const json& each : tills) {
        table.text += (table.text.empty() ? "" : "\n") + till_text(each);
        table.complete = table.complete && holds(each, "complete");
    }
    const json& unreported = member(day, "unreported");
    for (const json& each : unreported) {
        if (!each.is_string()) continue;
        table.text += (table.text.empty() ? "" : "\n") + unreported_text(each.get<std::string>(), day);
        table.complete = false;
    }
    for (const json& coverage : member(day, "coverage")) {
        table.text += (table.text.empty() ? "" : "\n") + coverage_text(coverage);
    }
    if (tills.empty() && unreported.empty())
        table.text = nothing_known(text(day, "business_date"), printable(till)) + table.text;
    if (number(day, "left_out") > 0) {
        table.text +=
            "\n" + counted(number(day, "left_out"), "more till", "more tills") + ": ask for one with --till.\n";
    }
    const std::string beyond = beyond_text(day);
    if (!beyond.empty()) table.text += "\n" + beyond;
    return table;
}

}  // namespace tillpost::cli
