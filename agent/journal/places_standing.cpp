// SPDX-License-Identifier: Apache-2.0
// What stands in the place of a record by now, for whoever asks what a sale sold.
#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "agent/journal/places.hpp"

namespace tillpost {
namespace {

using Is = Places::Standing::Is;

constexpr int most_followed = 16;  ///< Events from one of a place to the next, each of which is read

/// A slip of which nothing was sold, whatever lines it has.
bool is_no_sale(std::string_view body) {
    const std::string_view kind = body_attribute(body, "correctskind");
    return body_type(body) == "void" || kind == "reverse" || kind == "supplement";
}

/// Follows the events of a place, in their order.
class Walk {
public:
    Walk(std::int64_t record, std::string body) : content_(record), newest_(record), records_{record} {
        standing_.is = is_no_sale(body) ? Is::no_sale : Is::said;
        standing_.first = standing_.body = std::move(body);
    }

    /// The next one: of its record, and of which record it says that it corrects that.
    void take(std::int64_t record, std::int64_t corrects, std::string body) {
        const std::string_view kind = body_attribute(body, "correctskind");
        const bool is_void = body_type(body) == "void";
        is_shared();
        const bool is_known = std::find(records_.begin(), records_.end(), record) != records_.end();
        if (is_known) {
            if (record == content_ && kind == "replace") standing_.body = std::move(body);
            return;
        }
        const bool was_out = standing_.is == Is::taken_back;
        // Which of the two a post-void names, its number would have to be looked for.
        if (was_out && is_void) return give_up();
        const bool replaces = kind == "replace" && !is_void;
        const bool puts_back = was_out && corrects == newest_;
        standing_.is = replaces || puts_back ? Is::said : Is::taken_back;
        if (replaces) {
            content_ = record;
            standing_.body = std::move(body);
            standing_.replaced = true;
        }
        newest_ = record;
        records_.push_back(record);
    }
    void is_shared() { standing_.shared = true; }
    void give_up() { standing_.is = Is::unknown; }
    bool goes_on() const { return standing_.is == Is::said || standing_.is == Is::taken_back; }
    Places::Standing standing() && { return std::move(standing_); }

private:
    Places::Standing standing_;
    std::int64_t content_;  ///< The record that says what stands there, or stood there last
    std::int64_t newest_;
    std::vector<std::int64_t> records_;
};

}  // namespace

/// "" too if it is more than may be looked at.
Result<std::string> Places::held_body(std::int64_t position, std::size_t& left) {
    Result<std::string> body = held_body(position);
    if (!body) return body;
    if (body->size() > left) return std::string();
    left -= body->size();
    return body;
}

Result<Places::Standing> Places::standing(std::int64_t position, std::size_t& left) {
    const Result<std::int64_t> begin = store_.moved_to(position);
    if (!begin) return begin.error();
    std::int64_t at = *begin;
    Result<std::string> body = held_body(at, left);
    if (!body) return body.error();
    if (body->empty()) return Standing();
    const auto first = position_of_id(body_attribute(*body, "mapsagain"));
    if (!first) return first.error();
    const bool has_former = !body_attribute(*body, "corrects").empty();
    Walk walk(first->value_or(at), std::move(*body));
    if (has_former) walk.is_shared();
    for (int step = 0; walk.goes_on(); ++step) {
        const Result<std::int64_t> by = corrected_by(at);
        if (!by) return by.error();
        if (*by <= at) break;
        at = *by;
        body = held_body(at, left);
        if (!body) return body.error();
        if (body->empty() || step == most_followed) return Standing();
        const auto record = position_of_id(body_attribute(*body, "mapsagain"));
        if (!record) return record.error();
        const auto named = position_of_id(body_attribute(*body, "corrects"));
        if (!named) return named.error();
        const Result<std::int64_t> corrects = *named ? record_of(**named) : Result<std::int64_t>(0);
        if (!corrects) return corrects.error();
        walk.take(record->value_or(at), *corrects, std::move(*body));
    }
    return std::move(walk).standing();
}

/// All in the place of the record at `position`, that one too, as far as they are followed; none where it is not among
/// them.
Result<std::vector<Places::Saying>> Places::sayings(std::int64_t position, std::size_t& left) {
    std::vector<Saying> found;
    const Result<std::int64_t> named = store_.moved_to(position);
    if (!named) return named.error();
    const Result<std::int64_t> place = place_of(*named);
    if (!place) return place.error();
    bool has_it = false;
    std::int64_t at = *place;
    for (int step = 0; step <= most_followed; ++step) {
        Result<std::string> body = held_body(at, left);
        if (!body) return body.error();
        if (body->empty()) break;
        has_it = has_it || at == *named;
        auto key = is_no_sale(*body) ? std::nullopt : body_key(*body);
        found.push_back({at, key ? std::move(key->subject) : std::string(), std::move(*body)});
        const Result<std::int64_t> by = corrected_by(at);
        if (!by) return by.error();
        if (*by <= at) break;
        at = *by;
    }
    if (!has_it) found.clear();
    return found;
}

/// Whether each of those events that sold something is one of them.
Result<bool> Places::are_among(const std::vector<std::int64_t>& positions, const std::vector<Saying>& sayings,
                               std::size_t& left) {
    for (const std::int64_t position : positions) {
        const Result<std::int64_t> now = store_.moved_to(position);
        if (!now) return now.error();
        const auto is_it = [&](const Saying& each) { return each.position == *now; };
        if (std::any_of(sayings.begin(), sayings.end(), is_it)) continue;
        const Result<std::string> body = held_body(*now, left);
        if (!body) return body.error();
        if (body->empty() || !is_no_sale(*body)) return false;
    }
    return true;
}

}  // namespace tillpost
