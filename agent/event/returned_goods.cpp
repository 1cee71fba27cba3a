// SPDX-License-Identifier: Apache-2.0
#include "agent/event/returned_goods.hpp"

#include <array>
#include <utility>

#include "agent/event/field_rules.hpp"
#include "agent/event/identity.hpp"
#include "agent/event/intake.hpp"
#include "agent/event/json_handler.hpp"
#include "agent/event/key_rules.hpp"
#include "agent/event/record.hpp"
#include "agent/event/record_builder.hpp"

namespace tillpost {
namespace {

using Object = Record::Object;

constexpr std::array original_parts{Name::till, Name::business_date, Name::number};

std::string_view text_at(const Record& record, const Object& object, Name name) {
    return text_or_integer(record.get(object, name)).value_or(std::string_view());
}

/// "42" and "0042" are one store.
std::string_view without_zeros(std::string_view text) {
    while (text.size() > 1 && text.front() == '0') text.remove_prefix(1);
    return text;
}

bool is_of_this_store(const Record& record, const Object& original, std::string_view store) {
    const std::string_view named = text_at(record, original, Name::store);
    if (named.empty()) return true;
    const std::string_view own = text_or_integer(record.root(Name::store)).value_or(std::string_view());
    if (!own.empty()) return without_zeros(named) == without_zeros(own);
    return store.empty() || without_zeros(named) == without_zeros(store);
}

std::string own_subject(const Record& record, const Object& original) {
    std::string text = "pos";
    for (const Name name : original_parts) {
        const Value value = record.get(original, name);
        if (!can_be_key_part(value)) return {};
        append_key_part(text += '/', value.text());
    }
    return text;
}

/// A GTIN is the same in each of its lengths.
std::string article_of(const Record& record, const Object& line) {
    const std::string_view gtin = text_at(record, line, Name::gtin);
    if (!gtin.empty()) return std::string("gtin/").append(without_zeros(gtin));
    const std::string_view item = text_at(record, line, Name::item);
    return item.empty() ? std::string() : std::string("item/").append(item);
}

std::optional<ReturnedGoods::Line> returned_line(const Record& record, const Object& line, const Object& original,
                                                 const KeyRules::Key* key) {
    if (record.get(line, Name::direction).text() != "return") return std::nullopt;
    const auto quantity = decimal_of(record.get(line, Name::quantity));
    if (!quantity) return std::nullopt;
    ReturnedGoods::Line found;
    found.original = key != nullptr ? key->subject_of(record, original) : own_subject(record, original);
    found.goods.line = text_at(record, original, Name::line);
    found.goods.article = article_of(record, line);
    found.goods.unit = record.get(line, Name::unit).text();
    if (found.original.empty() || (found.goods.line.empty() && found.goods.article.empty())) return std::nullopt;
    found.quantity = *quantity;
    found.field = record.pointer(line, Name::quantity);
    return found;
}

bool fits(const Record& record, const Object& line, const ReturnedGoods::Goods& goods) {
    if (line.role != Role::line || record.get(line, Name::direction).text() == "return") return false;
    if (!goods.line.empty()) return text_at(record, line, Name::line) == goods.line;
    return article_of(record, line) == goods.article;
}

}  // namespace

std::shared_ptr<const ReturnedGoods> take_returned_goods(const Record& record, const KeyRules* keys,
                                                         std::string_view store) {
    // Most records give nothing back: that costs a look at the roles of their objects.
    std::shared_ptr<ReturnedGoods> found;
    for (const Object& object : record.objects()) {
        if (object.role != Role::original || object.parent == Record::nothing) continue;
        const Object& line = record.objects()[object.parent];
        if (line.role != Role::line || !is_of_this_store(record, object, store)) continue;
        auto returned = returned_line(record, line, object, keys != nullptr ? keys->key_of("sale") : nullptr);
        if (!returned) continue;
        if (!found) found = std::make_shared<ReturnedGoods>();
        if (found->lines.size() < ReturnedGoods::most_lines) found->lines.push_back(std::move(*returned));
    }
    return found;
}

std::string voided_subject(const Record& record, const KeyRules* keys, std::string_view store) {
    const Object* const original = record.child(record.objects().front(), Role::original);
    if (record.root(Name::scope).text() != "post" || original == nullptr) return {};
    if (!is_of_this_store(record, *original, store)) return {};
    const KeyRules::Key* const key = keys != nullptr ? keys->key_of("sale") : nullptr;
    if (key != nullptr) return key->subject_of(record, *original);
    std::string text = "pos";
    for (const Name name : original_parts) {
        const Value said = record.get(*original, name);
        const Value value = said.present() || name == Name::number ? said : record.root(name);
        if (!can_be_key_part(value)) return {};
        append_key_part(text += '/', value.text());
    }
    return text;
}

std::optional<Decimal> sold_quantity(std::string_view data, const ReturnedGoods::Goods& goods) {
    Record record;
    RecordBuilder builder(record);
    if (parse_json(data, builder)) return std::nullopt;
    std::optional<Decimal> sum;
    for (const Object& line : record.objects()) {
        if (!fits(record, line, goods)) continue;
        const auto quantity = decimal_of(record.get(line, Name::quantity));
        const std::string_view unit = record.get(line, Name::unit).text();
        const bool other_unit = !unit.empty() && !goods.unit.empty() && unit != goods.unit;
        if (!quantity || other_unit) return std::nullopt;
        sum = sum ? sum->plus(*quantity) : quantity;
        if (!sum) return std::nullopt;
    }
    return sum;
}

}  // namespace tillpost
