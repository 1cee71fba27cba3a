// SPDX-License-Identifier: Apache-2.0
#include "agent/event/gs1/coupon.hpp"

#include <algorithm>
#include <string>

#include "agent/event/gs1/characters.hpp"
#include "agent/event/gs1/dates.hpp"

namespace tillpost::gs1 {
namespace {

constexpr std::size_t offer_code = 6;
constexpr std::size_t family_code = 3;
constexpr std::string_view requirement_codes = "012349";

/// Reads the fields one after the other; after the first wrong one nothing more is read.
class Fields {
public:
    explicit Fields(std::string_view text) : text_(text) {
        const auto letter = std::find_if_not(text.begin(), text.end(), is_digit);
        if (letter != text.end())
            fail(static_cast<std::size_t>(letter - text.begin()), "a coupon code has digits only");
    }

    /// A number of digits; what is read, "" after a fault.
    std::string_view digits(std::size_t count, std::string_view field) {
        if (wrong_) return {};
        if (text_.size() - at_ < count) {
            fail(text_.size(), "ends within the " + std::string(field));
            return {};
        }
        at_ += count;
        return text_.substr(at_ - count, count);
    }

    /// One digit, which must be one of these.
    char one_of(std::string_view allowed, std::string_view field) {
        const std::string_view digit = digits(1, field);
        if (digit.empty()) return '\0';
        if (allowed.find(digit[0]) == std::string_view::npos) {
            fail(at_ - 1, std::string(digit) + " is no " + std::string(field) + ": one of " + std::string(allowed));
        }
        return digit[0];
    }

    /// A digit that says, with `added`, how many digits follow; these.
    std::string_view counted(std::string_view allowed, std::size_t added, std::string_view field) {
        const char length = one_of(allowed, std::string("length of the ") + std::string(field));
        if (wrong_) return {};
        return digits(static_cast<std::size_t>(length - '0') + added, field);
    }

    /// Takes the digit that announces an optional field, if it is this one.
    bool begins(char indicator) {
        if (wrong_ || at_ == text_.size() || text_[at_] != indicator) return false;
        ++at_;
        return true;
    }

    void fail(std::size_t position, std::string text) {
        if (!wrong_) wrong_ = Wrong{"coupon", position, std::move(text)};
    }

    std::size_t at() const { return at_; }

    std::optional<Wrong> finish() {
        if (!wrong_ && at_ != text_.size()) fail(at_, "more digits than the coupon's fields have");
        return wrong_;
    }

private:
    std::string_view text_;
    std::size_t at_ = 0;
    std::optional<Wrong> wrong_;
};

void read_purchase(Fields& fields) {
    fields.counted("12345", 0, "purchase requirement");
    fields.one_of(requirement_codes, "purchase requirement code");
    fields.digits(family_code, "purchase family code");
}

/// The second and third purchase may have a company of their own; 9 says that it is the first one's.
void read_other_purchase(Fields& fields) {
    read_purchase(fields);
    const char length = fields.one_of("01234569", "length of the purchase's company prefix");
    if (length != '9' && length != '\0') {
        fields.digits(static_cast<std::size_t>(length - '0') + 6, "purchase's company prefix");
    }
}

/// Coupon dates have no century: for the order of two of them only the text counts.
std::string_view read_date(Fields& fields, std::string_view field) {
    constexpr int any_year = 2000;  // every two digits are a year of this or the next century: 00 is a leap year
    const std::string_view date = fields.digits(6, field);
    if (!date.empty() && !parse_date(date, any_year, DayZero::refused)) {
        fields.fail(fields.at() - 6, std::string(date) + " is no day (YYMMDD)");
    }
    return date;
}

void read_dates(Fields& fields) {
    std::string_view expiration;
    if (fields.begins('3')) expiration = read_date(fields, "expiration date");
    if (!fields.begins('4')) return;
    const std::string_view start = read_date(fields, "start date");
    if (!expiration.empty() && start > expiration) fields.fail(fields.at() - 6, "starts after it has expired");
}

}  // namespace

std::optional<Wrong> wrong_coupon(std::string_view text) {
    Fields fields(text);
    fields.counted("0123456", 6, "company prefix");
    fields.digits(offer_code, "offer code");
    fields.counted("12345", 0, "save value");
    read_purchase(fields);
    if (fields.begins('1')) {
        fields.one_of("0123", "additional purchase rules code");
        read_other_purchase(fields);
    }
    if (fields.begins('2')) read_other_purchase(fields);
    read_dates(fields);
    if (fields.begins('5')) fields.counted("0123456789", 6, "serial number");
    if (fields.begins('6')) fields.counted("1234567", 6, "retailer's company prefix or GLN");
    if (fields.begins('9')) {
        fields.one_of("01256", "save value code");
        fields.one_of("012", "number of the item that the save value applies to");
        fields.digits(1, "store coupon flag");
        fields.one_of("01", "don't-multiply flag");
    }
    return fields.finish();
}

std::optional<Wrong> wrong_offer_coupon(std::string_view text) {
    Fields fields(text);
    fields.one_of("01", "coupon format");
    fields.counted("0123456", 6, "coupon funder");
    fields.digits(offer_code, "offer code");
    fields.counted("0123456789", 6, "serial number");
    return fields.finish();
}

}  // namespace tillpost::gs1
