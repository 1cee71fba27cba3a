// SPDX-License-Identifier: Apache-2.0
#include "agent/event/sold_goods.hpp"

#include <algorithm>
#include <set>
#include <unordered_map>
#include <utility>

#include "agent/event/field_rules.hpp"
#include "agent/event/json_handler.hpp"
#include "agent/event/record.hpp"
#include "agent/event/record_builder.hpp"

namespace tillpost {
namespace {

/// What returns give back under one name, and where the lines of that name are.
struct GivenBack {
    std::optional<Decimal> quantity = Decimal();
    std::optional<Decimal> most{};  ///< Of a line that is not judged now: what is beyond it was marked when it came.
    bool inside = false;
    bool outside = false;

    std::optional<Decimal> counted() const { return most && quantity && *quantity > *most ? most : quantity; }
};

std::string name_in_return(const ReturnedGoods::Goods& goods) {
    return goods.line.empty() ? goods.article : std::string("line/").append(goods.line);
}

}  // namespace

SoldGoods::SoldGoods(std::string_view data) {
    Record record;
    RecordBuilder builder(record);
    if (parse_json(data, builder)) return;
    for (const Record::Object& object : record.objects()) {
        if (object.role != Role::line || record.get(object, Name::direction).text() == "return") continue;
        const auto number = text_or_integer(record.get(object, Name::line)).value_or(std::string_view());
        Line line;
        if (!number.empty()) line.number = std::string("line/").append(number);
        line.gtin = article_by(record, object, Name::gtin);
        line.item = article_by(record, object, Name::item);
        line.unit = record.get(object, Name::unit).text();
        line.quantity = decimal_of(record.get(object, Name::quantity));
        lines_.push_back(std::move(line));
    }
}

SoldGoods::Chosen SoldGoods::meant_by(const ReturnedGoods::Goods& goods) const {
    const std::string name = name_in_return(goods);
    Chosen chosen(lines_.size());
    for (std::size_t at = 0; at < lines_.size(); ++at) {
        const Line& line = lines_[at];
        chosen[at] = line.number == name || line.gtin == name || line.item == name;
    }
    return chosen;
}

SoldGoods::Chosen SoldGoods::with_the_same(std::string Line::*name, const Chosen& lines) const {
    std::set<std::string_view> names;
    for (std::size_t at = 0; at < lines_.size(); ++at) {
        if (lines[at] && !(lines_[at].*name).empty()) names.insert(lines_[at].*name);
    }
    Chosen chosen = lines;
    for (std::size_t at = 0; at < lines_.size(); ++at) chosen[at] = chosen[at] || names.contains(lines_[at].*name);
    return chosen;
}

/// Of the returns that can mean none but these lines: what may mean another one, too, says nothing of them.
std::optional<SoldGoods::Balance> SoldGoods::balance_of(const Chosen& lines, const ReturnedGoods::Line& judged,
                                                        std::span<const ReturnedGoods::Line> before) const {
    const std::string_view unit = judged.goods.unit;
    std::unordered_map<std::string, GivenBack> given;
    given[name_in_return(judged.goods)].quantity = judged.quantity;
    for (const ReturnedGoods::Line& each : before) {
        std::optional<Decimal>& sum = given[name_in_return(each.goods)].quantity;
        if (sum) sum = sum->plus(each.quantity);
    }
    std::optional<Decimal> sold;
    for (std::size_t at = 0; at < lines_.size(); ++at) {
        const Line& line = lines_[at];
        for (const std::string* const name : {&line.number, &line.gtin, &line.item}) {
            const auto found = given.find(*name);
            if (found == given.end()) continue;
            (lines[at] ? found->second.inside : found->second.outside) = true;
            if (name == &line.number && *name != name_in_return(judged.goods)) found->second.most = line.quantity;
        }
        if (!lines[at]) continue;
        const bool other_unit = !line.unit.empty() && !unit.empty() && line.unit != unit;
        if (!line.quantity || other_unit) return std::nullopt;
        sold = sold ? sold->plus(*line.quantity) : line.quantity;
        if (!sold) return std::nullopt;
    }
    std::optional<Decimal> sum = Decimal();
    for (const auto& [name, back] : given) {
        if (!back.inside || back.outside) continue;
        const auto counted = back.counted();
        sum = counted ? sum->plus(*counted) : std::nullopt;
        if (!sum) return std::nullopt;
    }
    return sold ? std::optional(Balance{*sum, *sold}) : std::nullopt;
}

std::optional<SoldGoods::Balance> SoldGoods::balance(const ReturnedGoods::Line& line,
                                                     std::span<const ReturnedGoods::Line> before) const {
    const Chosen meant = meant_by(line.goods);
    const auto first = balance_of(meant, line, before);
    if (!first || first->is_over()) return first;
    for (std::string Line::*const name : {&Line::gtin, &Line::item}) {
        const auto wider = balance_of(with_the_same(name, meant), line, before);
        if (wider && wider->is_over()) return wider;
    }
    return first;
}

}  // namespace tillpost
