// SPDX-License-Identifier: Apache-2.0
#include "agent/event/redaction/card_number.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

namespace tillpost {
namespace {

constexpr std::size_t prefix_digits = 4;

constexpr std::uint32_t length(std::size_t digits) { return std::uint32_t{1} << digits; }
constexpr std::uint32_t sixteen_to_nineteen = length(16) | length(17) | length(18) | length(19);

struct Issuer {
    unsigned first;  ///< Of the first four digits, both included.
    unsigned last;
    std::uint32_t lengths;
    std::string_view brand;
};

// The first row that fits counts. Prefixes and lengths: the table of Braintree's credit-card-type (MIT), which payment
// pages use, and the issuers' public ones for MIR, Troy, RuPay, Uzcard, Humo, Napas and Belkart.
constexpr std::array issuers{
    Issuer{4000, 4999, length(16) | length(18) | length(19), "visa"},
    Issuer{5100, 5599, length(16), "mastercard"},
    Issuer{2221, 2720, length(16), "mastercard"},
    Issuer{3400, 3499, length(15), "amex"},
    Issuer{3700, 3799, length(15), "amex"},
    Issuer{3000, 3059, length(14) | length(16) | length(19), "diners"},
    Issuer{3095, 3095, length(14) | length(16) | length(19), "diners"},
    Issuer{3600, 3699, length(14) | length(16) | length(19), "diners"},
    Issuer{3800, 3999, length(14) | length(16) | length(19), "diners"},
    Issuer{2131, 2131, length(15), "jcb"},
    Issuer{1800, 1800, length(15), "jcb"},
    Issuer{3528, 3589, sixteen_to_nineteen, "jcb"},
    Issuer{6011, 6011, length(16) | length(19), "discover"},
    Issuer{6440, 6599, length(16) | length(19), "discover"},
    Issuer{6200, 6299, sixteen_to_nineteen, "unionpay"},
    Issuer{8100, 8299, sixteen_to_nineteen, "unionpay"},
    Issuer{2200, 2204, sixteen_to_nineteen, "mir"},
    Issuer{9792, 9792, length(16), "troy"},
    Issuer{8600, 8600, length(16), "uzcard"},
    Issuer{9860, 9860, length(16), "humo"},
    Issuer{9704, 9704, length(16) | length(19), "napas"},
    Issuer{9112, 9112, length(16), "belkart"},
    Issuer{5000, 5099, sixteen_to_nineteen, "debit"},
    Issuer{5600, 5899, sixteen_to_nineteen, "debit"},
    Issuer{6000, 6999, sixteen_to_nineteen, "debit"},
};

}  // namespace

bool luhn_right(std::string_view digits) {
    unsigned sum = 0;
    bool doubled = false;
    for (auto digit = digits.rbegin(); digit != digits.rend(); ++digit) {
        unsigned value = static_cast<unsigned>(*digit - '0');
        if (doubled) value = value < 5 ? 2 * value : 2 * value - 9;
        sum += value;
        doubled = !doubled;
    }
    return sum % 10 == 0;
}

std::string_view card_brand(std::string_view digits) {
    if (digits.size() < shortest_card_number || digits.size() > longest_card_number) return {};
    unsigned prefix = 0;
    for (const char digit : digits.substr(0, prefix_digits)) prefix = prefix * 10 + static_cast<unsigned>(digit - '0');
    for (const Issuer& issuer : issuers) {
        if (prefix < issuer.first || prefix > issuer.last || (issuer.lengths & length(digits.size())) == 0) continue;
        return luhn_right(digits) ? issuer.brand : std::string_view();
    }
    return {};
}

bool may_hold_card_number(std::string_view text) {
    for (std::size_t begin = 0; begin <= text.size();) {
        const std::size_t end = std::min(text.find('/', begin), text.size());
        const std::string_view part = text.substr(begin, end - begin);
        const auto digits = std::count_if(part.begin(), part.end(), [](char c) { return c >= '0' && c <= '9'; });
        if (static_cast<std::size_t>(digits) >= shortest_card_number) return true;
        begin = end + 1;
    }
    return false;
}

}  // namespace tillpost
