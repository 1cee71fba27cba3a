// SPDX-License-Identifier: Apache-2.0
#include "agent/central/told.hpp"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <tuple>
#include <utility>

#include "agent/event/json_nul.hpp"
#include "agent/wire/line.hpp"

namespace tillpost {
namespace {

using nlohmann::json;

std::optional<Told> read_told_line(std::string_view line) {
    const json value = has_nul(line) ? json() : json::parse(line, nullptr, false);
    if (!value.is_object()) return std::nullopt;
    const auto epoch = value.find("epoch");
    const auto sequence = value.find("sequence");
    const auto subject = value.find("subject");
    if (epoch == value.end() || !epoch->is_string() || sequence == value.end() || !sequence->is_number_unsigned()) {
        return std::nullopt;
    }
    Told told;
    const auto number = number_from_hex(epoch->get_ref<const std::string&>());
    told.sequence = sequence->get<Sequence>();
    if (!number || told.sequence == 0 || told.sequence > last_sequence) return std::nullopt;
    told.epoch = *number;
    if (subject != value.end() && subject->is_string()) told.subject = subject->get<std::string>();
    return told;
}

/// Watches the order in which a till is told of its events. Its day's numbers begin behind the last '/' of the subject.
class ToldOrder {
public:
    void add(const Told& told) {
        const auto [first, is_new] = seen_.try_emplace({told.epoch, told.sequence}, told.subject);
        if (!is_new && first->second != told.subject) two_lives_.insert(told.epoch);
        const std::size_t end = told.subject.rfind('/');
        if (!is_new || end == std::string::npos) return;  // A repeated answer says nothing of order.
        Sequence& last = last_[{told.epoch, told.subject.substr(0, end)}];
        if (told.sequence <= std::exchange(last, std::max(last, told.sequence))) behind_.push_back(told);
    }

    /// A sentence for each event that came behind a later one. A journal restored from an old image gives numbers
    /// again, until central tells it: between the numbers of two lives there is no order. Whether each event of both
    /// arrived, under its later number, is seen without.
    std::vector<std::string> reordered() const {
        std::vector<std::string> all;
        for (const Told& told : behind_) {
            if (two_lives_.count(told.epoch) != 0) continue;
            all.push_back("reordered: " + event_id(told.epoch, told.sequence) + " \"" + told.subject +
                          "\" was told behind an event with a later number");
        }
        return all;
    }

private:
    std::map<std::pair<Epoch, Sequence>, std::string> seen_;  ///< What was told first under the number
    std::map<std::pair<Epoch, std::string>, Sequence> last_;
    std::set<Epoch> two_lives_;  ///< A number of it was told of two events.
    std::vector<Told> behind_;
};

}  // namespace

Result<ToldList> read_told(std::string_view text) {
    ToldList list;
    ToldOrder order;
    while (!text.empty()) {
        const std::size_t end = text.find('\n');
        const bool last = end == std::string_view::npos;
        const auto told = read_told_line(text.substr(0, end));
        ++list.lines;
        if (!told && last) {
            list.torn = true;
            break;
        }
        if (!told) {
            return Error{Errc::invalid, "line " + std::to_string(list.lines) +
                                            " is not {\"epoch\":\"<16 hex>\",\"sequence\":<number>,…}"};
        }
        order.add(*told);
        list.told.push_back(*told);
        text.remove_prefix(last ? text.size() : end + 1);
    }
    list.reordered = order.reordered();
    std::sort(list.told.begin(), list.told.end(), [](const Told& a, const Told& b) {
        return std::tie(a.epoch, a.sequence, a.subject) < std::tie(b.epoch, b.sequence, b.subject);
    });
    const auto same = [](const Told& a, const Told& b) {
        return std::tie(a.epoch, a.sequence, a.subject) == std::tie(b.epoch, b.sequence, b.subject);
    };
    list.told.erase(std::unique(list.told.begin(), list.told.end(), same), list.told.end());
    return list;
}

}  // namespace tillpost
