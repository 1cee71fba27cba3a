// SPDX-License-Identifier: Apache-2.0
// What was given back of a sale, whichever of its numbers the returns name: it has several where something with a
// number of its own replaces it.
#include <algorithm>
#include <iterator>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "agent/journal/places.hpp"
#include "agent/journal/returns_before.hpp"

namespace tillpost {
namespace {

/// What returns may call one sale, where more than one event has its place.
class Account {
public:
    Account(const Places::Standing& sale, const std::vector<Places::Saying>& sayings) : now_(body_data(sale.body)) {
        for (const Places::Saying& each : sayings) {
            if (each.key.empty()) continue;
            keys_.insert(each.key);
            if (each.body != sale.body) others_.emplace_back(each.key, body_data(each.body));
        }
    }
    std::set<std::string> keys_with(const std::string& key) const {
        std::set<std::string> all = keys_;
        all.insert(key);
        return all;
    }
    /// Whether goods that are named by `key` are the same line now, whichever wording the receipt had.
    bool has_same_line(std::string_view key, const ReturnedGoods::Goods& goods) const {
        const auto same = [&](const auto& other) {
            return other.first != key || now_.has_same_line(other.second, goods);
        };
        return std::all_of(others_.begin(), others_.end(), same);
    }

private:
    SoldGoods now_;
    std::set<std::string> keys_;
    std::vector<std::pair<std::string, SoldGoods>> others_;
};

}  // namespace

/// By all returns that name the sale, or what replaces it, by `key` or, where no other sale has that one, by the key of
/// another wording.
Result<ReturnsBefore::Lines> Places::given_back(std::int64_t position, const Standing& sale, const std::string& key,
                                                ReturnsBefore& before, std::size_t& left) {
    const auto own = before.of(key);
    if (!own) return own.error();
    const auto named = body_key(sale.body);
    if (!sale.shared && (!named || named->subject == key)) return **own;
    const auto all = sayings(position, left);
    if (!all) return all.error();
    const Account account(sale, *all);
    ReturnsBefore::Lines lines;
    for (const std::string& each : account.keys_with(key)) {
        if (each != key) {
            const auto positions = store_.positions_of_key(each);
            if (!positions) return positions.error();
            const auto unique = are_among(*positions, *all, left);
            if (!unique) return unique.error();
            if (!*unique || positions->size() == most_of_one_key) continue;
        }
        const auto found = before.of(each);
        if (!found) return found.error();
        const auto counts = [&](const ReturnedGoods::Line& line) { return account.has_same_line(each, line.goods); };
        std::copy_if((*found)->begin(), (*found)->end(), std::back_inserter(lines), counts);
    }
    return lines;
}

}  // namespace tillpost
