// SPDX-License-Identifier: Apache-2.0
#include "agent/central/own_event.hpp"

#include <array>
#include <charconv>
#include <nlohmann/json.hpp>
#include <utility>

namespace tillpost {
namespace {

using nlohmann::json;

constexpr std::size_t most_ranges = 4096;  ///< Of one `loss` event
constexpr std::size_t longest_word = 64;

/// Reads members of `data`; the first that is missing or wrong is remembered, so that one check at the end is enough.
class Members {
public:
    explicit Members(const json& value) : value_(value) {
        if (!value.is_object()) fault_ = "data is no object";
    }

    const json* find(const char* name) {
        if (!value_.is_object()) return nullptr;
        const auto found = value_.find(name);
        return found == value_.end() ? nullptr : &*found;
    }
    std::string word(const char* name) {
        const json* found = find(name);
        if (found == nullptr || !found->is_string()) return fail(name), std::string();
        const auto& text = found->get_ref<const std::string&>();
        if (text.size() > longest_word) fail(name);
        return text;
    }
    Epoch epoch() {
        const auto number = number_from_hex(word("epoch"));
        if (!number) fail("epoch");
        return number.value_or(0);
    }
    Digest digest(const char* name) {
        const auto digest = digest_from_hex(word(name));
        if (!digest) fail(name);
        return digest.value_or(Digest{});
    }
    Range range() { return range_of(find("from"), find("to"), "from, to"); }
    std::uint64_t number(const char* name) {
        const json* found = find(name);
        if (found == nullptr || !found->is_number_unsigned()) return fail(name), 0;
        return found->get<std::uint64_t>();
    }
    std::vector<Range> ranges() {
        const json* found = find("ranges");
        std::vector<Range> ranges;
        if (found == nullptr || !found->is_array() || found->empty() || found->size() > most_ranges) {
            fail("ranges");
            return ranges;
        }
        for (const json& each : *found) {
            const bool pair = each.is_array() && each.size() == 2;
            ranges.push_back(range_of(pair ? &each[0] : nullptr, pair ? &each[1] : nullptr, "ranges"));
        }
        return ranges;
    }
    void fail(const char* name) {
        if (fault_.empty()) fault_ = std::string("data has no usable ") + name;
    }
    template <class Event>
    Result<OwnEvent> finish(Event event) const {
        if (!fault_.empty()) return Error{Errc::invalid, fault_};
        return OwnEvent(std::move(event));
    }

private:
    Range range_of(const json* from, const json* to, const char* name) {
        Range range;
        for (const auto& [part, into] : {std::pair(from, &range.from), std::pair(to, &range.to)}) {
            if (part != nullptr && part->is_number_unsigned()) *into = part->get<Sequence>();
        }
        if (range.from == 0 || range.from > range.to || range.to > last_sequence) fail(name);
        return range;
    }

    const json& value_;
    std::string fault_;
};

Result<OwnEvent> read_reissued(Members data) {
    // The epoch is closed here, and what it owes comes behind events of its own: nothing to be told of lines.
    if (data.number("count") == 0) {
        (void)data.epoch();
        (void)data.word("cause");
        return data.finish(std::monostate());
    }
    const Reissued event{data.epoch(), data.range(), data.word("cause")};
    if (data.number("count") != event.range.to - event.range.from + 1) data.fail("count");
    return data.finish(event);
}

Result<OwnEvent> read_loss(Members data) {
    return data.finish(Loss{data.epoch(), data.ranges(), data.word("class"), data.word("reason")});
}

Result<OwnEvent> read_gone(Members data) {
    return data.finish(Gone{data.epoch(), data.range(), data.digest("before"), data.digest("after")});
}

/// With an "event" it names one of the stream; without, bytes that were none.
Result<OwnEvent> read_quarantined(Members data) {
    if (data.find("event") == nullptr) return OwnEvent();
    Quarantined event;
    const std::string id = data.word("event");
    event.rule = data.word("rule");
    const bool shape = id.size() == 33 && id[16] == '-';
    const auto epoch = number_from_hex(shape ? id.substr(0, 16) : "");
    const auto [end, error] =
        std::from_chars(id.data() + (shape ? 17 : id.size()), id.data() + id.size(), event.sequence);
    if (!epoch || error != std::errc() || end != id.data() + id.size()) data.fail("event");
    if (event.sequence == 0 || event.sequence > last_sequence) data.fail("event");
    event.epoch = epoch.value_or(0);
    return data.finish(event);
}

struct Type {
    std::string_view name;
    Result<OwnEvent> (*read)(Members);
};
constexpr std::array<Type, 4> types{{{"tillpost.reissued.v1", read_reissued},
                                     {"tillpost.loss.v1", read_loss},
                                     {"tillpost.gone.v1", read_gone},
                                     {"tillpost.quarantined.v1", read_quarantined}}};

}  // namespace

bool is_own_type(std::string_view type) {
    for (const Type& each : types) {
        if (each.name == type) return true;
    }
    return false;
}

Result<OwnEvent> read_own_event(std::string_view type, std::string_view data) {
    for (const Type& each : types) {
        if (each.name != type) continue;
        const json value = json::parse(data, nullptr, false);
        return each.read(Members(value));
    }
    return OwnEvent();
}

}  // namespace tillpost
