// SPDX-License-Identifier: Apache-2.0
#include "agent/central/times.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <tuple>

#include "agent/event/json_text.hpp"
#include "platform/printable.hpp"

namespace tillpost {
namespace {

/// "2026-11-23T10:15:30.123Z", as rfc3339() writes it.
std::optional<WallTime> time_from(std::string_view text) {
    if (text.size() != 24) return std::nullopt;
    int parts[7] = {};
    const std::pair<std::size_t, std::size_t> places[] = {{0, 4}, {5, 2}, {8, 2}, {11, 2}, {14, 2}, {17, 2}, {20, 3}};
    for (std::size_t i = 0; i < std::size(places); ++i) {
        const std::string_view digits = text.substr(places[i].first, places[i].second);
        const auto [end, error] = std::from_chars(digits.begin(), digits.end(), parts[i]);
        if (error != std::errc() || end != digits.end()) return std::nullopt;
    }
    const std::chrono::year_month_day day{std::chrono::year(parts[0]),
                                          std::chrono::month(static_cast<unsigned>(parts[1])),
                                          std::chrono::day(static_cast<unsigned>(parts[2]))};
    if (!day.ok()) return std::nullopt;
    const WallTime time = std::chrono::sys_days(day) + std::chrono::hours(parts[3]) + std::chrono::minutes(parts[4]) +
                          std::chrono::seconds(parts[5]) + Millis(parts[6]);
    return rfc3339(time) == text ? std::optional(time) : std::nullopt;
}

std::string shift_of(const Stretch& stretch) {
    if (!stretch.offset) return "not known: no event of that boot has a synchronised clock";
    const auto seconds = [](Millis shift) {
        std::array<char, 32> text{};
        std::snprintf(text.data(), text.size(), "%+.3f s", static_cast<double>(shift.count()) / 1'000);
        return std::string(text.data());
    };
    const std::string first = seconds(stretch.right_from() - stretch.from);
    const std::string last = seconds(stretch.right_to() - stretch.to);
    return first == last ? first : first + " to " + last;
}

}  // namespace

std::optional<EventTime> event_time(std::string_view body) {
    EventTime time;
    time.boot = body_attribute(body, "bootid");
    const std::string_view monotonic = body_attribute(body, "monotonic");
    std::int64_t since_boot = 0;
    const auto [end, error] = std::from_chars(monotonic.begin(), monotonic.end(), since_boot);
    const std::optional<WallTime> wall = time_from(body_attribute(body, "recordedtime"));
    const std::string_view clock = body_attribute(body, "clock");
    const bool good = !monotonic.empty() && error == std::errc() && end == monotonic.end() && since_boot >= 0;
    if (time.boot.empty() || !good || !wall || (clock != "synced" && clock != "unsynced")) return std::nullopt;
    time.since_boot = Millis(since_boot);
    time.wall = *wall;
    time.synced = clock == "synced";
    return time;
}

void TimeRepair::add(std::string_view source, Epoch epoch, Sequence sequence, const EventTime& time) {
    const Millis offset = time.wall.time_since_epoch() - time.since_boot;
    if (!pieces_.empty()) {
        Piece& last = pieces_.back();
        const bool goes_on = last.stretch.source == source && last.stretch.boot == time.boot &&
                             last.stretch.epoch == epoch && last.synced == time.synced &&
                             time.since_boot >= last.stretch.end &&
                             std::chrono::abs(offset - last.last_offset()) <= same_offset;
        if (goes_on) {
            last.stretch.end = time.since_boot;
            last.stretch.last = sequence;
            last.stretch.to = time.wall;
            ++last.stretch.events;
            return;
        }
    }
    Piece piece;
    piece.stretch = {std::string(source), time.boot, epoch,           sequence,        sequence,    1,
                     time.wall,           time.wall, time.since_boot, time.since_boot, std::nullopt};
    piece.synced = time.synced;
    pieces_.push_back(std::move(piece));
}

std::vector<Stretch> TimeRepair::finish() {
    std::sort(pieces_.begin(), pieces_.end(), [](const Piece& a, const Piece& b) {
        return std::tie(a.stretch.source, a.stretch.boot, a.stretch.begin) <
               std::tie(b.stretch.source, b.stretch.boot, b.stretch.begin);
    });
    const auto of_boot = [](const Piece* right, const Piece& piece) {
        return right != nullptr && right->stretch.source == piece.stretch.source &&
               right->stretch.boot == piece.stretch.boot;
    };
    const Piece* right = nullptr;  // the last one before whose clock was synchronised; then the next one behind
    for (Piece& piece : pieces_) {
        if (piece.synced) right = &piece;
        if (!piece.synced && of_boot(right, piece)) piece.stretch.offset = right->last_offset();
    }
    right = nullptr;
    for (auto piece = pieces_.rbegin(); piece != pieces_.rend(); ++piece) {
        if (piece->synced) right = &*piece;
        if (!piece->synced && of_boot(right, *piece)) piece->stretch.offset = right->first_offset();
    }
    std::vector<Stretch> found;
    for (const Piece& piece : pieces_) {
        if (!piece.synced) found.push_back(piece.stretch);
    }
    return found;
}

Result<std::vector<Stretch>> unsynchronised(CentralStore& store, const std::optional<std::string>& source) {
    TimeRepair repair;
    const auto visit = [&repair](const CentralStore::Row& row) -> Result<void> {
        if (!row.effect || row.held.kind != Line::Kind::event) return {};  // a copy's time stands with its first
        if (const auto time = event_time(row.body)) repair.add(row.source, row.epoch, row.sequence, *time);
        return {};
    };
    if (auto done = store.each(source, visit); !done) return done.error();
    return repair.finish();
}

std::string times_table(const std::vector<Stretch>& stretches) {
    std::string text;
    for (const Stretch& each : stretches) {
        text += printable(each.source + " boot " + each.boot) + ": " + event_id(each.epoch, each.first) + " to " +
                std::to_string(each.last) + ", " + std::to_string(each.events) + " events, recorded " +
                rfc3339(each.from) + " to " + rfc3339(each.to) + ", shift " + shift_of(each);
        if (each.offset) {
            text += ": " + rfc3339(each.right_from()) + " to " + rfc3339(each.right_to()) + ", monotonic + " +
                    std::to_string(each.offset->count()) + " ms";
        }
        text += "\n";
    }
    return text.empty() ? "all events were recorded with a synchronised clock\n" : text;
}

std::string times_json(const std::vector<Stretch>& stretches) {
    std::string text = "[";
    for (const Stretch& each : stretches) {
        text += text.size() > 1 ? ",\n {\"source\":" : "{\"source\":";
        append_json_string(text, each.source);
        text += ",\"boot\":";
        append_json_string(text, printable(each.boot));
        text += ",\"epoch\":\"" + to_hex(each.epoch) + "\",\"first\":" + std::to_string(each.first) +
                ",\"last\":" + std::to_string(each.last) + ",\"events\":" + std::to_string(each.events) +
                ",\"recorded_from\":\"" + rfc3339(each.from) + "\",\"recorded_to\":\"" + rfc3339(each.to) + "\"";
        if (each.offset) {
            text += ",\"offset_ms\":" + std::to_string(each.offset->count()) +
                    ",\"shift_ms\":" + std::to_string((each.right_from() - each.from).count()) +
                    ",\"repaired_from\":\"" + rfc3339(each.right_from()) + "\",\"repaired_to\":\"" +
                    rfc3339(each.right_to()) + "\"";
        }
        text += "}";
    }
    return text + "]\n";
}

}  // namespace tillpost
