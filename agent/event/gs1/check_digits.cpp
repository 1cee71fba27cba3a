// SPDX-License-Identifier: Apache-2.0
#include "agent/event/gs1/check_digits.hpp"

#include <array>
#include <cstddef>

#include "agent/event/gs1/characters.hpp"

namespace tillpost::gs1 {
namespace {

/// The sum with weights 3, 1, 3, … from the right.
int weighted_sum(std::string_view digits) {
    int sum = 0;
    int weight = 3;
    for (auto digit = digits.rbegin(); digit != digits.rend(); ++digit) {
        sum += (*digit - '0') * weight;
        weight = 4 - weight;
    }
    return sum;
}

constexpr std::string_view set_82_by_value =
    "!\"%&'()*+,-./0123456789:;<=>?ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz";
constexpr std::string_view set_32_by_value = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ";
constexpr std::size_t most_pair_characters = 97;
constexpr int pair_modulus = 1021;

/// The prime number after `number`.
int next_prime(int number) {
    for (int candidate = number + 1;; ++candidate) {
        bool prime = true;
        for (int divisor = 2; divisor * divisor <= candidate; ++divisor) prime = prime && candidate % divisor != 0;
        if (prime) return candidate;
    }
}

// The weighting factors of section 7.10: the product's tens digit is subtracted from it or added to it, and the units
// digit of that counts. Written as tables by digit.
using Factor = std::array<int, 10>;
constexpr Factor two_minus{0, 2, 4, 6, 8, 9, 1, 3, 5, 7};
constexpr Factor three{0, 3, 6, 9, 2, 5, 8, 1, 4, 7};
constexpr Factor five_plus{0, 5, 1, 6, 2, 7, 3, 8, 4, 9};
constexpr Factor five_minus{0, 5, 9, 4, 8, 3, 7, 2, 6, 1};

int product(const Factor& factor, char digit) { return factor.at(static_cast<std::size_t>(digit - '0')); }

char four_digit_check(std::string_view f) {
    const int sum =
        product(two_minus, f[0]) + product(two_minus, f[1]) + product(three, f[2]) + product(five_minus, f[3]);
    return static_cast<char>('0' + sum * 3 % 10);
}

char five_digit_check(std::string_view f) {
    const int sum = product(five_plus, f[0]) + product(two_minus, f[1]) + product(five_minus, f[2]) +
                    product(five_plus, f[3]) + product(two_minus, f[4]);
    const int rest = (10 - sum % 10) % 10;
    char digit = '0';
    while (product(five_minus, digit) != rest) ++digit;
    return digit;
}

}  // namespace

char check_digit(std::string_view digits) { return static_cast<char>('0' + (10 - weighted_sum(digits) % 10) % 10); }

bool check_digit_right(std::string_view digits) {
    if (digits.empty() || !digits_only(digits)) return false;
    return check_digit(digits.substr(0, digits.size() - 1)) == digits.back();
}

std::optional<std::string> check_pair(std::string_view text) {
    if (text.size() > most_pair_characters) return std::nullopt;
    int sum = 0;
    int weight = 1;
    for (auto character = text.rbegin(); character != text.rend(); ++character) {
        const std::size_t value = set_82_by_value.find(*character);
        if (value == std::string_view::npos) return std::nullopt;
        weight = next_prime(weight);
        sum = (sum + static_cast<int>(value) * weight) % pair_modulus;
    }
    const auto high = static_cast<std::size_t>(sum / 32);
    const auto low = static_cast<std::size_t>(sum % 32);
    return std::string{set_32_by_value[high], set_32_by_value[low]};
}

std::optional<char> price_check_digit(std::string_view field) {
    if (!digits_only(field)) return std::nullopt;
    if (field.size() == 4) return four_digit_check(field);
    if (field.size() == 5) return five_digit_check(field);
    return std::nullopt;
}

}  // namespace tillpost::gs1
