// SPDX-License-Identifier: Apache-2.0
#include "agent/journal/offline/record_check.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>

#include "agent/journal/position.hpp"
#include "agent/journal/store.hpp"
#include "agent/wire/json_members.hpp"

namespace tillpost {
namespace {

using nlohmann::json;

bool has_size(const json& data) {
    const auto found = data.is_object() ? data.find("size") : data.end();
    return data.is_object() && found != data.end() && found->is_number_unsigned() && found->get<std::uint64_t>() > 0;
}

std::int64_t user_in(const json& data) {
    const auto found = data.is_object() ? data.find("user") : data.end();
    return data.is_object() && found != data.end() && found->is_number_integer() ? found->get<std::int64_t>() : 0;
}

std::string name_of(std::int64_t user, const std::string& actor) {
    return "user " + std::to_string(user) + (actor.empty() ? "" : " (" + actor + ")");
}

std::optional<std::uint32_t> ordinal_of(const std::vector<JournalFile::FileEpoch>& epochs, Epoch epoch) {
    for (const JournalFile::FileEpoch& each : epochs) {
        if (each.summary.epoch == epoch) return each.summary.ordinal;
    }
    return std::nullopt;
}

}  // namespace

void RecordCheck::row(Epoch epoch, const JournalFile::Row& row) {
    ++rows_;
    // Decisions are neither shed nor too large for a broker.
    const bool may_be_one = row.state == RowState::lost || row.reason == "erased" || row.reason == damaged_reason;
    if (row.state != RowState::whole && may_be_one) {
        if (absent_.size() == most_followed) last_absent_ = rows_;
        if (absent_.size() < most_followed) absent_.push_back({epoch, row.sequence, rows_, false});
    }
    if (row.state != RowState::whole) return;
    const std::string_view type = body_type(row.body);
    const std::string_view text = body_data(row.body);
    if (type == "reissued") {
        const json data = json::parse(text, nullptr, false);
        const auto former = number_from_hex(text_in(data, "epoch"));
        (void)numbers_.take({epoch, row.sequence}, text);
        if (former && text_in(data, "cause") == "salvage") salvaged_.insert(*former);
    } else if (type == "quarantined" && puts_.size() < most_followed) {
        puts_.push_back({epoch, row.sequence, rows_, has_size(json::parse(text, nullptr, false))});
    } else if ((type == "released" || type == "corrected" || type == "discarded") &&
               decisions_.size() < most_followed) {
        const json data = json::parse(text, nullptr, false);
        decisions_[std::string(text_in(data, "record"))] = {std::string(type), event_id(epoch, row.sequence),
                                                            user_in(data), std::string(text_in(data, "actor"))};
    }
}

/// Under which number it was recorded: tables beside the events have that one.
std::optional<std::int64_t> RecordCheck::first_position(const Put& row,
                                                        const std::vector<JournalFile::FileEpoch>& epochs) const {
    const auto [epoch, sequence] = numbers_.of({row.epoch, row.sequence}).back();
    const auto ordinal = ordinal_of(epochs, epoch);
    return ordinal ? std::optional(position_at(*ordinal, sequence)) : std::nullopt;
}

/// What has a business key was a record; a decision has none.
Result<void> RecordCheck::find_last_absent(JournalFile& file, const std::vector<JournalFile::FileEpoch>& epochs) {
    for (auto row = absent_.rbegin(); row != absent_.rend() && row->at > last_absent_; ++row) {
        const auto position = first_position(*row, epochs);
        const Result<std::int64_t> keys =
            position ? file.integer("SELECT count(*) FROM business_key WHERE position = " + std::to_string(*position))
                     : Result<std::int64_t>(0);
        if (!keys) return keys.error();
        if (*keys == 0) last_absent_ = row->at;
    }
    return {};
}

bool RecordCheck::salvaged(const Put& put) const {
    const auto numbers = numbers_.of({put.epoch, put.sequence});
    return std::any_of(numbers.begin(), numbers.end(),
                       [this](const auto& number) { return salvaged_.contains(number.first); });
}

void RecordCheck::compare(const Put& put, std::int64_t position,
                          const std::map<std::int64_t, JournalFile::Record>& records, const Visit& visit) const {
    const std::string id = quarantine_id(position);
    const auto record = records.find(position);
    const auto decision = decisions_.find(id);
    const bool here = record != records.end();
    const std::string put_by = " (event " + event_id(put.epoch, put.sequence) + " put it there)";
    std::string what;
    if (decision == decisions_.end()) {
        if (!here) what = "the record " + id + put_by + " is undecided by the events, and is not here";
        if (here && !record->second.decision.empty()) {
            what = "the record " + id + put_by + " is \"" + record->second.decision +
                   "\" in the table of quarantine, and no event says so";
        }
        const bool blind = put.at < last_absent_ || salvaged(put);
        if (!what.empty() && blind) {
            return visit.doubt(what +
                               ": what decided on it may be among the events that are lost or erased, or it was "
                               "lost with a damaged journal");
        }
        const bool emptied = here && what.empty() && put.has_content && record->second.bytes == 0;
        if (emptied) what = "the record " + id + put_by + " is undecided, and its content is not here";
    } else if (here && record->second.decision != decision->second.word) {
        const std::string& word = record->second.decision;
        what = "the record " + id + " was " + decision->second.word + ", as " + decision->second.event +
               " says, and is " + (word.empty() ? "open" : "\"" + word + "\"") + " in the table of quarantine";
    } else if (here) {
        const std::string said = name_of(decision->second.user, decision->second.actor);
        const std::string kept = name_of(record->second.user, record->second.actor);
        if (said != kept) {
            what = "the record " + id + " was " + decision->second.word + " by " + said + ", as " +
                   decision->second.event + " says, and by " + kept + " in the table of quarantine";
        }
    }
    if (!what.empty()) visit.fault(put.epoch, put.sequence, std::move(what));
}

Result<void> RecordCheck::finish(JournalFile& file, const std::vector<JournalFile::FileEpoch>& epochs,
                                 const Visit& visit) {
    std::map<std::int64_t, JournalFile::Record> records;
    const auto keep = [&records](const JournalFile::Record& record) { records.emplace(record.position, record); };
    if (auto done = file.each_record(keep); !done) return done;
    if (auto done = find_last_absent(file, epochs); !done) return done;
    std::set<std::int64_t> known;
    for (const Put& put : puts_) {
        const auto position = first_position(put, epochs);
        if (!position) continue;
        known.insert(*position);
        compare(put, *position, records, visit);
    }
    if (puts_.size() == most_followed || epochs.empty() || !epochs.back().live) return {};
    const EpochSummary& live = epochs.back().summary;
    for (const auto& [position, record] : records) {
        const Sequence sequence = sequence_at(position);
        const bool of_live = position >> sequence_bits == live.ordinal && sequence >= live.first;
        if (!of_live || known.contains(position) || !file.is_whole(position)) continue;
        visit.fault(live.epoch, sequence,
                    "the record " + quarantine_id(position) + " is in quarantine, and " +
                        event_id(live.epoch, sequence) + " did not put it there");
    }
    return {};
}

}  // namespace tillpost
