// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "drivers/simulator/random.hpp"

namespace tillpost::simulator {

using Cents = std::int64_t;
using Thousandths = std::int64_t;  ///< Of a unit: 1000 is one piece or one kilogram.

/// Tax rates in per cent: standard, food, free of tax. Prices include the tax.
constexpr std::array<std::int64_t, 3> tax_rates{19, 7, 0};

struct Article {
    std::string gtin;
    Cents price = 0;  ///< For one piece or one kilogram.
    bool weighed = false;
    std::size_t tax = 0;  ///< Which of tax_rates.
};

/// GS1's mod-10 check digit (GS1 General Specifications, 7.9) for the digits before it.
char check_digit(std::string_view digits);
/// `prefix`, then random digits up to `size` - 1, then the check digit.
std::string random_number_with_check_digit(Random& random, std::string_view prefix, std::size_t size);

/// What the store sells: articles with right GTIN-13s, all different. Never changes.
class Catalogue {
public:
    explicit Catalogue(Random& random, std::size_t articles = 2'000);
    const Article& pick(Random& random) const { return random.pick(articles_); }
    const std::vector<Article>& articles() const { return articles_; }

private:
    std::vector<Article> articles_;
};

}  // namespace tillpost::simulator
