// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "agent/event/decimal.hpp"
#include "agent/event/returned_goods.hpp"

namespace tillpost {

/// What a sale sold, to hold what is given back of it against. Pure.
///
/// Returns name what they give back by the sale's line, by GTIN or by item, each as its till knows it. So more than one
/// sum must hold: of the lines that a return may mean, and of all that are the same article, whatever the returns of
/// these call it.
class SoldGoods {
public:
    /// `data`: the sale's. What is no JSON sold nothing.
    explicit SoldGoods(std::string_view data);

    struct Balance {
        Decimal given_back;
        Decimal sold;

        bool is_over() const { return given_back > sold; }
    };
    /// Of the goods that `line` gives back, it and those `before` it together; where a sum does not hold, that one.
    /// Of what the sale did not contain 0 was sold, where that is certain: it has no line of that number, or each of
    /// its lines has an identifier of the same kind, and another one. nullopt: the sale does not say how many of them
    /// it sold, or in another unit (a pack is opened, a piece weighed: that says nothing against the return), or it is
    /// too much for a number.
    std::optional<Balance> balance(const ReturnedGoods::Line& line, std::span<const ReturnedGoods::Line> before) const;

    /// The same of a sale that was taken back: nothing was sold.
    static std::optional<Balance> balance_of_none(const ReturnedGoods::Line& judged,
                                                  std::span<const ReturnedGoods::Line> before);
    /// Whether a return means the same line of both, or names none: what replaces a sale may number its lines anew.
    bool has_same_line(const SoldGoods& other, const ReturnedGoods::Goods& goods) const;

private:
    struct Line {
        std::string number, gtin, item;  ///< "line/…", "gtin/…", "item/…"; "" for what it does not say
        std::string unit;
        std::optional<Decimal> quantity;
        bool may_be_goods = true;  ///< No deposit, fee, tip or rounding that names no article.
    };
    using Chosen = std::vector<bool>;  ///< One of each line
    Chosen meant_by(const ReturnedGoods::Goods& goods) const;
    Chosen with_the_same(std::string Line::*name, const Chosen& lines) const;
    bool lacks(const ReturnedGoods::Goods& goods) const;
    bool lacks_line(std::string_view name) const;
    bool lacks_article(std::string_view article) const;
    bool has_no(std::string_view item) const;
    std::optional<Balance> balance_of(const Chosen& lines, const ReturnedGoods::Line& judged,
                                      std::span<const ReturnedGoods::Line> before) const;

    std::vector<Line> lines_;
    std::vector<Line> given_back_;  ///< In the same transaction: nothing is known of those
};

}  // namespace tillpost
