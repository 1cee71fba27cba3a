// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/event/decimal.hpp"
#include "agent/event/record.hpp"

namespace tillpost {

class KeyRules;

/// What a record gives back of earlier sales of this store, as far as it names them, for the rule `return_quantity`.
/// Pure values.
struct ReturnedGoods {
    /// Which goods of a sale.
    struct Goods {
        std::string line;     ///< Number of the line there, "" if it is not named; then …
        std::string article;  ///< … any line with this "gtin/…" or "item/…", "" if there is none.
        std::string unit;     ///< "" if it is not said
        std::string item{};   ///< "item/…" beside a GTIN, "" if there is none. Of the line that is judged alone.
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
/// what of it.
std::shared_ptr<const ReturnedGoods> take_returned_goods(const Record& record, const KeyRules& keys);

/// What a void with the scope post takes back, as the types' own business keys name it: of its own till and business
/// date, if it does not say another one; without what it does not say at all. "" for another scope, or of another
/// store.
std::string voided_subject(const Record& record, const KeyRules& keys);

/// The business keys under which that may be recorded by those rules, whatever it is.
std::vector<std::string> voided_keys(std::string_view data, const KeyRules& keys);

/// The business keys under which a transaction may be recorded besides, where its number is written with other zeros in
/// front: the day reads "A-007" and "A-7" as one number, too.
std::vector<std::string> other_spellings(std::string_view key);

/// What a line says of its article by one of its members, gtin or item: "gtin/…", "item/…", "" if it does not.
std::string article_by(const Record& record, const Record::Object& line, Name name);

}  // namespace tillpost
