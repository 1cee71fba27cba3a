// SPDX-License-Identifier: Apache-2.0
// The names that marks in `quality` have, and what each compares.
#include <algorithm>
#include <array>

#include "agent/event/event_types.hpp"
#include "agent/event/settings.hpp"

namespace tillpost {
namespace {

constexpr bool always_a_note = false;
constexpr bool may_be_off = true;

constexpr std::array catalogue{
    KnownRule{"business_date",
              "business_date is at most two days from today's local date, while the clock is synchronised.",
              always_a_note},
    KnownRule{"change", "What was tendered less the change is the amount that was kept."},
    KnownRule{"check_digit", "A GTIN has 8, 12, 13 or 14 digits, and its last one fits the others."},
    KnownRule{"conflict", "An earlier event has the same business key and other content.", always_a_note},
    KnownRule{"corrects", "corrects is the id of an event: 16 hexadecimal digits, a hyphen, 16 digits."},
    KnownRule{"corrects_kind", "corrects_kind is reverse, replace or supplement."},
    KnownRule{"currency", "A currency is a code of ISO 4217."},
    KnownRule{"difference", "The difference of a tender at till closing is counted - expected."},
    KnownRule{"direction", "direction is sale or return, and no goods are sold in a return."},
    KnownRule{"expiry", "The expiry date of goods is a day of the calendar."},
    KnownRule{"foreign",
              "The foreign amount times its rate is what was tendered or kept: to the currency's rounding unit, and as "
              "exactly as the rate is written."},
    KnownRule{"gln", "A GLN has 13 digits, and its last one fits the others."},
    KnownRule{"gs1", "What a symbol with GS1 data holds can be read by GS1's rules."},
    KnownRule{"gs1_pairs", "GS1 identifiers that need or exclude one another are there together or not."},
    KnownRule{
        "incomplete",
        "A complete record says more than its type requires, as agent/event/README.md lists it: entry method, unit "
        "price, tax, why and how goods were returned … Nothing is wrong with the rest.",
        true, may_be_off},
    KnownRule{"invalid_date", "A date is a day of the calendar, as 2026-11-23."},
    KnownRule{"kind", "kind is one of the words that the type allows."},
    KnownRule{"last4", "The last digits of a card are four."},
    KnownRule{
        "line_amount",
        "A line's amount is quantity times unit price, with or without its discounts taken off: to the currency's "
        "rounding unit."},
    KnownRule{"line_number", "No two lines of a record have the same number."},
    KnownRule{"mode", "mode is production, pilot, test or training."},
    KnownRule{"negative", "Amounts and quantities whose sign another member carries are not negative."},
    KnownRule{"number_gap", "number is one more than the highest known of the till and business day, as the mark says.",
              always_a_note},
    KnownRule{"number_range", "last_number is not below first_number."},
    KnownRule{"number_repeat", "No other event that is known has the number on the till and business day.",
              always_a_note},
    KnownRule{"outcome", "The outcome of an age check is passed or refused."},
    KnownRule{"parent", "parent is the number of another line of the same transaction."},
    KnownRule{
        "possible_repeat",
        "The business keys of lost events, and of those beyond the bounds, are not known: this may be one of them.",
        always_a_note},
    KnownRule{"price_check_digit", "The check digit of a price or weight in the shop's own number fits it."},
    KnownRule{"promotion", "The discounts of all lines with a promotion (returns negative) add up to its amount."},
    KnownRule{"receiving", "received is accepted + rejected (0 if absent); expected is not compared."},
    KnownRule{"redacted", "Card data were cut out of the record: nothing is wrong with the rest.", always_a_note},
    KnownRule{"required", "A member that the type needs is there. (Of a business key: it is always held back.)"},
    KnownRule{"return_original",
              "A returned line names the original sale or is said to have none (unlinked), not both."},
    KnownRule{
        "return_quantity",
        "What was given back of a line of an earlier sale, all returns together, is not more than was bought: where "
        "the return names till, business date and number, and the sale is in the journal."},
    KnownRule{"scope", "The scope of a void is line, transaction or post."},
    KnownRule{"sscc", "An SSCC has 18 digits, and its last one fits the others."},
    KnownRule{"tax_rounding", "tax_rounding is line or document."},
    KnownRule{
        "taxes",
        "The amounts of taxes add up to the totals' tax: exactly for one rate or where tax_rounding is line, else "
        "within half the currency's rounding unit for each rate."},
    KnownRule{"tenders", "The amounts of the tenders add up to gross; of a payment batch to its amount."},
    KnownRule{"time", "time is RFC 3339 with an offset."},
    KnownRule{"totals",
              "gross is the lines (returns negative) + rounding (+ tax, if prices are without it), and it is "
              "net + tax or net + tax + rounding."},
    KnownRule{"unknown_type", "The type is one of those that `tillpost schema` lists."},
    KnownRule{"weight", "gross is net + tare."},
    KnownRule{"wrong_type", "A member is of its JSON type, and a number can be read exactly."},
};
static_assert(std::is_sorted(catalogue.begin(), catalogue.end(),
                             [](const KnownRule& a, const KnownRule& b) { return a.name < b.name; }));

}  // namespace

std::span<const KnownRule> known_rules() { return catalogue; }

std::vector<std::string_view> keyed_types() {
    std::vector<std::string_view> names;
    for (const EventType& type : event_types()) {
        if (type.mark != nullptr && type.key != BusinessKey::none) names.push_back(type.name);
    }
    return names;
}

std::vector<std::string_view> feed_types() {
    std::vector<std::string_view> names;
    for (const EventType& type : event_types()) {
        if (type.mark != nullptr) names.push_back(type.name);
    }
    return names;
}

}  // namespace tillpost
