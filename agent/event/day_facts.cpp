// SPDX-License-Identifier: Apache-2.0
#include "agent/event/day_facts.hpp"

#include <algorithm>
#include <array>

#include "agent/event/common_rules.hpp"
#include "agent/event/field_rules.hpp"
#include "agent/event/intake.hpp"
#include "agent/event/till_text.hpp"

namespace tillpost {
namespace {

using Object = Record::Object;
using Amount = DayFacts::Amount;

constexpr std::size_t usual_amounts = 8;  ///< Of a sale: tender, rates of tax, kind of line, totals
constexpr std::array total_names{Name::net, Name::tax, Name::gross, Name::rounding};
constexpr std::array count_names{Name::sales, Name::returns, Name::voids, Name::no_sales, Name::controls};

std::string joined(std::string_view group, std::string_view name) {
    std::string text;
    text.reserve(group.size() + name.size());
    return text.append(group).append(name);
}

/// A part of a business key; "" if the value cannot be one.
std::string_view part(const Value& value) {
    const auto text = text_or_integer(value);
    return text && text->size() <= Intake::longest_key_part ? *text : std::string_view();
}

/// Collects what one record says.
class Collector {
public:
    Collector(const Record& record, DayFacts& facts) : record_(record), facts_(facts) {}

    /// Adds to the amount of that name; nullopt makes the facts unreadable.
    void add(std::string_view group, std::string_view name, std::optional<Decimal> amount, Decimal base = Decimal()) {
        if (!amount || name.size() > Intake::longest_key_part) {
            facts_.unreadable = true;
            return;
        }
        for (Amount& each : facts_.amounts) {
            const bool same = each.name.size() == group.size() + name.size() && each.name.starts_with(group) &&
                              each.name.ends_with(name);
            if (same) return accumulate(each, *amount, base);
        }
        if (facts_.amounts.size() == DayFacts::most_amounts) {
            facts_.unreadable = true;
            return;
        }
        facts_.amounts.push_back({joined(group, name), *amount, base});
    }

    void transaction() {
        facts_.amounts.reserve(usual_amounts);
        for (const Name name : {Name::lines, Name::tenders, Name::totals}) {
            if (!record_.root(name).present()) facts_.unreadable = true;
        }
        for (const Object& object : record_.objects()) {
            switch (object.role) {
                case Role::tender: tender(object); break;
                case Role::tax: tax(object); break;
                case Role::line: line(object); break;
                case Role::totals: totals(object); break;
                default: break;
            }
        }
    }

    void movement() {
        const std::string_view kind = record_.root(Name::kind).text();
        const bool into = kind == "paid_in" || kind == "loan";
        const bool out = kind == "paid_out" || kind == "safe_drop" || kind == "pickup";
        for (const Object& object : record_.objects()) {
            if (object.role != Role::tender) continue;
            auto moved = amount(object, Name::amount);
            if (!into && !out) moved.reset();
            if (out && moved) moved = moved->negated();
            add("movement/", text(object, Name::type), moved);
        }
    }

    void voided() {
        if (record_.root(Name::amount).present()) add("voided", {}, decimal_of(record_.root(Name::amount)));
    }

    void closing() {
        facts_.session = part(record_.root(Name::session));
        if (!used_no_numbers(record_)) {
            facts_.first_number = part(record_.root(Name::first_number));
            facts_.last_number = part(record_.root(Name::last_number));
        }
        if (record_.root(Name::count).present()) add("count/", "numbers", decimal_of(record_.root(Name::count)));
        for (const Object& object : record_.objects()) {
            switch (object.role) {
                case Role::tender: settled_tender(object); break;
                case Role::tax: tax(object); break;
                case Role::totals: totals(object); break;
                case Role::counts: counts(object); break;
                case Role::batch: add("batches", {}, amount(object, Name::amount)); break;
                case Role::missing: missing(object); break;
                default: break;
            }
        }
    }

private:
    void accumulate(Amount& to, const Decimal& amount, const Decimal& base) {
        const auto sum = to.amount.plus(amount);
        const auto bases = to.base.plus(base);
        ++to.count;
        if (!sum || !bases) facts_.unreadable = true;
        if (sum) to.amount = *sum;
        if (bases) to.base = *bases;
    }
    std::string_view text(const Object& object, Name name) const { return record_.get(object, name).text(); }
    std::optional<Decimal> amount(const Object& object, Name name) const {
        return decimal_of(record_.get(object, name));
    }

    void tender(const Object& object) {
        const std::string_view type = text(object, Name::type);
        const auto paid = amount(object, Name::amount);
        add("tender/", type, paid);
        if (paid && !paid->is_negative() && type != "cash") add("cashless", {}, paid);
    }
    void tax(const Object& object) {
        const auto rate = amount(object, Name::rate);
        const auto base = amount(object, Name::base);
        const auto taxed = rate && base ? amount(object, Name::amount) : std::nullopt;
        add("tax/", rate ? rate->shortest().text() : "", taxed, base.value_or(Decimal()));
    }
    void line(const Object& object) {
        const std::string_view kind = text(object, Name::kind);
        const std::string_view direction = text(object, Name::direction);
        const bool known = direction == "sale" || direction == "return";
        add("line/", joined(kind, known && direction == "sale" ? "/sale" : "/return"),
            known ? amount(object, Name::amount) : std::nullopt);
    }
    void totals(const Object& object) {
        const bool settles = record_.root(Name::type).text() == "till_close";
        if (!settles && !record_.get(object, Name::gross).present()) facts_.unreadable = true;
        for (const Name name : total_names) {
            const Value value = record_.get(object, name);
            if (value.present()) add("total/", text_of(name), decimal_of(value));
        }
    }
    /// What the drawer should hold is opening, turnover and movements; turnover alone says more where it is given.
    void settled_tender(const Object& object) {
        const std::string_view type = text(object, Name::type);
        const Value count = record_.get(object, Name::count);
        if (count.present()) add("count/tender/", type, decimal_of(count));
        if (record_.get(object, Name::amount).present()) {
            add("tender/", type, amount(object, Name::amount));
            return;
        }
        const auto expected = amount(object, Name::expected);
        const auto opening = decimal_or_zero(record_.get(object, Name::opening));
        add("expected/", type, expected && opening ? expected->minus(*opening) : std::nullopt);
    }
    void counts(const Object& object) {
        for (const Name name : count_names) {
            const Value value = record_.get(object, name);
            if (value.present()) add("count/", text_of(name), decimal_of(value));
        }
    }
    void missing(const Object& object) {
        const std::string_view number = part(object.value);
        if (!number.empty() && facts_.missing.size() < DayFacts::most_missing) facts_.missing.emplace_back(number);
    }

    const Record& record_;
    DayFacts& facts_;
};

}  // namespace

std::shared_ptr<DayFacts> take_day_facts(const Record& record, const EventType& type, const KeyRules& rules) {
    using Key = BusinessKey;
    const bool of_a_till = type.key == Key::transaction || type.key == Key::till || type.key == Key::session ||
                           type.key == Key::any_number;
    if (!of_a_till) return nullptr;
    const std::string_view till = part(record.root(Name::till));
    const Value date = record.root(Name::business_date);
    if (till.empty() || !date.present()) return nullptr;
    auto facts = std::make_shared<DayFacts>();
    facts->till = till;
    facts->store = rules.other_store(record.root(Name::store));
    facts->till_key = till_text(facts->store, till);
    facts->business_date = date.text();
    facts->number = part(record.root(Name::number));
    const Value currency = record.root(Name::currency);
    if (currency.kind == Value::Kind::text && is_currency(currency.text())) facts->currency = currency.text();
    Collector collector(record, *facts);
    if (type.key == Key::transaction) collector.transaction();
    if (type.name == "cash_movement") collector.movement();
    if (type.name == "void") collector.voided();
    if (type.name == "till_close") collector.closing();
    if (facts->currency.empty() && !facts->amounts.empty()) facts->unreadable = true;
    return facts;
}

}  // namespace tillpost
