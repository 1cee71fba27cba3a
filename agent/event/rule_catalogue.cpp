// SPDX-License-Identifier: Apache-2.0
// The names that marks in `quality` have, what each compares, and in which types. Scanners' reads are never held back.
#include <algorithm>
#include <array>
#include <string_view>

#include "agent/event/event_types.hpp"
#include "agent/event/settings.hpp"

namespace tillpost {
namespace {

constexpr std::string_view as_configured;
constexpr bool may_be_off = true;

// Why some rules are always notes.
constexpr std::string_view both_travel =
    "two records contradict one another, and nobody knows here which of them is right: both travel";
constexpr std::string_view record_before =
    "the record is not at fault: others before it are missing, and what it says is needed all the same";
constexpr std::string_view same_or_conflict =
    "the same record sent again gets its first receipt, and another one under that number is a conflict, of which "
    "both travel";
constexpr std::string_view own_memory = "it says what the agent does not know, and nothing of the record";
constexpr std::string_view of_a_scanner = "what a scanner has read is never held back: nobody could send it again";
constexpr std::string_view already_cut = "what must not be stored is cut out already, and the rest is good";

using Types = std::string_view;
constexpr std::array transactions{Types("return"), Types("sale")};
constexpr std::array with_articles{
    Types("adjustment"),    Types("handover"),    Types("markdown"),    Types("pick"),
    Types("price_change"),  Types("receiving"),   Types("return"),      Types("sale"),
    Types("scan"),          Types("stock_count"), Types("transfer_in"), Types("transfer_out"),
    Types("vendor_return"), Types("void"),        Types("weight"),      Types("replenishment_request")};
constexpr std::array with_expiry{
    Types("adjustment"),           Types("handover"),    Types("markdown"),     Types("pick"),
    Types("price_change"),         Types("receiving"),   Types("return"),       Types("sale"),
    Types("stock_count"),          Types("transfer_in"), Types("transfer_out"), Types("vendor_return"),
    Types("replenishment_request")};
constexpr std::array with_sizes{Types("cash_movement"), Types("handover"),     Types("markdown"),
                                Types("pick"),          Types("price_change"), Types("receiving"),
                                Types("return"),        Types("sale"),         Types("stock_count"),
                                Types("transfer_in"),   Types("transfer_out"), Types("vendor_return"),
                                Types("void"),          Types("weight"),       Types("replenishment_request")};
constexpr std::array with_currency{Types("adjustment"), Types("cash_movement"), Types("control"),
                                   Types("markdown"),   Types("payment_batch"), Types("price_change"),
                                   Types("return"),     Types("sale"),          Types("till_close"),
                                   Types("till_open"),  Types("vendor_return"), Types("void")};
constexpr std::array with_kinds{Types("cash_movement"), Types("markdown"), Types("price_change"),
                                Types("return"),        Types("sale"),     Types("stock_count")};
constexpr std::array with_lines{
    Types("adjustment"),           Types("handover"),    Types("markdown"),     Types("pick"),
    Types("price_change"),         Types("receiving"),   Types("return"),       Types("sale"),
    Types("stock_count"),          Types("transfer_in"), Types("transfer_out"), Types("vendor_return"),
    Types("replenishment_request")};
constexpr std::array with_more_to_say{
    Types("adjustment"),   Types("cash_movement"), Types("control"),       Types("handover"),
    Types("markdown"),     Types("no_sale"),       Types("payment_batch"), Types("pick"),
    Types("price_change"), Types("receiving"),     Types("return"),        Types("sale"),
    Types("stock_count"),  Types("till_close"),    Types("till_open"),     Types("transfer_in"),
    Types("transfer_out"), Types("vendor_return"), Types("void"),          Types("replenishment_request")};
constexpr std::array with_originals{Types("control"), Types("handover"), Types("return"), Types("sale"), Types("void")};
constexpr std::array with_parcels{Types("handover"), Types("receiving"), Types("transfer_in"), Types("transfer_out"),
                                  Types("vendor_return")};
constexpr std::array with_suppliers{Types("receiving"), Types("replenishment_request"), Types("vendor_return")};
constexpr std::array with_ranges{Types("control"), Types("till_close")};
constexpr std::array with_taxes{Types("return"), Types("sale"), Types("till_close")};
constexpr std::array with_tenders{Types("payment_batch"), Types("return"), Types("sale")};
constexpr std::array with_weights{Types("return"), Types("sale"), Types("weight")};
constexpr std::array arrivals{Types("receiving"), Types("transfer_in")};
constexpr std::array closings{Types("till_close")};
constexpr std::array receipts{Types("receiving")};
constexpr std::array unmapped{Types("other")};
constexpr std::array void_types{Types("void")};

constexpr std::array catalogue{
    KnownRule{"business_date",
              "business_date is at most two days from today's local date, while the clock is synchronised."},
    KnownRule{"change", "What was tendered less the change is the amount that was kept.", as_configured, transactions},
    KnownRule{"check_digit", "A GTIN has 8, 12, 13 or 14 digits, not all zeros, and its last one fits.", as_configured,
              with_articles},
    KnownRule{"conflict", "An earlier event has the same business key and other content.", both_travel},
    KnownRule{"corrects", "corrects is the id of an event: 16 hexadecimal digits, a hyphen, 16 digits."},
    KnownRule{"corrects_kind", "corrects_kind is reverse, replace or supplement."},
    KnownRule{"currency", "A currency is a code of ISO 4217, and not XXX, which says that there is none.",
              as_configured, with_currency},
    KnownRule{"difference", "The difference of a tender at till closing is counted - expected.", as_configured,
              closings},
    KnownRule{"direction", "direction is sale or return, and no goods are sold in a return.", as_configured,
              transactions},
    KnownRule{
        "discrepancy",
        "What came of a line is what was expected (receiving) or shipped (transfer_in); the mark says by how much it "
        "is short or over, or that nobody expected it. Nothing is wrong with the record.",
        as_configured, arrivals},
    KnownRule{"expiry", "The expiry date of goods is a day of the calendar.", as_configured, with_expiry},
    KnownRule{"foreign",
              "The foreign amount times its rate is what was tendered or kept: to the currency's rounding unit, and as "
              "exactly as the rate is written.",
              as_configured, transactions},
    KnownRule{"gln", "A GLN has 13 digits, and its last one fits the others.", as_configured, with_suppliers},
    KnownRule{"gs1", "What a symbol with GS1 data holds can be read by GS1's rules.", of_a_scanner},
    KnownRule{"gs1_pairs", "GS1 identifiers that need or exclude one another are there together or not.", of_a_scanner},
    KnownRule{
        "incomplete",
        "A complete record says more than its type requires, as agent/event/README.md lists it: entry method, unit "
        "price, tax, why and how goods were returned … Nothing is wrong with the rest.",
        as_configured, with_more_to_say, may_be_off},
    KnownRule{"invalid_date", "A date is a day of the calendar, as 2026-11-23.", as_configured, with_originals},
    KnownRule{"kind", "kind is one of the words that the type allows.", as_configured, with_kinds},
    KnownRule{"last4", "The last digits of a card are four.", as_configured, transactions},
    KnownRule{
        "line_amount",
        "A line's amount is quantity times unit price, with or without its discounts taken off: to the currency's "
        "rounding unit, and as exactly as the price is written (quantity times half of its last digit: 3 for 5.00 at "
        "1.67).",
        as_configured, transactions},
    KnownRule{"line_number", "No two lines of a record have the same number.", as_configured, with_lines},
    KnownRule{"mode", "mode is production, pilot, test or training."},
    KnownRule{"negative", "Amounts and quantities whose sign another member carries are not negative.", as_configured,
              with_sizes},
    KnownRule{"number_gap",
              "number is one more than the highest known of the till and business day, as the mark says; far above it "
              "another series of numbers begins.",
              record_before},
    KnownRule{"number_range",
              "last_number is not below first_number, unless the POS began anew behind 999, 9999 … between them: if "
              "those are fewer numbers than the range has the other way round, and not fewer than count says.",
              as_configured, with_ranges},
    KnownRule{"number_repeat", "No other event that is known has the number on the till and business day.",
              same_or_conflict},
    KnownRule{"outcome", "The outcome of an age check is passed or refused.", as_configured, transactions},
    KnownRule{"parent", "parent is the number of another line of the same transaction.", as_configured, transactions},
    KnownRule{"possible_repeat",
              "The business keys of lost events, of those beyond the bounds, and of what came before the journal was "
              "born, are not "
              "known: this may be one of them.",
              own_memory},
    KnownRule{"price_check_digit", "The check digit of a price or weight in the shop's own number fits it.",
              of_a_scanner},
    KnownRule{"promotion", "The discounts of all lines with a promotion (returns negative) add up to its amount.",
              as_configured, transactions},
    KnownRule{"receiving", "received is accepted + rejected (0 if absent).", as_configured, receipts},
    KnownRule{"redacted", "Card data were cut out of the record: nothing is wrong with the rest.", already_cut},
    KnownRule{"required", "A member that the type needs is there. (Of a business key: it is always held back.)"},
    KnownRule{"return_original",
              "A returned line names the original sale or is said to have none (unlinked), not both.", as_configured,
              transactions},
    KnownRule{
        "return_quantity",
        "What was given back of a line of an earlier sale, all returns together, is not more than was bought: where "
        "the return names till, business date and number, and the sale is in the journal. Of a line that the sale "
        "does not have, or of another article than each of its lines names by the same kind of number, 0 was bought. "
        "In another unit nothing is compared.",
        as_configured, transactions},
    KnownRule{"scope", "The scope of a void is line, transaction or post.", as_configured, void_types},
    KnownRule{"sscc", "An SSCC has 18 digits, and its last one fits the others.", as_configured, with_parcels},
    KnownRule{"tax_rounding", "tax_rounding is line or document.", as_configured, transactions},
    KnownRule{
        "taxes",
        "The amounts of taxes add up to the totals' tax: exactly for one rate or where tax_rounding is line, else "
        "within half the currency's rounding unit for each rate. Of a transaction each is its base times its rate, or "
        "what is in the base at that rate, within a rounding unit for the document, each line and each piece.",
        as_configured, with_taxes},
    KnownRule{"tenders", "The amounts of the tenders add up to gross; of a payment batch to its amount.", as_configured,
              with_tenders},
    KnownRule{"time", "time is RFC 3339 with an offset."},
    KnownRule{"totals",
              "gross is the lines (returns negative) + rounding (+ tax, if prices are without it), and it is "
              "net + tax or net + tax + rounding.",
              as_configured, transactions},
    KnownRule{"unknown_type", "The type is one of those that `tillpost schema` lists.", as_configured, unmapped},
    KnownRule{"weight", "gross is net + tare; a line's quantity is its net weight, where both are in one unit.",
              as_configured, with_weights},
    KnownRule{"wrong_type", "A member is of its JSON type, and a number has at most 18 digits."},
};
static_assert(std::is_sorted(catalogue.begin(), catalogue.end(),
                             [](const KnownRule& a, const KnownRule& b) { return a.name < b.name; }));

constexpr std::array<std::string_view, 7> rejecting{"duplicate_key", "invalid_utf8", "not_an_object",   "not_json",
                                                    "too_deep",      "too_long",     "too_many_members"};

}  // namespace

std::span<const KnownRule> known_rules() { return catalogue; }

std::span<const std::string_view> rejecting_rules() { return rejecting; }

const KnownRule* find_rule(std::string_view name) {
    const auto found =
        std::find_if(catalogue.begin(), catalogue.end(), [name](const KnownRule& each) { return each.name == name; });
    return found == catalogue.end() ? nullptr : &*found;
}

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
