// SPDX-License-Identifier: Apache-2.0
// Where events are that a fork or a salvage has given other numbers: a till that corrects one knows the first of them.
// Each run of consecutive numbers is two rows of the table `counter`, there and back; format 1 has the table, and
// programs that do not know such names leave them alone.
#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>

#include "agent/event/json_paths.hpp"
#include "agent/journal/moved.hpp"
#include "agent/journal/position.hpp"
#include "agent/journal/store.hpp"
#include "agent/wire/line.hpp"

namespace tillpost {
namespace {

using moved::back;
using moved::most_runs;
using moved::there;

constexpr int most_moves = 64;  ///< Of one event
constexpr std::size_t position_digits = 20;

std::string padded(std::int64_t position) {
    std::array<char, position_digits + 1> text{};
    (void)std::snprintf(text.data(), text.size(), "%020lld", static_cast<long long>(position));
    return text.data();
}

std::string name_of_run(std::string_view way, std::int64_t first, std::int64_t last) {
    return std::string(way) + padded(first) + "/" + padded(last);
}

/// Of "<way><20 digits>/<20 digits>" the digits that begin there; nullopt for another name.
std::optional<std::int64_t> position_in(std::string_view name, std::size_t at) {
    std::int64_t position = 0;
    const std::string_view digits = name.substr(std::min(at, name.size()), position_digits);
    const auto [end, fault] = std::from_chars(digits.data(), digits.data() + digits.size(), position);
    return fault == std::errc() && end == digits.data() + position_digits ? std::optional(position) : std::nullopt;
}

std::optional<std::int64_t> integer_of(std::string_view written) {
    std::int64_t number = 0;
    const auto [end, fault] = std::from_chars(written.data(), written.data() + written.size(), number);
    return fault == std::errc() && number > 0 ? std::optional(number) : std::nullopt;
}

/// 0: no run of that way has the position.
Result<std::int64_t> one_move(Statement& find_run, std::string_view way, std::int64_t position) {
    const std::string upto = std::string(way) + padded(position) + "/~";
    const Result<bool> row = find_run.begin().bind_text(1, way).bind_text(2, upto).step();
    if (!row) return row.error();
    std::int64_t to = 0;
    if (*row) {
        const std::string_view name = find_run.bytes(0);
        const auto first = position_in(name, way.size());
        const auto last = position_in(name, way.size() + position_digits + 1);
        if (first && last && position <= *last) to = find_run.integer(1) + (position - *first);
    }
    find_run.reset();
    return to;
}

}  // namespace

std::optional<std::pair<std::int64_t, std::int64_t>> moved::run_of(std::string_view name) {
    const auto first = position_in(name, there.size());
    const auto last = position_in(name, there.size() + position_digits + 1);
    return first && last ? std::optional(std::pair(*first, *last)) : std::nullopt;
}

/// In a transaction: `count` events from `first` on stand at `to` and behind it now.
Result<void> Store::note_moved(std::int64_t first, std::int64_t count, std::int64_t to) {
    const std::string forth = name_of_run(there, first, first + count - 1);
    if (auto done = put_counter_.begin().bind_text(1, forth).bind(2, to).run(); !done) return done;
    const std::string home = name_of_run(back, to, to + count - 1);
    return put_counter_.begin().bind_text(1, home).bind(2, first).run();
}

/// In a transaction: what other tables say of an event that has another number now. A `reissued` event that a salvage
/// brings says what was moved in the journal that was lost: the copies stood behind it under numbers of that one, where
/// it was no copy itself.
Result<void> Store::move_notes(std::int64_t from, std::int64_t to, const StoredRow& row) {
    if (auto done = move_corrected_.begin().bind(1, from).bind(2, to).run(); !done) return done;
    if (auto done = move_returned_.begin().bind(1, from).bind(2, to).run(); !done) return done;
    if (row.state != RowState::whole || body_type(row.body) != "reissued") return {};
    static const JsonPaths members({"/ordinal", "/from", "/count"});
    const auto written = members.values(body_data(row.body));
    const auto ordinal = integer_of(written[0]);
    const auto first = integer_of(written[1]);
    const auto count = integer_of(written[2]);
    if (!ordinal || !first || !count || *ordinal >= live_.ordinal) return {};
    const auto most = static_cast<std::int64_t>(last_sequence);
    if (*first > most || *count > most - *first + 1) return {};
    const Result<std::vector<std::int64_t>> before = former_places(from);
    if (!before) return before.error();
    const std::int64_t told_at = before->empty() ? from : before->back();
    return note_moved(position_at(static_cast<std::uint32_t>(*ordinal), static_cast<Sequence>(*first)), *count,
                      told_at + 1);
}

Result<void> Store::drop_oldest_runs() {
    for (const std::string_view way : {there, back}) {
        const std::string upto = std::string(way) + "~";
        drop_runs_.begin().bind_text(1, way).bind_text(2, upto);
        if (auto done = drop_runs_.bind(3, most_runs).run(); !done) return done;
    }
    return {};
}

/// Where the event is now that had that number; the same number, where it was never moved.
Result<std::int64_t> Store::moved_to(std::int64_t position) {
    for (int move = 0; move < most_moves && position >> sequence_bits != live_.ordinal; ++move) {
        const Result<std::int64_t> to = one_move(find_run_, there, position);
        if (!to) return to.error();
        if (*to == 0) break;
        position = *to;
    }
    return position;
}

/// Where the event was before, the last place first.
Result<std::vector<std::int64_t>> Store::former_places(std::int64_t position) {
    std::vector<std::int64_t> places;
    while (!formers_.empty() && places.size() < most_moves) {
        const Result<std::int64_t> from = one_move(find_run_, back, position);
        if (!from) return from.error();
        if (*from == 0) break;
        position = *from;
        places.push_back(position);
    }
    return places;
}

}  // namespace tillpost
