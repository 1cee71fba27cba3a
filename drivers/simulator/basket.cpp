// SPDX-License-Identifier: Apache-2.0
#include "drivers/simulator/basket.hpp"

#include <algorithm>

namespace tillpost::simulator {
namespace {

constexpr std::array<std::string_view, 4> reasons{"defect", "wrong_size", "not_wanted", "expired"};
constexpr std::array<std::string_view, 3> dispositions{"restock", "damaged", "return_to_vendor"};
constexpr std::array<Cents, 4> notes{100, 500, 1'000, 5'000};  ///< Cash is handed over in multiples of one of them.

Item pick_item(Random& random, const Catalogue& catalogue) {
    Item item;
    item.article = &catalogue.pick(random);
    item.quantity = 1'000;
    if (item.article->weighed) {
        item.quantity = random.between(52, 2'600);
    } else if (random.chance(2'000)) {
        item.quantity = random.between(2, 6) * 1'000;
    }
    item.amount = value_of(*item.article, item.quantity);
    if (!random.chance(1'000)) return item;
    item.discount = std::max<Cents>(1, item.amount * random.between(5, 40) / 100);
    item.amount -= item.discount;
    return item;
}

/// The tax that a price with tax contains, rounded to the cent, half away from zero.
Cents tax_in(Cents gross, std::int64_t rate) {
    const std::int64_t doubled = 2 * gross * rate;
    const std::int64_t parts = 100 + rate;
    return (doubled + (gross < 0 ? -parts : parts)) / (2 * parts);
}

Tender cash(Random& random, Cents amount) {
    if (amount < 0) return {"cash", amount};
    const Cents note = random.chance(2'000) ? 1 : random.pick(notes);
    const Cents tendered = (amount + note - 1) / note * note;
    return {"cash", amount, tendered, tendered - amount};
}

}  // namespace

Cents value_of(const Article& article, Thousandths quantity) { return (article.price * quantity + 500) / 1'000; }

std::vector<Item> fill_basket(Random& random, const Catalogue& catalogue) {
    const std::int64_t most = random.between(1, 12);
    const std::int64_t lines = random.between(1, most);
    std::vector<Item> items;
    items.reserve(static_cast<std::size_t>(lines) + 1);
    for (std::int64_t i = 0; i < lines; ++i) items.push_back(pick_item(random, catalogue));
    return items;
}

Item unlinked_return(Random& random, const Catalogue& catalogue) {
    Item item = pick_item(random, catalogue);
    mark_returned(random, item);
    return item;
}

void mark_returned(Random& random, Item& item) {
    item.returned = true;
    item.reason = random.pick(reasons);
    item.disposition = item.article->weighed ? dispositions[1] : random.pick(dispositions);
}

Totals total(const std::vector<Item>& items) {
    Totals totals;
    for (const Item& item : items) {
        Totals::Tax& tax = totals.taxes[item.article->tax];
        tax.used = true;
        tax.gross += item.returned ? -item.amount : item.amount;
    }
    for (std::size_t i = 0; i < tax_rates.size(); ++i) {
        Totals::Tax& tax = totals.taxes[i];
        tax.tax = tax_in(tax.gross, tax_rates[i]);
        totals.gross += tax.gross;
        totals.tax += tax.tax;
    }
    return totals;
}

std::vector<Tender> pay(Random& random, Cents gross) {
    if (gross == 0) return {};
    const std::uint32_t roll = random.below(100);
    if (gross > 1'000 && roll < 6) {
        const Cents part = random.between(1, 9) * 100;
        const Tender rest = roll < 3 ? cash(random, gross - part) : Tender{"card", gross - part};
        return {{"gift_card", part}, rest};
    }
    if (roll < 10) return {{"gift_card", gross}};
    if (roll < 55) return {cash(random, gross)};
    return {{"card", gross}};
}

}  // namespace tillpost::simulator
