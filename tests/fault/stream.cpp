// SPDX-License-Identifier: Apache-2.0
#include "tests/fault/stream.hpp"

#include <algorithm>
#include <charconv>
#include <limits>

namespace tillpost::test {
namespace {

/// Behind `"name":`, "" without it: the journal's own events have no spaces.
std::string_view behind(std::string_view data, const std::string& name) {
    const std::string member = "\"" + name + "\":";
    const auto at = data.find(member);
    return at == std::string_view::npos ? std::string_view() : data.substr(at + member.size());
}

Sequence number_of(std::string_view text) {
    Sequence value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
}

std::string text_of(std::string_view data, const std::string& name) {
    const std::string_view value = behind(data, name);
    return value.empty() ? std::string() : std::string(value.substr(1, value.find('"', 1) - 1));
}

/// "[[1,3],[7,7]],…"
std::vector<Range> ranges_of(std::string_view text) {
    std::vector<Range> ranges;
    text.remove_prefix(std::min<std::size_t>(1, text.size()));
    while (text.starts_with('[')) {
        const auto comma = text.find(',');
        const auto end = text.find(']');
        if (comma > end || end == std::string_view::npos) break;
        ranges.push_back({number_of(text.substr(1)), number_of(text.substr(comma + 1))});
        text.remove_prefix(std::min(end + 2, text.size()));
    }
    return ranges;
}

}  // namespace

std::string data_of(std::string_view line) {
    constexpr std::string_view member = "\"data\":";
    const auto at = line.find(member);
    if (at == std::string_view::npos || line.empty()) return {};
    return std::string(line.substr(at + member.size(), line.size() - at - member.size() - 1));
}

std::optional<std::string> Stream::read(Store& store, const std::string& source) {
    const EpochSummary live = store.live();
    const auto lines = store.read({live.first, live.last}, std::numeric_limits<std::size_t>::max());
    if (!lines) return "reading failed: " + lines.error().message;
    Sha256 sha;
    Digest chain = live.first == 1 ? chain_start(sha, source, live.epoch) : live.before;
    Sequence sequence = live.first;
    for (std::size_t i = 0; i < lines->size(); ++i, ++sequence) {
        const std::string text(lines->line(i));
        const auto line = parse_line(sha, text);
        if (!line) return "event " + std::to_string(lines->first + i) + ": " + line.error().message;
        if (lines->first + i != sequence || line->sequence != sequence)
            return "there is no event " + std::to_string(sequence);
        chain = chain_next(sha, chain, live.epoch, sequence, line->digest);
        if (line->kind != Line::Kind::lost && chain != line->chain) {
            return "the chain breaks at event " + std::to_string(sequence);
        }
        chain = line->chain;
        if (auto fault = take(*line, text, first_number({live.epoch, sequence}))) return fault;
    }
    if (chain != live.head || sequence != live.last + 1) return "the head is not the newest event's chain";
    if (!runs_.empty()) return "fewer events than `reissued` said follow it";
    return std::nullopt;
}

Place Stream::first_number(const Place& own) {
    const Place first = runs_.empty() ? own : runs_.back().next;
    for (Run& run : runs_) {
        ++run.next.second;
        --run.count;
    }
    std::erase_if(runs_, [](const Run& run) { return run.count == 0; });
    return first;
}

std::optional<std::string> Stream::take(const Line& line, const std::string& text, const Place& first) {
    const Entry entry{first, line.kind, line.digest, text.substr(line_prefix_size)};
    if (line.kind == Line::Kind::lost) {
        lost.push_back(entry);
        return std::nullopt;
    }
    if (line.kind == Line::Kind::withheld) {
        if (!withheld.emplace(line.digest, entry).second)
            return "a tombstone doubled at " + std::to_string(line.sequence);
        return std::nullopt;
    }
    const std::string data = data_of(text);
    if (data.starts_with("{\"epoch\":") || data.starts_with("{\"event\":")) {
        take_own(text, data);
        return std::nullopt;
    }
    if (!whole.emplace(data, entry).second) return "doubled: " + data.substr(0, 40);
    return std::nullopt;
}

void Stream::take_own(const std::string& text, const std::string& data) {
    const Epoch epoch = number_from_hex(text_of(data, "epoch")).value_or(0);
    if (text.find("tillpost.reissued.v1") != std::string::npos) {
        const std::uint64_t count = number_of(behind(data, "count"));
        if (count != 0) runs_.push_back({{epoch, number_of(behind(data, "from"))}, count});
    } else if (text.find("tillpost.loss.v1") != std::string::npos) {
        for (const Range& range : ranges_of(behind(data, "ranges"))) {
            for (Sequence each = range.from; each <= range.to; ++each) {
                losses.push_back({{epoch, each}, text_of(data, "reason")});
            }
        }
    } else if (text.find("tillpost.quarantined.v1") != std::string::npos) {
        quarantined.push_back({text_of(data, "event"), text_of(data, "rule")});
    }
}

}  // namespace tillpost::test
