// SPDX-License-Identifier: Apache-2.0
#include "agent/forward/read_ahead.hpp"

#include <algorithm>
#include <utility>

namespace tillpost {
namespace {

bool holds(const StoredLines& lines, Sequence sequence) { return lines.first <= sequence && sequence <= lines.last(); }

std::size_t begin_of(const StoredLines& lines, std::size_t index) { return index == 0 ? 0 : lines.ends[index - 1]; }

}  // namespace

void ReadAhead::put(StoredLines lines) {
    if (lines.empty()) return;
    if (chunks_.size() == most_chunks) chunks_.erase(chunks_.begin());
    chunks_.push_back(std::move(lines));
}

std::optional<ReadAhead::Lines> ReadAhead::take(Range range, std::uint64_t bytes) {
    const auto chunk =
        std::find_if(chunks_.begin(), chunks_.end(), [&](const StoredLines& each) { return holds(each, range.from); });
    if (chunk == chunks_.end()) return std::nullopt;
    const std::size_t first = range.from - chunk->first;
    const std::size_t begin = begin_of(*chunk, first);
    const std::size_t most = std::min<std::size_t>(chunk->size(), first + (range.to - range.from + 1));
    std::size_t behind = first + 1;
    while (behind < most && chunk->ends[behind] - begin <= bytes) ++behind;

    Lines lines{{range.from, chunk->first + behind - 1}, {}};
    const std::size_t end = chunk->ends[behind - 1];
    if (behind < chunk->size()) {
        lines.text = chunk->text.substr(begin, end - begin);
        return lines;
    }
    lines.text = std::move(chunk->text);
    if (begin > 0) lines.text.erase(0, begin);
    chunks_.erase(chunk);
    return lines;
}

std::optional<Range> ReadAhead::missing(Range range) const {
    for (bool moved = true; moved && range.from <= range.to;) {
        moved = false;
        for (const StoredLines& each : chunks_) {
            if (!holds(each, range.from)) continue;
            range.from = each.last() + 1;
            moved = true;
        }
    }
    return range.from <= range.to ? std::optional(range) : std::nullopt;
}

}  // namespace tillpost
