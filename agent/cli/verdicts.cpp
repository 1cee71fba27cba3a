// SPDX-License-Identifier: Apache-2.0
#include "agent/cli/verdicts.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "agent/cli/commands.hpp"
#include "agent/cli/sent_line.hpp"
#include "agent/event/event_types.hpp"
#include "agent/event/json_paths.hpp"
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

/// `line`: of the file, which says something only where the record goes over several.
ordered_json fault(std::string_view rule, const Place& place, const PlacedText& record, std::uint64_t line) {
    ordered_json fault{{"rule", rule}, {"path", place.path}};
    if (record.has_lines()) fault["line"] = line;
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

struct Told {
    std::string rule;
    Place place;
};

/// What the marks of an event tell, place by place.
std::vector<Told> told_in(const std::vector<std::string>& marks) {
    std::vector<Told> all;
    for (const std::string& mark : marks) {
        const std::size_t colon = std::min(mark.find(':'), mark.size());
        const std::string rule = mark.substr(0, colon);
        for (Place& place : places_of(rule, mark.substr(std::min(colon + 1, mark.size())))) {
            all.push_back({rule, std::move(place)});
        }
    }
    return all;
}

/// "byte 42: …" of what is no JSON; counted from 0.
std::optional<std::size_t> byte_in(std::string_view detail) {
    constexpr std::string_view begin = "byte ";
    std::size_t byte = 0;
    if (!detail.starts_with(begin)) return std::nullopt;
    const auto read = std::from_chars(detail.data() + begin.size(), detail.data() + detail.size(), byte);
    return read.ec == std::errc() && byte > 0 ? std::optional(byte - 1) : std::nullopt;
}

/// "tillpost.sale.v1", as it is written, is "sale"; "" for another text.
std::string_view type_in(std::string_view written) {
    constexpr std::string_view begin = "\"tillpost.";
    const std::size_t end = written.rfind(".v");
    if (!written.starts_with(begin) || end == std::string_view::npos || end < begin.size()) return {};
    return written.substr(begin.size(), end - begin.size());
}

}  // namespace

std::string_view meaning_of(std::string_view rule) {
    const auto found =
        std::find_if(meanings.begin(), meanings.end(), [&](const Meaning& row) { return row.rule == rule; });
    return found == meanings.end() ? std::string_view() : found->text;
}

std::string Verdicts::judge(std::uint64_t number, std::string_view line) {
    ++lines_;
    const PlacedText placed{number, line};
    return is_sent(line) ? judge_sent(placed) : judge_record(placed);
}

std::string Verdicts::judge_object(std::uint64_t number, std::string_view object) {
    has_objects_ = true;
    const bool rewritten = !is_sent(object) && is_envelope(object);
    if (!rewritten) return judge(number, object);
    ++lines_;
    return judge_rewritten({number, object});
}

/// Its data as the record that they were, or as the schema of the agent's own type says. Tombstones and lost lines have
/// none.
std::string Verdicts::judge_sent(const PlacedText& line) {
    const Result<SentData> sent = data_of_sent(sha_, line.text);
    if (!sent) return rejected(line, {"line", "", sent.error().message});
    if (sent->type.empty()) return {};
    const PlacedText data{line.line, sent->data};
    return sent->is_own ? judge_own(data, sent->type) : judge_record(data, sent->type);
}

std::string Verdicts::judge_own(const PlacedText& data, std::string_view type) {
    const std::vector<SchemaFault> faults = faults_by_schema(type, data.text);
    if (faults.empty()) return {};
    ++marked_;
    ordered_json document{{"line", data.line}, {"outcome", "marked"}, {"type", type}};
    std::string text;
    std::vector<std::string> pointers;
    for (const SchemaFault& each : faults) pointers.push_back(each.path.substr(std::string_view("/data").size()));
    const std::vector<std::uint64_t> lines = data.lines_of(pointers);
    for (std::size_t i = 0; i < faults.size(); ++i) {
        const SchemaFault& each = faults[i];
        const std::uint64_t line = lines[i];
        document["faults"].push_back(fault(each.rule, {each.path}, data, line));
        text += in_words(line, "marked", each.rule, each.path, meaning_of(each.rule));
    }
    return json_ ? dumped(document) : text;
}

/// An event that somebody has written anew, to look at it.
std::string Verdicts::judge_rewritten(const PlacedText& event) {
    static const JsonPaths places({"/type", "/data"});
    const std::vector<std::string_view> found = places.values(event.text);
    const std::string_view type = type_in(found[0]);
    const EventType* const known = find_event_type(type);
    if (known == nullptr) return rejected(event, {"type", "/type", "there is no such type of events"});
    ++rewritten_;
    const PlacedText data = event.part(found[1]);
    return known->mark == nullptr ? judge_own(data, type) : judge_record(data, type);
}

/// `sent_as`: the type of the event whose data it is; "" for a record of a feed.
std::string Verdicts::judge_record(const PlacedText& record, std::string_view sent_as) {
    const Redaction* const redaction = redactor_ ? &redactor_->redact_line(record.text) : nullptr;
    const bool redacted = redaction != nullptr && redaction->changed;
    auto result = intake_.parse(redacted ? std::string_view(redaction->bytes) : record.text);
    if (const auto* rejection = std::get_if<Rejection>(&result)) return rejected(record, *rejection);
    Event& event = std::get<Event>(result);
    if (!sent_as.empty() && event.type != sent_as) {
        return rejected(record, {"type", "/data/type",
                                 "the line is of the type \"" + std::string(sent_as) + "\", and its data are not"});
    }
    if (const auto broken = severities_.held_back(event)) return rejected(record, *broken);
    if (redacted) mark_redacted(event, redaction->places);
    return marked(record, event);
}

std::string Verdicts::marked(const PlacedText& record, const Event& event) {
    if (event.quality.ok()) return {};
    const bool advice = !speaks_against(event.quality.text());
    ++(advice ? advised_ : marked_);
    ordered_json faults = ordered_json::array();
    std::string text;
    const std::vector<Told> all = told_in(event.quality.marks());
    std::vector<std::string> pointers;
    for (const Told& each : all) pointers.push_back(each.place.path);
    const std::vector<std::uint64_t> lines = record.lines_of(pointers);
    for (std::size_t i = 0; i < all.size(); ++i) {
        const auto& [rule, place] = all[i];
        faults.push_back(fault(rule, place, record, lines[i]));
        if (is_unknown_envelope(rule, event)) faults.back()["detail"] = of_envelopes;
        const char* const said = advice || is_note(rule) ? "advice" : "marked";
        const std::string meaning = in_words(place.compared, meaning_in(rule, place, event));
        text += in_words(lines[i], said, rule, place.path, meaning);
    }
    if (!json_) return text;
    const char* const outcome = advice ? "advice" : "marked";
    ordered_json document{
        {"line", record.line}, {"outcome", outcome}, {"type", event.type}, {"subject", event.subject}};
    document["faults"] = std::move(faults);
    return dumped(document);
}

std::string Verdicts::rejected(const PlacedText& record, const Rejection& rejection) {
    ++rejected_;
    const std::optional<std::size_t> byte = byte_in(rejection.detail);
    const std::uint64_t line = byte ? record.line_of_byte(*byte) : record.line_of(rejection.field);
    if (!json_) return in_words(line, "rejected", rejection.rule, rejection.field, rejection.detail);
    ordered_json document{{"line", record.line}, {"outcome", "rejected"}, {"detail", rejection.detail}};
    document["faults"] = ordered_json::array({fault(rejection.rule, {rejection.field}, record, line)});
    return dumped(document);
}

std::string Verdicts::too_long(std::uint64_t number, std::size_t most) {
    ++lines_;
    return rejected({number, {}}, {"line_too_long", "", "at most " + std::to_string(most) + " bytes a line"});
}

std::string Verdicts::no_objects(std::uint64_t number, const std::string& detail) {
    ++lines_;
    has_objects_ = true;
    return rejected({number, {}},
                    {"not_json", "",
                     detail + "; nothing behind it is judged. A file has one JSON object a line, as `jq -c .` "
                              "writes them, or objects, or a list of them, over several lines"});
}

std::string Verdicts::summary() const {
    const std::uint64_t fine = lines_ - advised_ - marked_ - rejected_;
    if (json_) {
        ordered_json sum{
            {"lines", lines_}, {"fine", fine}, {"advice", advised_}, {"marked", marked_}, {"rejected", rejected_}};
        if (rewritten_ > 0) sum["digests_not_checked"] = rewritten_;
        return dumped(sum);
    }
    const std::string what = has_objects_ ? " object" : " line";
    std::string text = thousands(lines_) + what + (lines_ == 1 ? ": " : "s: ") + thousands(fine) + " fine, " +
                       (advised_ > 0 ? thousands(advised_) + " with advice, " : "") + thousands(marked_) + " marked, " +
                       thousands(rejected_) + " rejected";
    if (rewritten_ > 0) {
        text += "; " + thousands(rewritten_) +
                " are events, not written as they were sent: their data are judged, their digests not";
    }
    return text;
}

int Verdicts::exit_code(bool strict) const {
    if (rejected_ > 0) return some_quarantined;
    return marked_ > 0 || (strict && advised_ > 0) ? some_refused : ok;
}

}  // namespace tillpost::cli
