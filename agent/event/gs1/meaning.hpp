// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "agent/event/decimal.hpp"
#include "agent/event/gs1/dates.hpp"
#include "agent/event/gs1/message.hpp"

/// What elements mean to a shop. Pure. The elements must be of a Message, so right by themselves.
namespace tillpost::gs1 {

/// The day that an element begins with (AIs 11 to 17, 4324 to 4326, 7003, 7006, 7007, 7011, 7250, 7251, 8008); nullopt
/// for an AI without one.
std::optional<Date> date_of(const Element& element, int current_year);

/// The second day of a range (AI 7007); nullopt if the element has none.
std::optional<Date> last_date_of(const Element& element, int current_year);
/// The time of the day behind the date (AIs 4324, 4325, 7003, 7011, 7251, 8008): "23", "23:59", "23:59:59"; "" if none.
std::string time_of(const Element& element);

struct Amount {
    Decimal value;
    std::string_view unit;      ///< UN/ECE recommendation 20: "KGM"; "" if it is not a measure.
    std::string_view currency;  ///< ISO 4217 letters: "EUR"; "" if the AI has none.
};

/// The number of an AI whose last digit counts the decimals: measures 31nn to 36nn, amounts 390n to 395n.
std::optional<Amount> amount_of(const Element& element);

/// A GTIN-14 field's number in the length that it has by itself: 8, 12, 13 or 14 digits. "04006381333931" is the
/// GTIN-13 4006381333931.
std::string_view native_gtin(std::string_view fourteen_digits);
/// A GTIN of 8, 12, 13 or 14 digits, filled up with zeros to 14.
std::string padded_gtin(std::string_view gtin);

}  // namespace tillpost::gs1
