// SPDX-License-Identifier: Apache-2.0
#include "drivers/simulator/catalogue.hpp"

#include <set>

namespace tillpost::simulator {
namespace {

Article make_article(Random& random) {
    Article article;
    article.weighed = random.chance(800);
    // 21: numbers that a store gives by itself; 40 to 43: Germany.
    const std::string prefix = article.weighed ? "21" : std::to_string(random.between(40, 43));
    article.gtin = random_number_with_check_digit(random, prefix, 13);
    article.price = article.weighed ? random.between(99, 2'999) : random.between(2, 40) * 50 - 1;
    const std::uint32_t roll = random.below(100);
    article.tax = article.weighed || roll < 55 ? 1 : (roll < 96 ? 0 : 2);
    return article;
}

}  // namespace

char check_digit(std::string_view digits) {
    int sum = 0;
    int weight = 3;
    for (auto digit = digits.rbegin(); digit != digits.rend(); ++digit) {
        sum += (*digit - '0') * weight;
        weight = 4 - weight;
    }
    return static_cast<char>('0' + (10 - sum % 10) % 10);
}

std::string random_number_with_check_digit(Random& random, std::string_view prefix, std::size_t size) {
    std::string number(prefix);
    while (number.size() + 1 < size) number += static_cast<char>('0' + random.below(10));
    number += check_digit(number);
    return number;
}

Catalogue::Catalogue(Random& random, std::size_t articles) {
    std::set<std::string> known;
    while (articles_.size() < articles) {
        Article article = make_article(random);
        if (known.insert(article.gtin).second) articles_.push_back(std::move(article));
    }
}

}  // namespace tillpost::simulator
