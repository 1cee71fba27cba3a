// SPDX-License-Identifier: Apache-2.0
#include "agent/journal/recent_keys.hpp"

#include <algorithm>
#include <utility>

#include "agent/event/event.hpp"
#include "agent/event/event_types.hpp"
#include "agent/event/identifiers.hpp"
#include "agent/event/key_rules.hpp"
#include "agent/wire/line.hpp"

namespace tillpost {
namespace {

constexpr std::size_t content_size = 16;
constexpr std::size_t minute_size = 16;  // "2026-11-23T10:15"

/// The minute of a record's own time, unless the configuration says that it may change, else its business date: what
/// comes again with the record. "" if it has neither. A view into one of the arguments.
std::string_view time_in_key(const KeyRules* keys, std::string_view type, std::string_view time,
                             std::string_view business_date) {
    const auto may_change = [&](std::string_view pointer) { return keys != nullptr && keys->changes(type, pointer); };
    if (!time.empty() && !may_change("/time")) return time.substr(0, minute_size);
    // A configuration of before could say so.
    if (may_change("/business_date")) return {};
    return is_date(business_date) ? business_date : std::string_view();
}

/// Hashes alone would scatter each commit's keys over all pages of their index; those of one minute stand together.
std::string key_by_content(std::string_view content, std::string_view when) {
    std::string key(1, content_key_sign);
    key.append(when).append("/");
    append_hex(key, {reinterpret_cast<const std::uint8_t*>(content.data()), content.size()});
    return key;
}

/// Of a body whose record has no business key.
std::string key_of_keyless(const KeyRules* keys, std::string_view body, std::string_view content) {
    // A record without a time of its own has got that of its recording.
    std::string_view time = body_attribute(body, "time");
    if (time == body_attribute(body, "recordedtime")) time = {};
    return key_by_content(content, time_in_key(keys, body_type(body), time, body_attribute(body, "businessdate")));
}

}  // namespace

void RecentKeys::add(Row row) {
    rows_.push_back(std::move(row));
    by_key_.emplace(rows_.back().key, &rows_.back());
}

void RecentKeys::unlink(const Row& row) {
    const auto [begin, end] = by_key_.equal_range(row.key);
    for (auto at = begin; at != end; ++at) {
        if (at->second != &row) continue;
        by_key_.erase(at);
        return;
    }
}

void RecentKeys::drop_upto(std::int64_t position) {
    while (!rows_.empty() && rows_.front().position <= position) {
        unlink(rows_.front());
        rows_.pop_front();
    }
}

void RecentKeys::drop_behind(std::int64_t position) {
    while (!rows_.empty() && rows_.back().position > position) {
        unlink(rows_.back());
        rows_.pop_back();
    }
}

std::int64_t RecentKeys::forget(std::int64_t upto) {
    std::int64_t newest = 0;
    while (!rows_.empty() && rows_.front().position <= upto) {
        newest = std::max(newest, rows_.front().recorded);
        unlink(rows_.front());
        rows_.pop_front();
    }
    return newest;
}

std::string content_of(Sha256& sha, const KeyRules* keys, std::string_view type, std::string_view data) {
    const auto compared = keys != nullptr ? keys->compared(type, data) : std::nullopt;
    const Digest digest = sha(compared ? std::string_view(*compared) : data);
    return std::string(view(digest).substr(0, content_size));
}

std::optional<RecentKeys::Row> key_of(Sha256& sha, const KeyRules* keys, std::int64_t position, std::int64_t recorded,
                                      std::string_view body) {
    const std::string_view data = body_data(body);
    if (data.empty()) return std::nullopt;
    auto key = body_key(body);
    if (!key && !is_known_by_content(body_type(body), body_attribute(body, "entry"))) return std::nullopt;
    const std::string content = content_of(sha, keys, body_type(body), data);
    return RecentKeys::Row{position, recorded, key ? std::move(key->subject) : key_of_keyless(keys, body, content),
                           content, position};
}

bool is_known_by_content(std::string_view type, std::string_view entry) {
    if (entry.empty() || entry == "station") return false;
    const EventType* const known = find_event_type(type);
    return known != nullptr && known->mark != nullptr && known->key != BusinessKey::none;
}

std::string keyless_key(const KeyRules* keys, const Event& event, std::string_view content) {
    return key_by_content(content, time_in_key(keys, event.type, event.time, event.business_date));
}

std::string timeless_key(std::string_view content) { return key_by_content(content, {}); }

}  // namespace tillpost
