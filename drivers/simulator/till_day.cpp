// SPDX-License-Identifier: Apache-2.0
#include "drivers/simulator/till_day.hpp"

#include <algorithm>

#include "drivers/simulator/json_text.hpp"

namespace tillpost::simulator {
namespace {

constexpr std::size_t longest_closing = 1'500;  ///< Bytes, for one allocation.
constexpr Cents float_of_till = 20'000;         ///< Cash in the drawer in the morning

}  // namespace

TillDay::TillDay(std::string till, std::string business_date, std::int64_t session, std::int64_t first_number)
    : till_(std::move(till)),
      business_date_(std::move(business_date)),
      session_(session),
      first_number_(first_number) {}

void TillDay::add(const Transaction& transaction) {
    if (transaction.mode == "training") return;
    if (transaction.type != "sale" && transaction.type != "return") return;
    ++(transaction.type == "sale" ? sales_ : returns_);
    for (const Tender& tender : transaction.tenders) {
        const auto at = std::find(tender_types.begin(), tender_types.end(), tender.type);
        Sum& sum = tenders_[static_cast<std::size_t>(at - tender_types.begin())];
        sum.amount += tender.amount;
        ++sum.count;
    }
    for (std::size_t i = 0; i < tax_rates.size(); ++i) {
        const Totals::Tax& tax = transaction.totals.taxes[i];
        totals_.taxes[i].used = totals_.taxes[i].used || tax.used;
        totals_.taxes[i].gross += tax.gross;
        totals_.taxes[i].tax += tax.tax;
    }
    totals_.gross += transaction.totals.gross;
    totals_.tax += transaction.totals.tax;
    gross_ += transaction.totals.gross + transaction.totals_off;
}

void TillDay::add_control(std::string_view type) {
    if (type == "control") ++controls_;
    if (type == "no_sale") ++no_sales_;
}

std::string TillDay::subject(std::string_view type) const {
    return std::string(type) + "/" + till_ + "/" + business_date_ + "/" + std::to_string(session_);
}

std::string TillDay::opening(std::string_view time) const {
    JsonText json(longest_closing);
    json.begin_object().text("type", "till_open").text("till", till_).text("business_date", business_date_);
    json.text("time", time).number("session", session_);
    append_origin(json, "open-" + std::to_string(session_));
    json.text("currency", "EUR").begin_array("tenders");
    json.begin_object().text("type", "cash").cents("amount", float_of_till).end_object();
    return json.end_array().end_object().take();
}

void TillDay::append_tenders(JsonText& json) const {
    json.begin_array("tenders");
    for (std::size_t i = 0; i < tender_types.size(); ++i) {
        const Cents opening = i == 0 ? float_of_till : 0;
        json.begin_object().text("type", tender_types[i]).cents("opening", opening);
        json.cents("amount", tenders_[i].amount).cents("expected", opening + tenders_[i].amount);
        json.cents("counted", opening + tenders_[i].amount).cents("difference", 0);
        json.number("count", tenders_[i].count).end_object();
    }
    json.end_array();
}

void TillDay::append_sums(JsonText& json) const {
    json.begin_array("taxes");
    for (std::size_t i = 0; i < tax_rates.size(); ++i) {
        const Totals::Tax& tax = totals_.taxes[i];
        if (!tax.used) continue;
        json.begin_object().text("rate", std::to_string(tax_rates[i]));
        json.cents("base", tax.gross - tax.tax).cents("amount", tax.tax).end_object();
    }
    json.end_array().begin_object("totals").cents("net", totals_.gross - totals_.tax).cents("tax", totals_.tax);
    json.cents("gross", gross_).end_object();
}

std::string TillDay::closing(std::string_view time, std::int64_t last_number) const {
    JsonText json(longest_closing);
    json.begin_object().text("type", "till_close").text("till", till_).text("business_date", business_date_);
    json.text("time", time).number("session", session_);
    append_origin(json, "close-" + std::to_string(session_));
    json.text("currency", "EUR");
    json.text("first_number", std::to_string(first_number_)).text("last_number", std::to_string(last_number));
    json.begin_object("counts").number("sales", sales_).number("returns", returns_).number("no_sales", no_sales_);
    json.number("voids", 0).number("controls", controls_).end_object();
    append_tenders(json);
    append_sums(json);
    return json.end_object().take();
}

std::string line_of(const ControlRecord& record) {
    JsonText json(longest_closing);
    json.begin_object().text("type", record.type).text("till", record.key.till).text("number", record.key.number);
    json.text("business_date", record.key.business_date).text("time", record.time);
    json.text("operator", record.operator_name);
    append_origin(json, record.key.number);
    json.text(record.type == "no_sale" ? "reason" : "action", record.action);
    if (record.type == "no_sale") json.truth("drawer_opened", true);
    return json.end_object().take();
}

}  // namespace tillpost::simulator
