// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string_view>

#include "agent/event/decimal.hpp"
#include "agent/event/event.hpp"
#include "agent/event/record.hpp"

/// Where a record contradicts itself. What cannot be read or is missing has other marks: nothing is said of it here.
///
/// Amounts that were computed may differ by less than a rounding unit of the currency, and what was added up to the
/// last digit not at all.
namespace tillpost {

/// One of the currency's smallest unit (ISO 4217): 0.01 of EUR, 1 of JPY. 0.01 of what nobody knows.
Decimal rounding_unit(std::string_view currency);

/// "line_number:<pointer>" at each line that has the number of another one before it.
void mark_line_numbers(const Record& record, Quality& quality);
/// "line_amount:<pointer>" where an amount is not quantity times unit price, with or without the discounts taken off.
void mark_line_amounts(const Record& record, Quality& quality);
/// "change:<pointer>" where tendered less change is not what the tender was kept for, "foreign:<pointer>" where the
/// foreign amount times its rate is neither what was tendered nor kept.
void mark_tenders_paid(const Record& record, Quality& quality);
/// "taxes:/taxes=<sum>_not_<tax>" where they do not add up to the totals' tax: exactly where tax is rounded by line,
/// else within half a rounding unit for each of several rates.
void mark_tax_sum(const Record& record, Quality& quality);
/// "taxes:/taxes/0/amount=<amount>_not_<base times rate>" where an amount is neither the rate of its base nor what is
/// in it at that rate, by more than a rounding unit for the document, each line and each piece: whatever tax is rounded
/// by. Not where no tax was taken, as of what is exempt, nor of what has the rate 0, such as a tax by the piece.
void mark_tax_amounts(const Record& record, Quality& quality);
/// "weight:/lines/0/quantity=<quantity>_not_<net>" where a line has both in one unit, and they differ by as much as one
/// of the last digit of the one that is written shorter.
void mark_weighed_quantity(const Record& record, const Record::Object& weight, Quality& quality);
/// "number_range:/last_number" where it is below first_number, the numbers did not begin anew between them, and `count`
/// does not say that there is none.
void mark_number_range(const Record& record, Quality& quality);

}  // namespace tillpost
