// SPDX-License-Identifier: Apache-2.0
#include "drivers/simulator/sold_goods.hpp"

namespace tillpost::simulator {
namespace {

constexpr int tries = 8;  ///< To find a sale that has something left.

}  // namespace

void SoldGoods::add(const Key& sale, const std::vector<Item>& items) {
    if (sales_.size() < most_sales_) sales_.emplace_back();
    Sale& place = sales_[next_];
    next_ = (next_ + 1) % most_sales_;
    place.key = sale;
    place.lines.clear();
    std::int64_t number = 0;
    for (const Item& item : items) {
        ++number;
        if (!item.returned) place.lines.push_back({item.article, number, item.quantity, item.discount});
    }
}

std::vector<Item> SoldGoods::take_back(Random& random, std::size_t most) {
    std::vector<Item> items;
    if (sales_.empty()) return items;
    for (int i = 0; i < tries && items.empty(); ++i) {
        Sale& sale = sales_[random.below(static_cast<std::uint32_t>(sales_.size()))];
        for (Line& line : sale.lines) {
            if (items.size() == most) break;
            if (line.quantity > 0) items.push_back(take_back(random, sale.key, line));
        }
    }
    return items;
}

Item SoldGoods::take_back(Random& random, const Key& sale, Line& line) {
    Item item;
    item.article = line.article;
    item.quantity = line.quantity;
    if (!line.article->weighed) item.quantity = random.between(1, line.quantity / 1'000) * 1'000;
    // The share of the discount that is still in the line; all of it with the last piece.
    item.discount = line.discount * item.quantity / line.quantity;
    item.amount = value_of(*item.article, item.quantity) - item.discount;
    item.origin = Item::Origin{sale, line.line};
    mark_returned(random, item);
    line.quantity -= item.quantity;
    line.discount -= item.discount;
    return item;
}

}  // namespace tillpost::simulator
