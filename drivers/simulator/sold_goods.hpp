// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <vector>

#include "drivers/simulator/basket.hpp"

namespace tillpost::simulator {

/// What the latest sales sold and nobody has brought back yet. Nothing comes back twice, and no more money goes out
/// for a line than came in for it.
class SoldGoods {
public:
    /// Remembers that many sales; a further one takes the place of the oldest.
    explicit SoldGoods(std::size_t most_sales = 2'048) : most_sales_(most_sales) {}

    /// Remembers the lines that sell; those that return are passed over.
    void add(const Key& sale, const std::vector<Item>& items);
    /// Returned items, at least one and at most `most`, all of one sale; empty when nothing suitable was found.
    std::vector<Item> take_back(Random& random, std::size_t most);

private:
    struct Line {
        const Article* article;
        std::int64_t line;
        Thousandths quantity;
        Cents discount;
    };
    struct Sale {
        Key key;
        std::vector<Line> lines;
    };
    static Item take_back(Random& random, const Key& sale, Line& line);

    std::size_t most_sales_;
    std::size_t next_ = 0;
    std::vector<Sale> sales_;
};

}  // namespace tillpost::simulator
