// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/event/decimal.hpp"

namespace tillpost {

class KeyRules;
class Record;

/// What a record gives back of earlier sales of this store, as far as it names them, for the rule `return_quantity`.
/// Pure values.
struct ReturnedGoods {
    /// Which goods of a sale.
    struct Goods {
        std::string line;     ///< Number of the line there, "" if it is not named; then …
        std::string article;  ///< … all lines with this "gtin/…" or "item/…", "" if there is none.
        std::string unit;     ///< "" if it is not said
    };
    struct Line {
        std::string field;     ///< JSON pointer to the quantity
        std::string original;  ///< Business key of the sale
        Goods goods;
        Decimal quantity;
    };
    std::vector<Line> lines;

    static constexpr std::size_t most_lines = 256;  ///< What is beyond is not compared.
};

/// nullptr for a record without a returned line that names till, business date and number of a sale of this store, and
/// what of it. `keys`: nullptr for each type's own; `store`: "" if it is not known which one this is.
std::shared_ptr<const ReturnedGoods> take_returned_goods(const Record& record, const KeyRules* keys,
                                                         std::string_view store);

/// Business key of the transaction that a void with the scope post takes back: of its own till and business date, if it
/// does not say another one; "" for another scope, or of another store.
std::string voided_subject(const Record& record, const KeyRules* keys, std::string_view store);

/// How many of those goods were sold by a sale, its data given; nullopt if it does not say so, or in another unit.
std::optional<Decimal> sold_quantity(std::string_view data, const ReturnedGoods::Goods& goods);

}  // namespace tillpost
