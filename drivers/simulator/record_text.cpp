// SPDX-License-Identifier: Apache-2.0
#include "drivers/simulator/record_text.hpp"

#include "drivers/simulator/json_text.hpp"

namespace tillpost::simulator {
namespace {

constexpr std::size_t around_the_lines = 700;  ///< Bytes, for one allocation a line.
constexpr std::size_t longest_item = 480;

std::string with_wrong_check_digit(std::string gtin) {
    gtin.back() = gtin.back() == '9' ? '0' : static_cast<char>(gtin.back() + 1);
    return gtin;
}

void append_return(JsonText& json, const Item& item, const Transaction& transaction) {
    if (item.origin) {
        const Key& sale = item.origin->sale;
        json.begin_object("original").text("store", transaction.store).text("till", sale.till);
        json.text("business_date", sale.business_date).text("number", sale.number);
        json.number("line", item.origin->line).end_object();
    } else {
        json.truth("unlinked", true);
    }
    json.text("reason", item.reason).text("disposition", item.disposition);
    json.text("refund_tender", transaction.tenders.empty() ? "cash" : transaction.tenders.front().type);
    json.text("approver", "m-01");
}

void append_item(JsonText& json, const Transaction& transaction, std::size_t index) {
    const Item& item = transaction.items[index];
    const std::string& gtin = item.article->gtin;
    json.begin_object().number("line", static_cast<std::int64_t>(index) + 1).text("kind", "goods");
    json.text("direction", item.returned ? "return" : "sale");
    json.text("gtin", transaction.misprinted == index ? with_wrong_check_digit(gtin) : gtin);
    json.text("entry_method", item.article->weighed ? "scale" : "scanned");
    json.thousandths("quantity", item.quantity).text("unit", item.article->weighed ? "KGM" : "EA");
    json.cents("unit_price", item.article->price).cents("amount", item.amount);
    if (item.discount > 0) {
        json.begin_array("discounts").begin_object();
        json.cents("amount", item.discount).text("reason", "promotion").end_object().end_array();
    }
    json.begin_object("tax").text("rate", std::to_string(tax_rates[item.article->tax])).end_object();
    if (item.returned) append_return(json, item, transaction);
    json.end_object();
}

std::string last4_of(const std::string& number) {
    const std::string padded = "0000" + number;
    return padded.substr(padded.size() - 4);
}

void append_tender(JsonText& json, const Tender& tender, const std::string& number) {
    json.begin_object().text("type", tender.type).cents("amount", tender.amount);
    if (tender.tendered > 0) json.cents("tendered", tender.tendered).cents("change", tender.change);
    if (tender.type == "card") {
        json.text("scheme", "girocard").text("last4", last4_of(number)).text("authorization", "A-" + number);
    }
    json.end_object();
}

void append_totals(JsonText& json, const Totals& totals, Cents off) {
    json.begin_array("taxes");
    for (std::size_t i = 0; i < tax_rates.size(); ++i) {
        const Totals::Tax& tax = totals.taxes[i];
        if (!tax.used) continue;
        json.begin_object().text("rate", std::to_string(tax_rates[i]));
        json.cents("base", tax.gross - tax.tax).cents("amount", tax.tax).end_object();
    }
    json.end_array().begin_object("totals").cents("net", totals.gross - totals.tax).cents("tax", totals.tax);
    json.cents("gross", totals.gross + off).cents("rounding", 0).end_object();
}

void append_line(JsonText& json, const Receiving::Line& line, std::int64_t number) {
    json.begin_object().number("line", number).text("gtin", line.article->gtin);
    json.text("expected", std::to_string(line.expected)).text("received", std::to_string(line.received));
    json.text("accepted", std::to_string(line.received - line.rejected));
    if (line.rejected > 0) {
        json.text("rejected", std::to_string(line.rejected)).text("reject_reason", "damaged");
    }
    json.text("unit", line.article->weighed ? "KGM" : "EA");
    json.text("lot", line.lot).text("expiry", line.expiry).end_object();
}

}  // namespace

void append_origin(JsonText& json, std::string_view key) {
    json.truth("offline", false).begin_object("origin").text("adapter", "simulator").text("key", key).end_object();
}

std::string line_of(const Transaction& transaction) {
    JsonText json(around_the_lines + longest_item * transaction.items.size());
    json.begin_object().text("type", transaction.type).text("till", transaction.key.till);
    json.text("number", transaction.key.number).text("business_date", transaction.key.business_date);
    json.text("time", transaction.time).text("mode", transaction.mode).text("operator", transaction.operator_name);
    append_origin(json, transaction.key.number);
    json.text("currency", "EUR").begin_array("lines");
    for (std::size_t i = 0; i < transaction.items.size(); ++i) append_item(json, transaction, i);
    json.end_array().begin_array("tenders");
    for (const Tender& tender : transaction.tenders) append_tender(json, tender, transaction.key.number);
    json.end_array();
    append_totals(json, transaction.totals, transaction.totals_off);
    return json.end_object().take();
}

std::string line_of(const Receiving& receiving) {
    JsonText json(around_the_lines + longest_item * receiving.lines.size());
    json.begin_object().text("type", "receiving").text("document", receiving.document);
    json.text("business_date", receiving.business_date).text("time", receiving.time).text("mode", "production");
    append_origin(json, receiving.document);
    json.text("supplier", receiving.supplier).begin_array("purchase_orders").item(receiving.purchase_order);
    json.end_array().text("despatch_advice", receiving.despatch_advice).begin_array("ssccs");
    for (const std::string& sscc : receiving.ssccs) json.item(sscc);
    json.end_array().text("status", "closed").begin_array("lines");
    std::int64_t number = 0;
    for (const Receiving::Line& line : receiving.lines) append_line(json, line, ++number);
    return json.end_array().end_object().take();
}

}  // namespace tillpost::simulator
