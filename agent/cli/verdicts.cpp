// SPDX-License-Identifier: Apache-2.0
#include "agent/cli/verdicts.hpp"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "agent/cli/commands.hpp"
#include "agent/cli/sent_line.hpp"
#include "agent/event/redacted_mark.hpp"
#include "agent/status/text.hpp"

namespace tillpost::cli {
namespace {

using nlohmann::ordered_json;

struct Meaning {
    std::string_view rule;
    std::string_view text;
};

constexpr std::array meanings{
    Meaning{"change", "what was tendered less the change is not the amount"},
    Meaning{"check_digit", "no GTIN-8, -12, -13 or -14 with the right check digit"},
    Meaning{"corrects", "no id of an event, <16 hex>-<16 digits>"},
    Meaning{"corrects_kind", "neither reverse, replace nor supplement"},
    Meaning{"currency", "no code of ISO 4217"},
    Meaning{"difference", "is not counted less expected"},
    Meaning{"direction", "neither sale nor return, or goods sold in a return"},
    Meaning{"discrepancy", "not what was expected; nothing is wrong with the record"},
    Meaning{"expiry", "no day such as 2026-11-23"},
    Meaning{"foreign", "times its rate is neither what was tendered nor the amount"},
    Meaning{"gln", "no GLN with the right check digit"},
    Meaning{"incomplete", "is missing from a complete record; it counts all the same"},
    Meaning{"invalid_date", "no day such as 2026-11-23"},
    Meaning{"kind", "none of the kinds of this type"},
    Meaning{"last4", "no four digits"},
    Meaning{"line_amount", "is not quantity times unit price, with or without the discounts"},
    Meaning{"line_number", "another line has that number"},
    Meaning{"mode", "neither production, pilot, test nor training; it counts as production"},
    Meaning{"more", "there are more faults in this line"},
    Meaning{"negative", "must not be negative: a direction or kind carries the sign"},
    Meaning{"number_range", "is below first_number, and the numbers did not begin anew between them"},
    Meaning{"outcome", "neither passed nor refused"},
    Meaning{"parent", "no other line of this transaction has that number"},
    Meaning{"promotion", "is not the sum of the lines' discounts with this promotion"},
    Meaning{"receiving", "accepted and rejected do not add up to received"},
    Meaning{"required", "is missing"},
    Meaning{"return_original", "a returned line needs an original, or \"unlinked\": true, not both"},
    Meaning{"scope", "neither line, transaction nor post"},
    Meaning{"sscc", "no SSCC with the right check digit"},
    Meaning{"tax_rounding", "neither line nor document"},
    Meaning{"taxes", "do not add up to the totals' tax, or one is not its rate of its base"},
    Meaning{"tenders", "do not add up to the total"},
    Meaning{"time", "no RFC 3339 time with offset such as 2026-11-23T10:15:30+01:00"},
    Meaning{"totals", "gross is not the sum of the lines, or of net and tax"},
    Meaning{"unknown_type", "not one of the known types; it travels as other"},
    Meaning{"weight", "gross is not net and tare, or the line's quantity is not the net weight"},
    Meaning{"word", "not one of the words that the schema lists"},
    Meaning{"wrong_type", "is of another type than the schema says"},
};

/// A mark's place and what was compared there: "2.00_not_1.99_by_lines", "" if the mark says no more.
struct Place {
    std::string path;
    std::string compared{};
};

ordered_json fault(std::string_view rule, const Place& place) {
    ordered_json fault{{"rule", rule}, {"path", place.path}};
    if (!place.compared.empty()) fault["compared"] = place.compared;
    return fault;
}

/// A line of the stream, as central exports it, looks like a record of an unknown type.
bool is_envelope(std::string_view data) {
    const auto document = nlohmann::json::parse(data, nullptr, false);
    return document.is_object() && document.contains("specversion") && document.contains("dataschema") &&
           document.contains("data");
}

constexpr std::string_view of_envelopes =
    "this is an event (an envelope), but not byte for byte as the agent sends it, nor a record as a feed does: "
    "validate "
    "the line as it came, or its data alone, as `jq -c .data` gives them";

/// "2.00 not 1.99 by lines; is not the sum …"
std::string in_words(std::string compared, std::string_view meaning) {
    std::replace(compared.begin(), compared.end(), '_', ' ');
    return compared.empty() || meaning.empty() ? compared.append(meaning) : compared.append("; ").append(meaning);
}

bool is_unknown_envelope(std::string_view rule, const Event& event) {
    return rule == "unknown_type" && is_envelope(event.data);
}

std::string_view meaning_in(std::string_view rule, const Place& place, const Event& event) {
    // A number that cannot be kept says so itself.
    if (rule == "wrong_type" && !place.compared.empty()) return {};
    return is_unknown_envelope(rule, event) ? of_envelopes : meaning_of(rule);
}

std::string dumped(const ordered_json& document) {
    return document.dump(-1, ' ', true, ordered_json::error_handler_t::replace) + "\n";
}

std::string in_words(std::uint64_t number, std::string_view outcome, std::string_view rule, std::string_view path,
                     std::string_view meaning) {
    std::string text = "line " + std::to_string(number) + " ";
    text.append(outcome).append(": ").append(rule);
    if (!path.empty()) text += " at " + printable(path);
    if (!meaning.empty()) text += " (" + printable(meaning) + ")";
    return text + "\n";
}

/// "/lines/0/tax=and_unit,lot" of `incomplete` is three places.
std::vector<Place> places_of(std::string_view rule, const std::string& place) {
    constexpr std::string_view others = "=and_";
    const std::size_t end = place.find(rule == Quality::incomplete ? others : "=");
    if (end == std::string::npos) return {{place}};
    if (rule != Quality::incomplete) return {{place.substr(0, end), place.substr(end + 1)}};
    std::vector<Place> places{{place.substr(0, end)}};
    const std::string object = place.substr(0, place.rfind('/', end) + 1);
    for (std::size_t at = end + others.size(); at < place.size();) {
        const std::size_t comma = std::min(place.find(',', at), place.size());
        places.push_back({object + place.substr(at, comma - at)});
        at = comma + 1;
    }
    return places;
}

}  // namespace

std::string_view meaning_of(std::string_view rule) {
    const auto found =
        std::find_if(meanings.begin(), meanings.end(), [&](const Meaning& row) { return row.rule == rule; });
    return found == meanings.end() ? std::string_view() : found->text;
}

std::string Verdicts::judge(std::uint64_t number, std::string_view line) {
    ++lines_;
    return is_sent(line) ? judge_sent(number, line) : judge_record(number, line);
}

/// Its data as the record that they were, or as the schema of the agent's own type says. Tombstones and lost lines have
/// none.
std::string Verdicts::judge_sent(std::uint64_t number, std::string_view line) {
    const Result<SentData> sent = data_of_sent(sha_, line);
    if (!sent) return rejected(number, {"line", "", sent.error().message});
    if (sent->type.empty()) return {};
    if (!sent->is_own) return judge_record(number, sent->data, sent->type);
    const std::vector<SchemaFault> faults = faults_by_schema(sent->type, sent->data);
    if (faults.empty()) return {};
    ++marked_;
    ordered_json document{{"line", number}, {"outcome", "marked"}, {"type", sent->type}};
    std::string text;
    for (const SchemaFault& each : faults) {
        document["faults"].push_back(fault(each.rule, {each.path}));
        text += in_words(number, "marked", each.rule, each.path, meaning_of(each.rule));
    }
    return json_ ? dumped(document) : text;
}

/// `sent_as`: the type of the event whose data it is; "" for a record of a feed.
std::string Verdicts::judge_record(std::uint64_t number, std::string_view line, std::string_view sent_as) {
    const Redaction* const redaction = redactor_ ? &redactor_->redact_line(line) : nullptr;
    const bool redacted = redaction != nullptr && redaction->changed;
    auto result = intake_.parse(redacted ? std::string_view(redaction->bytes) : line);
    if (const auto* rejection = std::get_if<Rejection>(&result)) return rejected(number, *rejection);
    Event& event = std::get<Event>(result);
    if (!sent_as.empty() && event.type != sent_as) {
        return rejected(number, {"type", "/data/type",
                                 "the line is of the type \"" + std::string(sent_as) + "\", and its data are not"});
    }
    if (const auto broken = severities_.held_back(event)) return rejected(number, *broken);
    if (redacted) mark_redacted(event, redaction->places);
    return marked(number, event);
}

std::string Verdicts::marked(std::uint64_t number, const Event& event) {
    if (event.quality.ok()) return {};
    const bool advice = !speaks_against(event.quality.text());
    ++(advice ? advised_ : marked_);
    ordered_json faults = ordered_json::array();
    std::string text;
    for (const std::string& mark : event.quality.marks()) {
        const std::size_t colon = std::min(mark.find(':'), mark.size());
        const std::string rule = mark.substr(0, colon);
        for (const Place& place : places_of(rule, mark.substr(std::min(colon + 1, mark.size())))) {
            faults.push_back(fault(rule, place));
            if (is_unknown_envelope(rule, event)) faults.back()["detail"] = of_envelopes;
            const char* const said = advice || is_note(rule) ? "advice" : "marked";
            const std::string meaning = in_words(place.compared, meaning_in(rule, place, event));
            text += in_words(number, said, rule, place.path, meaning);
        }
    }
    if (!json_) return text;
    const char* const outcome = advice ? "advice" : "marked";
    ordered_json document{{"line", number}, {"outcome", outcome}, {"type", event.type}, {"subject", event.subject}};
    document["faults"] = std::move(faults);
    return dumped(document);
}

std::string Verdicts::rejected(std::uint64_t number, const Rejection& rejection) {
    ++rejected_;
    if (!json_) return in_words(number, "rejected", rejection.rule, rejection.field, rejection.detail);
    ordered_json document{{"line", number}, {"outcome", "rejected"}, {"detail", rejection.detail}};
    document["faults"] = ordered_json::array({fault(rejection.rule, {rejection.field})});
    return dumped(document);
}

std::string Verdicts::too_long(std::uint64_t number, std::size_t most) {
    ++lines_;
    return rejected(number, {"line_too_long", "", "at most " + std::to_string(most) + " bytes a line"});
}

std::string Verdicts::no_lines(std::uint64_t number) {
    ++lines_;
    return rejected(number, {"not_json", "",
                             "one JSON object a line is expected, or one object over several lines and nothing else: "
                             "write each on a line of its own, as `jq -c .` does"});
}

std::string Verdicts::summary() const {
    const std::uint64_t fine = lines_ - advised_ - marked_ - rejected_;
    if (json_) {
        return dumped(
            {{"lines", lines_}, {"fine", fine}, {"advice", advised_}, {"marked", marked_}, {"rejected", rejected_}});
    }
    return thousands(lines_) + (lines_ == 1 ? " line: " : " lines: ") + thousands(fine) + " fine, " +
           (advised_ > 0 ? thousands(advised_) + " with advice, " : "") + thousands(marked_) + " marked, " +
           thousands(rejected_) + " rejected";
}

int Verdicts::exit_code(bool strict) const {
    if (rejected_ > 0) return some_quarantined;
    return marked_ > 0 || (strict && advised_ > 0) ? some_refused : ok;
}

}  // namespace tillpost::cli
