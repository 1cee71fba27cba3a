// SPDX-License-Identifier: Apache-2.0
#include "agent/journal/page_records.hpp"

#include <algorithm>
#include <iterator>
#include <optional>
#include <string_view>
#include <utility>

#include "agent/journal/quarantine_content.hpp"
#include "agent/wire/line.hpp"

namespace tillpost {
namespace {

std::uint64_t content_said(std::string_view data) {
    const auto digest = digest_in(data);
    return digest ? first_bytes_of(*digest) : 0;
}

/// "Q1-42" of a decision's data.
std::optional<std::int64_t> record_said(std::string_view data) {
    constexpr std::string_view name = "{\"record\":\"";
    if (!data.starts_with(name)) return std::nullopt;
    data.remove_prefix(name.size());
    return quarantine_position(data.substr(0, data.find('"')));
}

bool is_before(const PageRecords::Known& each, std::int64_t position) { return each.position < position; }

/// Sorted by position, each once.
void keep_positions(std::vector<PageRecords::Known>& all) {
    std::stable_sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.position < b.position; });
    const auto same = [](const auto& a, const auto& b) { return a.position == b.position; };
    all.erase(std::unique(all.begin(), all.end(), same), all.end());
}

}  // namespace

std::uint64_t first_bytes_of(const Digest& digest) {
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < sizeof value; ++i) value = value << 8 | digest[i];
    return value;
}

PageRecords::Known PageRecords::known(const SalvagedQuarantine::Row& row, Sha256& sha) {
    if (row.digest) return {row.position, first_bytes_of(*row.digest)};
    return {row.position, row.bytes.empty() ? 0 : first_bytes_of(sha(row.bytes))};
}

bool PageRecords::is_whole(const SalvagedQuarantine::Row& row, Sha256& sha) {
    const bool emptied = !row.decision.empty() && row.bytes.empty();
    return emptied || !row.digest || sha(row.bytes) == *row.digest;
}

template <class Each>
void PageRecords::add(std::vector<Each>& to, const Each& one) {
    if (to.size() >= 2 * most) {
        keep_best();
        is_cut_ = is_cut_ || to.size() > most;
        to.resize(std::min(to.size(), most));
    }
    to.push_back(one);
}

void PageRecords::note_row(const SalvagedQuarantine::Row& row, const Place& place) {
    const int rank = row.decision.empty() ? 0 : row.bytes.empty() ? 2 : 1;
    add(rows_, {row.position, place, static_cast<std::uint8_t>(rank)});
}

const PageRecords::Row* PageRecords::next(std::int64_t after) const {
    const auto at = std::upper_bound(rows_.begin(), rows_.end(), after,
                                     [](std::int64_t position, const Row& each) { return position < each.position; });
    return at == rows_.end() ? nullptr : &*at;
}

void PageRecords::note_event(std::int64_t position, const StoredRow& row) {
    if (row.state != RowState::whole) return;
    const std::string_view type = body_type(row.body);
    const std::string_view data = body_data(row.body);
    if (type == "quarantined") add(puts_, {position, first_bytes_of(row.digest), content_said(data)});
    if (!is_decision(type)) return;
    if (const auto record = record_said(data)) add(decided_, {*record, content_said(data)});
}

/// An event counts where its number is highest, a row as its last version.
void PageRecords::keep_best() {
    std::sort(puts_.begin(), puts_.end(), [](const Put& a, const Put& b) {
        return a.event != b.event ? a.event < b.event : a.position > b.position;
    });
    const auto same = [](const Put& a, const Put& b) { return a.event == b.event; };
    puts_.erase(std::unique(puts_.begin(), puts_.end(), same), puts_.end());
    keep_positions(decided_);
    std::sort(rows_.begin(), rows_.end(), [](const Row& a, const Row& b) {
        if (a.position != b.position) return a.position < b.position;
        if (a.rank != b.rank) return a.rank > b.rank;
        return std::pair(a.place.in_wal, a.place.page) > std::pair(b.place.in_wal, b.place.page);
    });
    const auto same_row = [](const Row& a, const Row& b) { return a.position == b.position; };
    rows_.erase(std::unique(rows_.begin(), rows_.end(), same_row), rows_.end());
}

void PageRecords::settle() {
    keep_best();
    std::erase_if(rows_, [this](const Row& row) {
        const auto at = std::lower_bound(decided_.begin(), decided_.end(), row.position, is_before);
        return row.rank == 0 && at != decided_.end() && at->position == row.position;
    });
}

std::size_t PageRecords::missing(const std::vector<Known>& given,
                                 const std::function<bool(std::int64_t)>& is_held) const {
    std::vector<Known> known = given;
    known.insert(known.end(), decided_.begin(), decided_.end());
    keep_positions(known);
    std::vector<bool> met(known.size());
    std::vector<std::uint64_t> wanted;
    for (const Put& put : puts_) {
        const auto at = std::lower_bound(known.begin(), known.end(), put.position, is_before);
        const bool there = at != known.end() && at->position == put.position;
        if (there) met[static_cast<std::size_t>(at - known.begin())] = true;
        if (!there && is_held(put.position)) wanted.push_back(put.content);
    }
    std::vector<std::uint64_t> others;
    for (std::size_t i = 0; i < known.size(); ++i) {
        if (!met[i] && known[i].content != 0) others.push_back(known[i].content);
    }
    std::sort(wanted.begin(), wanted.end());
    std::sort(others.begin(), others.end());
    std::vector<std::uint64_t> missing;
    std::set_difference(wanted.begin(), wanted.end(), others.begin(), others.end(), std::back_inserter(missing));
    return missing.size();
}

}  // namespace tillpost
