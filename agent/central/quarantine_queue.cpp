// SPDX-License-Identifier: Apache-2.0
#include "agent/central/quarantine_queue.hpp"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "agent/event/business_class.hpp"
#include "agent/event/decimal.hpp"
#include "platform/printable.hpp"

namespace tillpost {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;
using Entry = QuarantineQueue::Record;
using QueueSort = QuarantineQueue::Sort;

constexpr std::size_t most_moves = 64;     ///< From one number to the next of one event
constexpr std::size_t longest_text = 128;  ///< Of what a store says

std::string said(const json& data, const char* name) {
    const auto found = data.find(name);
    if (found == data.end() || !found->is_string()) return {};
    return found->get_ref<const std::string&>().substr(0, longest_text);
}

/// An amount may be a JSON number.
std::string amount_said(const json& data) {
    const auto found = data.find("amount");
    return found != data.end() && found->is_number() ? found->dump() : said(data, "amount");
}

int rank(const Entry& record) {
    constexpr std::array<std::string_view, 3> classes{"critical", "normal", "bulk"};
    return static_cast<int>(std::find(classes.begin(), classes.end(), record.business_class) - classes.begin());
}

std::optional<Decimal> size_of_amount(const Entry& record) {
    const auto number = Decimal::parse(record.amount);
    return number && number->is_negative() ? number->negated() : number;
}

bool goes_before(QueueSort sort, const Entry& a, const Entry& b) {
    if (sort == QueueSort::amount) {
        const auto left = size_of_amount(a);
        const auto right = size_of_amount(b);
        if (left.has_value() != right.has_value()) return left.has_value();
        if (left && a.currency != b.currency) return a.currency < b.currency;
        if (left && *left != *right) return *left > *right;
    }
    if (sort == QueueSort::record_class && rank(a) != rank(b)) return rank(a) < rank(b);
    return a.recorded < b.recorded;
}

/// What comes from a store may not command a terminal.
std::string cell(const std::string& text, std::size_t width) {
    std::string shown = text.empty() ? "-" : printable(text);
    shown.resize(std::max(shown.size() + 2, width), ' ');
    return shown;
}

std::string row_of(const Entry& record) {
    const std::string money = record.amount + (record.currency.empty() ? "" : " " + record.currency);
    const std::string rule = record.rule + (record.field.empty() ? "" : ":" + record.field);
    std::string state = record.decision.empty() ? "open" : record.decision + " " + record.decided;
    if (!record.actor.empty()) state += " by " + record.actor;
    std::string line = cell(record.recorded, 26) + cell(record.business_class, 10) + cell(record.type, 12) +
                       cell(record.till, 8) + cell(record.number, 10) + cell(record.business_date, 12) +
                       cell(money, 14) + cell(rule, 24) + cell(state, 8) + cell(record.source, 0) +
                       cell(record.event, 0);
    line.erase(line.find_last_not_of(' ') + 1);
    return line + "\n";
}

ordered_json object_of(const Entry& record) {
    ordered_json object{{"source", record.source},
                        {"event", record.event},
                        {"about", record.about},
                        {"recorded", record.recorded},
                        {"device", record.device},
                        {"rule", record.rule},
                        {"field", record.field},
                        {"digest", record.digest},
                        {"size", record.size},
                        {"type", record.type},
                        {"class", record.business_class},
                        {"till", record.till},
                        {"number", record.number},
                        {"business_date", record.business_date},
                        {"amount", record.amount},
                        {"currency", record.currency},
                        {"decision", record.decision}};
    if (record.decision.empty()) return object;
    object["decided"] = record.decided;
    object["actor"] = record.actor;
    object["reason"] = record.reason;
    object["became"] = record.became;
    return object;
}

}  // namespace

void QuarantineQueue::take(std::string_view source, Epoch epoch, Sequence sequence, std::string_view body) {
    const auto head = body_head(body);
    const json data = json::parse(head ? head->data : std::string_view(), nullptr, false);
    if (!data.is_object()) return;
    const std::string time(body_attribute(body, "recordedtime"));
    if (head->type != "quarantined") {
        decisions_.push_back({epoch, std::string(source), said(data, "quarantined"), said(data, "digest"),
                              std::string(head->type), time, said(data, "actor"), said(data, "reason"),
                              said(data, "event")});
        return;
    }
    Record record;
    record.source = source;
    record.event = event_id(epoch, sequence);
    record.about = said(data, "event");
    record.recorded = time;
    record.device = said(data, "device");
    record.rule = said(data, "rule");
    record.field = said(data, "field");
    record.digest = said(data, "digest");
    record.type = said(data, "record_type");
    record.business_class = said(data, "class");
    record.till = said(data, "till");
    record.number = said(data, "number");
    record.business_date = said(data, "business_date");
    record.amount = amount_said(data);
    record.currency = said(data, "currency");
    const auto size = data.find("size");
    if (size != data.end() && size->is_number_unsigned()) record.size = size->get<std::uint64_t>();
    by_event_.emplace(record.event, records_.size());
    by_digest_.emplace(record.source + "\n" + record.digest, records_.size());
    records_.push_back(std::move(record));
}

/// The number that the decision names; the one that the record has in the decision's own epoch, if it was moved there:
/// behind a restored image two records may have been given one number.
std::string QuarantineQueue::place_of(const Decision& decision) const {
    const auto named = number_of_event(decision.quarantined);
    if (!named) return decision.quarantined;
    std::vector<Moves::Place> places{*named};
    for (std::size_t i = 0; i < places.size() && i < most_moves; ++i) {
        if (places[i].first == decision.epoch) return event_id(places[i].first, places[i].second);
        for (const Moves::Place& next : moves_.next(places[i])) places.push_back(next);
    }
    return decision.quarantined;
}

/// By the id that the decision names; by the digest of the bytes where the record came under another number, as after a
/// fork.
QuarantineQueue::Record* QuarantineQueue::record_of(const Decision& decision) {
    for (const std::string& name : {place_of(decision), decision.quarantined}) {
        const auto named = by_event_.find(name);
        if (named != by_event_.end() && records_[named->second].source == decision.source)
            return &records_[named->second];
    }
    const auto [begin, end] = by_digest_.equal_range(decision.source + "\n" + decision.digest);
    for (auto at = begin; at != end; ++at) {
        if (records_[at->second].decision.empty()) return &records_[at->second];
    }
    return nullptr;
}

void QuarantineQueue::settle() {
    for (const Decision& decision : decisions_) {
        Record* const record = record_of(decision);
        if (record == nullptr) continue;
        record->decision = decision.word;
        record->decided = decision.time;
        record->actor = decision.actor;
        record->reason = decision.reason;
        record->became = decision.became;
    }
    decisions_.clear();
}

std::vector<Entry> QuarantineQueue::chosen(Sort sort, bool open) const {
    std::vector<Record> found;
    for (const Record& each : records_) {
        if (each.decision.empty() == open) found.push_back(each);
    }
    std::stable_sort(found.begin(), found.end(),
                     [sort](const Record& a, const Record& b) { return goes_before(sort, a, b); });
    return found;
}

std::string table_of(const QuarantineQueue& queue, QueueSort sort, bool all) {
    const auto open = queue.open(sort);
    const auto decided = queue.decided(sort);
    std::string text;
    if (!open.empty() || (all && !decided.empty())) {
        text = cell("SINCE", 26) + cell("CLASS", 10) + cell("TYPE", 12) + cell("TILL", 8) + cell("NUMBER", 10) +
               cell("DATE", 12) + cell("AMOUNT", 14) + cell("RULE", 24) + cell("STATE", 8) + "AGENT, EVENT\n";
    }
    for (const Entry& each : open) text += row_of(each);
    for (const Entry& each : all ? decided : std::vector<Entry>()) text += row_of(each);
    return text + std::to_string(open.size()) + " wait for a decision at the box, " + std::to_string(decided.size()) +
           " are decided\n";
}

std::string json_of(const QuarantineQueue& queue, QueueSort sort, bool all) {
    ordered_json list = ordered_json::array();
    const auto open = queue.open(sort);
    const auto decided = queue.decided(sort);
    for (const Entry& each : open) list.push_back(object_of(each));
    for (const Entry& each : all ? decided : std::vector<Entry>()) list.push_back(object_of(each));
    const ordered_json whole{{"open", open.size()}, {"decided", decided.size()}, {"records", std::move(list)}};
    return whole.dump(-1, ' ', true, ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace tillpost
