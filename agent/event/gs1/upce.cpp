// SPDX-License-Identifier: Apache-2.0
#include "agent/event/gs1/upce.hpp"

#include "agent/event/gs1/characters.hpp"
#include "agent/event/gs1/check_digits.hpp"

namespace tillpost::gs1 {
namespace {

/// The last of the six digits says where the zeros were left out.
std::string expanded(char number_system, std::string_view six) {
    std::string out(1, number_system);
    if (six[5] <= '2') {
        return out.append(six.substr(0, 2)).append(1, six[5]).append("0000").append(six.substr(2, 3));
    }
    if (six[5] == '3') return out.append(six.substr(0, 3)).append("00000").append(six.substr(3, 2));
    if (six[5] == '4') return out.append(six.substr(0, 4)).append("00000").append(1, six[4]);
    return out.append(six.substr(0, 5)).append("0000").append(1, six[5]);
}

}  // namespace

std::optional<std::string> gtin_of_upce(std::string_view digits) {
    if (digits.size() < 6 || digits.size() > 8 || !digits_only(digits)) return std::nullopt;
    const char number_system = digits.size() == 6 ? '0' : digits[0];
    if (number_system > '1') return std::nullopt;
    std::string gtin = expanded(number_system, digits.substr(digits.size() == 6 ? 0 : 1, 6));
    gtin += check_digit(gtin);
    if (digits.size() == 8 && gtin.back() != digits[7]) return std::nullopt;
    return gtin;
}

}  // namespace tillpost::gs1
