// SPDX-License-Identifier: Apache-2.0
#include "agent/status/day_html.hpp"

#include <nlohmann/json.hpp>

#include "agent/status/day_words.hpp"
#include "agent/status/html.hpp"
#include "agent/status/loose_json.hpp"
#include "agent/status/text.hpp"
#include "platform/clock.hpp"
#include "platform/time_text.hpp"

namespace tillpost {
namespace {

using html::escaped;
using html::local_time;
using html::term;
using loose::holds;
using loose::member;
using loose::number;
using nlohmann::json;

/// "expected/cash" → "cash expected in the drawer"
std::string difference_said(std::string of) {
    const std::size_t slash = of.find('/');
    const std::string group = of.substr(0, slash);
    std::string rest = slash == std::string::npos ? "" : of.substr(slash + 1);
    if (group == "tender") return rest;
    if (group == "expected") return rest + " expected in the drawer";
    if (of == "count/numbers") return "number of POS numbers used";
    if (of.starts_with("count/tender/")) return "number of payments: " + of.substr(13);
    if (of == "batches") return "batches of the terminals (recorded: all that was paid without cash)";
    if (group == "count") return "number of " + rest;
    if (group == "tax" && rest.ends_with("/base")) return "taxed at " + rest.substr(0, rest.size() - 5) + " %";
    if (group == "tax") return "tax of " + rest + " %";
    for (char& c : of) c = c == '/' ? ' ' : c;
    return of;
}

std::string text_of(const json& object, const char* name) { return escaped(loose::text(object, name)); }

std::string number_cell(const std::string& html) { return "<td class=\"number\">" + html + "</td>"; }

std::string head_cell(const char* scope, const std::string& html, bool is_number = false) {
    return std::string("<th scope=\"") + scope + (is_number ? "\" class=\"number\">" : "\">") + html + "</th>";
}

std::string reasons_html(const json& till) {
    std::string text;
    for (const json& each : member(till, "reasons")) {
        if (!each.is_string()) continue;
        text += (text.empty() ? "" : ", ") + escaped(reason_said(each.get<std::string>()));
    }
    return text;
}

std::string missing_html(const json& till) {
    std::string text;
    for (const json& gap : member(till, "missing")) {
        const bool one = number(gap, "count") == 1;
        text += text.empty() ? "" : ", ";
        text += "<b>" + text_of(gap, "from") + (one ? "" : " to " + text_of(gap, "to")) + "</b>";
        if (holds(gap, "named")) text += " (the POS misses it, too)";
        if (holds(gap, "discarded")) text += " (discarded by a person)";
    }
    return text;
}

std::string range_html(const json& series) {
    std::string text = text_of(series, "first") + " to ";
    const std::string top = text_of(series, "turns_after");
    if (!top.empty()) text += top + ", " + text_of(series, "goes_on_at") + " to ";
    return text + text_of(series, "last");
}

std::string numbers_html(const json& till) {
    const json& of = member(till, "numbers");
    std::string text;
    for (const json& each : member(till, "series")) text += (text.empty() ? "" : "; ") + range_html(each);
    if (text.empty()) text = "none";
    text += ": " + thousands(number(of, "seen")) + " are here, " + thousands(number(of, "missing")) + " missing";
    if (number(of, "discarded") > 0) text += ", " + thousands(number(of, "discarded")) + " discarded by a person";
    if (number(of, "repeated") > 0) text += ", " + thousands(number(of, "repeated")) + " used twice";
    if (number(of, "unplaced") > 0) text += ", " + thousands(number(of, "unplaced")) + " not understood";
    return text;
}

std::string certificate_html(const json& till) {
    const std::uint64_t revision = number(till, "revision");
    if (revision == 0) return "none yet; these are the figures so far";
    std::string text = "revision " + std::to_string(revision);
    const json& certified = member(till, "certified");
    const std::string cause = cause_said(loose::text(certified, "cause"));
    if (!cause.empty()) text += ", " + cause + ", " + local_time(loose::text(certified, "time"));
    return text + (holds(till, "more_since") ? "; more has come since" : "");
}

std::string counts_html(const json& till) {
    const json& of = member(till, "counts");
    std::string text = thousands(number(of, "events"));
    for (const char* name : {"marked", "late", "corrected", "unapplied", "conflicts", "unreadable"}) {
        if (number(of, name) > 0) text += ", " + thousands(number(of, name)) + " " + name;
    }
    if (number(of, "quarantined") > 0) {
        text += "; " + counted(number(of, "quarantined"), "record", "records") + " of the day in quarantine";
    }
    for (const char* name : {"released", "discarded"}) {
        if (number(of, name) > 0) text += "; " + thousands(number(of, name)) + " " + name + " by a person";
    }
    return text;
}

std::string down_html(const json& till) {
    std::string text;
    for (const json& span : member(till, "down")) {
        if (!is_told(loose::text(span, "from"), loose::text(span, "to"))) continue;
        text += term("Tillpost was down",
                     local_time(loose::text(span, "from")) + " to " + local_time(loose::text(span, "to")));
    }
    return text;
}

std::string gross_in(const json& sums) {
    std::string text;
    for (const json& each : sums) {
        const std::string gross = text_of(member(each, "totals"), "gross");
        if (gross.empty()) continue;
        text += (text.empty() ? "" : ", ") + gross + " " + text_of(each, "currency");
    }
    return text;
}

std::string gross_of(const json& till) {
    const std::string gross = gross_in(member(till, "sums"));
    const std::string corrected = gross_in(member(till, "corrected_sums"));
    return corrected.empty() || corrected == gross ? gross : gross + ", corrected to " + corrected;
}

std::string tender_rows(const json& sums) {
    std::string rows;
    for (const json& each : sums) {
        const std::string currency = " " + text_of(each, "currency");
        for (const json& tender : member(each, "tenders")) {
            rows += "<tr>" + head_cell("row", text_of(tender, "type")) +
                    number_cell(thousands(number(tender, "count"))) +
                    number_cell(text_of(tender, "amount") + currency) + "</tr>\n";
        }
    }
    return rows;
}

std::string tenders_table(const json& sums, const char* caption) {
    const std::string rows = tender_rows(sums);
    if (rows.empty()) return "";
    return std::string("<table><caption>") + caption + "</caption><thead><tr>" + head_cell("col", "Tender") +
           head_cell("col", "Count", true) + head_cell("col", "Amount", true) + "</tr></thead><tbody>\n" + rows +
           "</tbody></table>\n";
}

std::string tenders_html(const json& till) {
    return tenders_table(member(till, "sums"), "Tenders") +
           tenders_table(member(till, "corrected_sums"), "Tenders, as they were corrected");
}

std::string voided_html(const json& till) {
    std::string text;
    for (const json& each : member(till, "sums")) {
        const json& voided = member(each, "voided");
        if (number(voided, "count") == 0) continue;
        text += (text.empty() ? "" : ", ") + text_of(voided, "amount") + " " + text_of(each, "currency") + " (" +
                thousands(number(voided, "count")) + ")";
    }
    return text.empty() ? text : term("Voided", text);
}

std::string unapplied_html(const json& till) {
    std::string text;
    for (const json& each : member(till, "unapplied")) {
        text += (text.empty() ? "" : ", ") + text_of(each, "event") + " of " + text_of(each, "corrects") + " (" +
                escaped(unapplied_said(loose::text(each, "why"))) + ")";
    }
    return text.empty() ? text : term("Corrections that do not apply", text);
}

std::string differences_html(const json& till) {
    if (number(till, "closings") == 0) return "";
    std::string rows;
    for (const json& each : member(till, "differences")) {
        const std::string of = loose::text(each, "of");
        const std::string currency = text_of(each, "currency").empty() ? "" : ", " + text_of(each, "currency");
        rows += "<tr>" + head_cell("row", escaped(difference_said(of)) + currency) +
                number_cell(text_of(each, "closing")) + number_cell(text_of(each, "captured")) +
                number_cell("<b>" + text_of(each, "difference") + "</b>") + "</tr>\n";
    }
    if (rows.empty()) {
        const bool corrected = member(till, "corrected_sums").is_array();
        return "<p>The POS's closing " + fit_said(loose::text(till, "closings_fit"), corrected) + ".</p>\n";
    }
    return "<table><caption>The POS's closing differs</caption><thead><tr>" + head_cell("col", "Of") +
           head_cell("col", "Closing", true) + head_cell("col", "Recorded", true) +
           head_cell("col", "Difference", true) + "</tr></thead><tbody>\n" + rows + "</tbody></table>\n";
}

std::string till_html(const json& till, bool open) {
    const bool complete = holds(till, "complete");
    const std::string store = text_of(till, "store");
    const std::string name = text_of(till, "till") + (store.empty() ? "" : " of store " + store);
    const std::string gross = gross_of(till);
    std::string text = "<details id=\"till-" + (store.empty() ? "" : store + "-") + text_of(till, "till") + "\"" +
                       (open ? " open" : "") + "><summary><span>Till " + name + "</span> <span class=\"mark " +
                       (complete ? "good\">complete" : "attention\">not complete") + "</span> <span class=\"number\">" +
                       gross + "</span></summary>\n<dl>\n";
    if (!complete) text += term("Not complete", reasons_html(till));
    const std::string missing = missing_html(till);
    if (!missing.empty()) text += term("Missing numbers", missing);
    text += term("Numbers", numbers_html(till)) + term("Certificate", certificate_html(till)) +
            term("Events", counts_html(till)) + voided_html(till) + unapplied_html(till) + down_html(till);
    const std::string since = loose::text(till, "since");
    if (!since.empty()) text += term("Counted since", local_time(since));
    return text + "</dl>\n" + tenders_html(till) + differences_html(till) + "</details>\n";
}

std::string beyond_html(const json& day) {
    if (number(day, "beyond_events") == 0) return "";
    std::string list;
    for (const json& each : member(day, "beyond")) {
        const std::string store = text_of(each, "store");
        list += "<li>Till " + text_of(each, "till") + (store.empty() ? "" : " of store " + store) + ", " +
                text_of(each, "business_date") + ": " + counted(number(each, "events"), "event", "events") + ", " +
                escaped(beyond_said(loose::text(each, "why"))) + "</li>\n";
    }
    return "<p>" + counted(number(day, "beyond_events"), "event is", "events are") +
           " in no business day, whatever the date. The first of these days:</p>\n<ul>" + list + "</ul>\n";
}

std::string unreported_html(const json& day) {
    std::string list;
    for (const json& each : member(day, "unreported")) {
        if (each.is_string()) list += "<li>Till " + escaped(each.get<std::string>()) + "</li>\n";
    }
    if (list.empty()) return list;
    return "<p>" + escaped(reason_said("never_reported")) + ":</p>\n<ul>" + list + "</ul>\n";
}

std::string tills_html(const json& day) {
    const json& tills = member(day, "tills");
    if (!tills.is_array()) return "<p>The business day cannot be told: an answer of another form.</p>\n";
    const std::string never = unreported_html(day);
    if (tills.empty()) return never.empty() ? "<p>Nothing is known of this day.</p>\n" : never;
    std::string text;
    std::size_t complete = 0;
    for (const json& till : tills) {
        if (holds(till, "complete")) ++complete;
        text += till_html(till, tills.size() == 1 || !holds(till, "complete"));
    }
    const std::size_t left_out = number(day, "left_out");
    if (left_out > 0) text += "<p>" + counted(left_out, "more till", "more tills") + ": tillpost day --till NAME</p>\n";
    return "<p>" + thousands(complete) + " of " + counted(tills.size() + left_out, "till", "tills") +
           " complete.</p>\n" + text + never;
}

}  // namespace

DayView day_view(std::string_view answer) {
    const json document = json::parse(answer, nullptr, false);
    const json& day = member(document, "day");
    return {loose::text(day, "business_date"), tills_html(day) + beyond_html(day)};
}

std::string day_beside(std::string_view date, int days) {
    const auto time = parse_time(std::string(date) + "T00:00:00Z");
    if (!time) return "";
    return rfc3339(WallTime(*time + std::chrono::days(days))).substr(0, 10);
}

}  // namespace tillpost
