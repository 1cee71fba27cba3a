// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <array>
#include <string>

#include "agent/event/field_rules.hpp"

/// What the rules of several types share. Pure.
namespace tillpost {

/// What any record may say of itself. The parts of a needed business key are Intake's.
inline constexpr std::array common_fields{
    FieldRule{Name::till, Shape::number_or_text},
    FieldRule{Name::number, Shape::number_or_text},
    FieldRule{Name::document, Shape::number_or_text},
    FieldRule{Name::session, Shape::number_or_text},
    FieldRule{Name::store, Shape::number_or_text},
    FieldRule{Name::operator_, Shape::text},
    FieldRule{Name::approver, Shape::text},
    FieldRule{Name::actor, Shape::text},
    FieldRule{Name::reason, Shape::text},
    FieldRule{Name::offline, Shape::boolean},
    FieldRule{Name::origin, Shape::object},
};

/// From where a connector has the record: RecordRules checks it for all types.
inline constexpr std::array origin_fields{
    FieldRule{Name::adapter, Shape::text, true},
    FieldRule{Name::key, Shape::number_or_text},
    FieldRule{Name::file, Shape::text},
    FieldRule{Name::offset, Shape::count},
    FieldRule{Name::request, Shape::number_or_text},
    FieldRule{Name::sha256, Shape::text},
};
inline constexpr ObjectRules origin_rules(origin_fields);

/// Which goods, of which lot.
inline constexpr std::array article_fields{
    FieldRule{Name::gtin, Shape::gtin},     FieldRule{Name::item, Shape::text},   FieldRule{Name::lot, Shape::text},
    FieldRule{Name::expiry, Shape::expiry}, FieldRule{Name::serial, Shape::text},
};

inline constexpr std::array original_fields{
    FieldRule{Name::number, Shape::number_or_text, true}, FieldRule{Name::store, Shape::number_or_text},
    FieldRule{Name::till, Shape::number_or_text},         FieldRule{Name::business_date, Shape::date},
    FieldRule{Name::line, Shape::number_or_text},         FieldRule{Name::tender, Shape::text},
};
inline constexpr ObjectRules original_rules(original_fields);

inline constexpr std::array tax_fields{
    FieldRule{Name::rate, Shape::decimal, true},   FieldRule{Name::base, Shape::decimal, true},
    FieldRule{Name::amount, Shape::decimal, true}, FieldRule{Name::category, Shape::text},
    FieldRule{Name::exemption_form, Shape::text},
};
inline constexpr ObjectRules tax_rules(tax_fields);

inline constexpr std::array totals_fields{
    FieldRule{Name::net, Shape::decimal, true},
    FieldRule{Name::tax, Shape::decimal, true},
    FieldRule{Name::gross, Shape::decimal, true},
    FieldRule{Name::rounding, Shape::decimal},
};
inline constexpr ObjectRules totals_rules(totals_fields);

/// An exact sum that remembers why it is none.
class Sum {
public:
    void add(const std::optional<Decimal>& amount) {
        if (!amount) known_ = false;
        if (sum_ && amount) sum_ = sum_->plus(*amount);
    }
    /// False: an amount is missing, which has its own mark; nothing can be said about the sum.
    bool known() const { return known_; }
    /// The number less the sum; nullopt if that cannot be said.
    std::optional<Decimal> taken_from(const Decimal& number) const {
        return known_ && sum_ ? number.minus(*sum_) : std::nullopt;
    }
    /// A sum that does not fit is equal to nothing.
    bool is(const Decimal& number) const { return sum_ && *sum_ == number; }
    /// As a mark says it.
    std::string text() const { return sum_ ? sum_->text() : "too_large"; }

private:
    std::optional<Decimal> sum_ = Decimal();
    bool known_ = true;
};

/// A closing whose `count` is 0: the session used no number, whatever it says of the first and the last one.
bool used_no_numbers(const Record& record);

/// What a mark says that was found, and what should have been: "2.00_not_1.99".
std::string not_expected(const std::string& found, const std::string& expected);

/// "weight:<pointer to gross>=<gross>_not_<sum>" if gross, net and tare (0 if absent) are there and do not agree.
void mark_weighing(const Record& record, const Record::Object& object, Quality& quality);

/// "tenders:/tenders=<sum>_not_<total>" if the amounts of the tenders do not add up to `total`.
void mark_tender_sum(const Record& record, const std::optional<Decimal>& total, Quality& quality);

}  // namespace tillpost
