// SPDX-License-Identifier: Apache-2.0
#include "agent/journal/page_records.hpp"

#include <algorithm>
#include <iterator>
#include <optional>
#include <string_view>

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

void PageRecords::note_event(std::int64_t position, const StoredRow& row) {
    if (row.state != RowState::whole) return;
    const std::string_view type = body_type(row.body);
    const bool puts = type == "quarantined";
    const bool decides = type == "released" || type == "corrected" || type == "discarded";
    if (!(puts || decides) || !has_room()) return;
    const std::string_view data = body_data(row.body);
    if (puts) puts_.push_back({position, first_bytes_of(row.digest), content_said(data)});
    const auto record = decides ? record_said(data) : std::nullopt;
    if (record) decided_.push_back({*record, content_said(data)});
}

bool PageRecords::has_room() {
    const auto full = [this] { return puts_.size() >= most || decided_.size() >= most; };
    if (full()) keep_best();
    return !full();
}

/// An event counts where its number is highest.
void PageRecords::keep_best() {
    std::sort(puts_.begin(), puts_.end(), [](const Put& a, const Put& b) {
        return a.event != b.event ? a.event < b.event : a.position > b.position;
    });
    const auto same = [](const Put& a, const Put& b) { return a.event == b.event; };
    puts_.erase(std::unique(puts_.begin(), puts_.end(), same), puts_.end());
    keep_positions(decided_);
}

void PageRecords::settle() { keep_best(); }

std::size_t PageRecords::missing(const std::vector<Known>& given,
                                 const std::function<bool(std::int64_t)>& is_held) const {
    std::vector<Known> known = given;
    known.insert(known.end(), decided_.begin(), decided_.end());
    keep_positions(known);
    std::vector<bool> met(known.size());
    std::vector<std::uint64_t> wanted;
    for (const Put& put : puts_) {
        const auto at = std::lower_bound(known.begin(), known.end(), put.position,
                                         [](const Known& each, std::int64_t other) { return each.position < other; });
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
