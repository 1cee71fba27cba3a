// SPDX-License-Identifier: Apache-2.0
#include "agent/event/gs1/link_path.hpp"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <string>

#include "agent/event/gs1/ai_format.hpp"
#include "agent/event/gs1/check_digits.hpp"

namespace tillpost::gs1 {
namespace {

bool follows_order(std::string_view order, std::span<const std::string_view> ais) {
    for (const std::string_view ai : ais) {
        bool found = false;
        while (!found && !order.empty()) found = take_until(order, ',') == ai;
        if (!found) return false;
    }
    return true;
}

/// Reads numbers of some bits out of base64url, the first bit first; 0 where the text has ended.
class Bits {
public:
    explicit Bits(std::string_view text) : text_(text) {}

    std::uint64_t take(unsigned count) {
        std::uint64_t number = 0;
        for (; count > 0; --count) number = number << 1U | bit();
        return number;
    }
    bool ended() const { return at_ > text_.size() * bits_a_sign; }

private:
    unsigned bit() {
        constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        const std::size_t sign = at_ / bits_a_sign;
        const auto shift = static_cast<unsigned>(bits_a_sign - 1 - at_ % bits_a_sign);
        ++at_;
        return sign < text_.size() ? static_cast<unsigned>(alphabet.find(text_[sign])) >> shift & 1U : 0;
    }

    static constexpr std::size_t bits_a_sign = 6;
    std::string_view text_;
    std::size_t at_ = 0;
};

/// Digits are four bits each; "" if they are no AI.
std::string take_ai(Bits& bits) {
    std::string ai;
    std::size_t length = 2;
    while (ai.size() < length) {
        const std::uint64_t digit = bits.take(4);
        if (digit > 9) return {};
        ai += static_cast<char>('0' + digit);
        if (ai.size() == 2) length = ai_length(ai);
    }
    return find_definition(ai) == nullptr ? std::string() : ai;
}

/// A number of so many decimal digits has as many bits as the largest one needs.
unsigned bits_of(std::size_t digits) {
    unsigned bits = 0;
    for (std::uint64_t largest = 1; digits > 0; --digits) {
        largest *= 10;
        bits = static_cast<unsigned>(std::bit_width(largest - 1));
    }
    return bits;
}

}  // namespace

bool are_qualifiers(std::string_view allowed, std::span<const std::string_view> ais) {
    if (ais.empty()) return true;
    while (!allowed.empty()) {
        if (follows_order(take_until(allowed, '|'), ais)) return true;
    }
    return false;
}

// The compressed form begins with the key's AI and its number (GS1 Digital Link: Compression). Its check digit tells it
// from the words and ids of other URIs.
bool is_compressed_link(std::string_view segment) {
    if (!std::all_of(segment.begin(), segment.end(), in_set_64)) return false;
    Bits bits(segment);
    const std::string ai = take_ai(bits);
    const Definition* definition = ai.empty() ? nullptr : find_definition(ai);
    if (definition == nullptr || !definition->qualifiers) return false;
    const Component& first = definition->components[0];
    if (first.rules[0] != Rule::check_digit) return false;
    std::string number = std::to_string(bits.take(bits_of(first.most)));
    if (bits.ended() || number.size() > first.most) return false;
    number.insert(0, first.most - number.size(), '0');
    return check_digit_right(number);
}

}  // namespace tillpost::gs1
