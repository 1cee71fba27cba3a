// SPDX-License-Identifier: Apache-2.0
#include "agent/central/told.hpp"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <tuple>
#include <utility>

#include "agent/wire/line.hpp"

namespace tillpost {
namespace {

using nlohmann::json;

std::optional<Told> read_told_line(std::string_view line) {
    const json value = json::parse(line, nullptr, false);
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
    /// A sentence if it comes behind a later one.
    std::optional<std::string> add(const Told& told) {
        const std::size_t end = told.subject.rfind('/');
        if (end == std::string::npos || !seen_.insert({told.epoch, told.sequence}).second) return std::nullopt;
        Sequence& last = last_[{told.epoch, told.subject.substr(0, end)}];
        if (told.sequence > std::exchange(last, std::max(last, told.sequence))) return std::nullopt;
        return "reordered: " + event_id(told.epoch, told.sequence) + " \"" + told.subject +
               "\" was told behind an event with a later number";
    }

private:
    std::set<std::pair<Epoch, Sequence>> seen_;  ///< A repeated answer says nothing of order.
    std::map<std::pair<Epoch, std::string>, Sequence> last_;
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
        if (auto reordered = order.add(*told)) list.reordered.push_back(std::move(*reordered));
        list.told.push_back(*told);
        text.remove_prefix(last ? text.size() : end + 1);
    }
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
