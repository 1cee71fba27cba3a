// SPDX-License-Identifier: Apache-2.0
#include "agent/event/sold_goods.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <unordered_map>
#include <utility>

#include "agent/event/field_rules.hpp"
#include "agent/event/identifiers.hpp"
#include "agent/event/identity.hpp"
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

std::string line_name(std::string_view number) { return std::string("line/").append(without_zeros(number)); }

std::string name_in_return(const ReturnedGoods::Goods& goods) {
    return goods.line.empty() ? goods.article : line_name(goods.line);
}

/// Whether two GTINs are two articles for certain: not numbers that a price or weight is part of, or of a carton, of
/// which a piece may come back.
bool names_one_article(std::string_view gtin) {
    constexpr std::size_t longest_of_pieces = 13;
    const std::string_view digits = gtin.substr(gtin.find('/') + 1);  // without zeros in front
    if (digits.size() > longest_of_pieces) return false;
    return is_gtin(std::string(longest_of_pieces + 1 - digits.size(), '0').append(digits));
}

/// GS1's prefixes 02 and 20 to 29, and so a UPC's number system 2.
bool is_of_the_shop(std::string_view gtin) {
    const std::string_view digits = gtin.substr(gtin.find('/') + 1);
    return digits.starts_with('2') && digits.size() >= 12;
}

std::string_view number_of_item(std::string_view item) { return without_zeros(item.substr(item.find('/') + 1)); }

bool is_without_article(std::string_view kind) {
    constexpr std::array<std::string_view, 5> kinds{"deposit", "deposit_refund", "fee", "rounding", "tip"};
    return std::find(kinds.begin(), kinds.end(), kind) != kinds.end();
}

}  // namespace

SoldGoods::SoldGoods(std::string_view data) {
    Record record;
    RecordBuilder builder(record);
    if (parse_json(data, builder)) return;
    for (const Record::Object& object : record.objects()) {
        if (object.role != Role::line) continue;
        const auto number = text_or_integer(record.get(object, Name::line)).value_or(std::string_view());
        Line line;
        if (!number.empty()) line.number = line_name(number);
        line.gtin = article_by(record, object, Name::gtin);
        line.item = article_by(record, object, Name::item);
        line.unit = record.get(object, Name::unit).text();
        line.quantity = decimal_of(record.get(object, Name::quantity));
        const bool named = !line.gtin.empty() || !line.item.empty();
        line.may_be_goods = named || !is_without_article(record.get(object, Name::kind).text());
        const bool is_return = record.get(object, Name::direction).text() == "return";
        (is_return ? given_back_ : lines_).push_back(std::move(line));
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

bool SoldGoods::lacks(const ReturnedGoods::Goods& goods) const {
    if (lines_.empty()) return false;
    if (!goods.line.empty()) return lacks_line(line_name(goods.line));
    // One that is named twice is another one by both names.
    return lacks_article(goods.article) && (goods.item.empty() || has_no(goods.item));
}

bool SoldGoods::lacks_line(std::string_view name) const {
    const auto is_another = [name](const Line& line) { return !line.number.empty() && line.number != name; };
    return std::all_of(lines_.begin(), lines_.end(), is_another) &&
           std::all_of(given_back_.begin(), given_back_.end(), is_another);
}

/// Whether each line says by the same kind of identifier that it is another article.
bool SoldGoods::lacks_article(std::string_view article) const {
    const bool by_gtin = article.starts_with("gtin/");
    if (by_gtin && !names_one_article(article)) return false;
    const auto is_another = [&](const Line& line) {
        if (!line.may_be_goods) return true;
        if (!by_gtin) return !line.item.empty() && number_of_item(line.item) != number_of_item(article);
        if (line.gtin.empty() || line.gtin == article || !names_one_article(line.gtin)) return false;
        return !(is_of_the_shop(line.gtin) && is_of_the_shop(article));
    };
    return std::all_of(lines_.begin(), lines_.end(), is_another) &&
           std::all_of(given_back_.begin(), given_back_.end(), is_another);
}

/// No line has that item's number.
bool SoldGoods::has_no(std::string_view item) const {
    const auto has_it = [item](const Line& line) {
        return !line.item.empty() && number_of_item(line.item) == number_of_item(item);
    };
    return std::none_of(lines_.begin(), lines_.end(), has_it) &&
           std::none_of(given_back_.begin(), given_back_.end(), has_it);
}

bool SoldGoods::has_same_line(const SoldGoods& other, const ReturnedGoods::Goods& goods) const {
    if (goods.line.empty()) return true;
    const auto is_it = [name = line_name(goods.line)](const Line& line) { return line.number == name; };
    const auto here = std::find_if(lines_.begin(), lines_.end(), is_it);
    const auto there = std::find_if(other.lines_.begin(), other.lines_.end(), is_it);
    if (here == lines_.end() || there == other.lines_.end()) return false;
    return here->gtin == there->gtin && here->item == there->item && here->unit == there->unit;
}

/// What all returns by one name give back of what was not sold.
std::optional<SoldGoods::Balance> SoldGoods::balance_of_none(const ReturnedGoods::Line& judged,
                                                             std::span<const ReturnedGoods::Line> before) {
    std::optional<Decimal> sum = judged.quantity;
    for (const ReturnedGoods::Line& each : before) {
        if (sum && name_in_return(each.goods) == name_in_return(judged.goods)) sum = sum->plus(each.quantity);
    }
    return sum ? std::optional(Balance{*sum, Decimal()}) : std::nullopt;
}

std::optional<SoldGoods::Balance> SoldGoods::balance(const ReturnedGoods::Line& line,
                                                     std::span<const ReturnedGoods::Line> before) const {
    if (lacks(line.goods)) return balance_of_none(line, before);
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
