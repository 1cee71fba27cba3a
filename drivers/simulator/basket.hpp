// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <array>
#include <optional>
#include <string>
#include <vector>

#include "drivers/simulator/catalogue.hpp"

namespace tillpost::simulator {

/// Which POS transaction: its business key.
struct Key {
    std::string till;
    std::string business_date;
    std::string number;
};

/// One line of goods. Amounts are positive; `returned` carries the sign.
struct Item {
    struct Origin {
        Key sale;
        std::int64_t line = 0;
    };
    const Article* article = nullptr;
    Thousandths quantity = 0;
    Cents discount = 0;
    Cents amount = 0;  ///< Quantity times price, rounded to the cent, less the discount.
    bool returned = false;
    std::optional<Origin> origin;  ///< Of a returned item; without one it has no receipt.
    std::string_view reason;       ///< Of a returned item.
    std::string_view disposition;  ///< Of a returned item.
};

struct Tender {
    std::string_view type;  ///< cash, card, gift_card
    Cents amount = 0;       ///< Net of change; negative when paid out.
    Cents tendered = 0;     ///< cash: handed over
    Cents change = 0;
};

/// What a basket comes to, with the tax taken out of the prices per rate.
struct Totals {
    struct Tax {
        bool used = false;
        Cents gross = 0;
        Cents tax = 0;
    };
    std::array<Tax, tax_rates.size()> taxes{};
    Cents gross = 0;
    Cents tax = 0;
};

/// Quantity times price, rounded to the cent, half away from zero.
Cents value_of(const Article& article, Thousandths quantity);

/// One to twelve lines, small baskets more often than large ones.
std::vector<Item> fill_basket(Random& random, const Catalogue& catalogue);
/// An item that comes back without a receipt.
Item unlinked_return(Random& random, const Catalogue& catalogue);
/// Gives an item that comes back its reason and what becomes of the goods.
void mark_returned(Random& random, Item& item);

Totals total(const std::vector<Item>& items);
/// Tenders that come to exactly `gross`; none for nothing.
std::vector<Tender> pay(Random& random, Cents gross);

}  // namespace tillpost::simulator
