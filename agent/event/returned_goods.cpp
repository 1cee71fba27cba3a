// SPDX-License-Identifier: Apache-2.0
#include "agent/event/returned_goods.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "agent/event/event_types.hpp"
#include "agent/event/field_rules.hpp"
#include "agent/event/identity.hpp"
#include "agent/event/intake.hpp"
#include "agent/event/json_handler.hpp"
#include "agent/event/key_rules.hpp"
#include "agent/event/number_series.hpp"
#include "agent/event/record.hpp"
#include "agent/event/record_builder.hpp"

namespace tillpost {
namespace {

using Object = Record::Object;

constexpr std::array original_parts{Name::till, Name::business_date, Name::number};

std::string_view text_at(const Record& record, const Object& object, Name name) {
    return text_or_integer(record.get(object, name)).value_or(std::string_view());
}

bool is_of_this_store(const Record& record, const Object& original, std::string_view store) {
    const std::string_view named = text_at(record, original, Name::store);
    if (named.empty()) return true;
    const std::string_view own = text_or_integer(record.root(Name::store)).value_or(std::string_view());
    if (!own.empty()) return without_zeros(named) == without_zeros(own);
    return store.empty() || without_zeros(named) == without_zeros(store);
}

/// The store that a record's `original` is of: the record's own, if it does not say another one.
Value store_of(const Record& record, const Object& original) {
    const Value named = record.get(original, Name::store);
    return named.present() ? named : record.root(Name::store);
}

/// By the sale's own key.
std::string own_subject(const Record& record, const Object& original, const KeyRules& keys) {
    std::string text = start_of_key("pos", keys, store_of(record, original));
    for (const Name name : original_parts) {
        const Value value = record.get(original, name);
        if (!can_be_key_part(value)) return {};
        append_key_part(text += '/', value.text());
    }
    return text;
}

std::optional<ReturnedGoods::Line> returned_line(const Record& record, const Object& line, const Object& original,
                                                 const KeyRules& keys) {
    if (record.get(line, Name::direction).text() != "return") return std::nullopt;
    const auto quantity = decimal_of(record.get(line, Name::quantity));
    if (!quantity) return std::nullopt;
    const KeyRules::Key* const key = keys.key_of("sale");
    ReturnedGoods::Line found;
    found.original = key != nullptr ? key->subject_of(record, original, false) : own_subject(record, original, keys);
    found.goods.line = text_at(record, original, Name::line);
    // The GTIN, if it is there: all stores of a chain know that.
    found.goods.article = article_by(record, line, Name::gtin);
    std::string& item = found.goods.item = article_by(record, line, Name::item);
    if (found.goods.article.empty()) found.goods.article = std::exchange(item, {});
    found.goods.unit = record.get(line, Name::unit).text();
    if (found.original.empty() || (found.goods.line.empty() && found.goods.article.empty())) return std::nullopt;
    found.quantity = *quantity;
    found.field = record.pointer(line, Name::quantity);
    return found;
}

}  // namespace

std::string article_by(const Record& record, const Object& line, Name name) {
    std::string_view text = text_at(record, line, name);
    if (text.empty()) return {};
    // A GTIN is the same in each of its lengths.
    if (name == Name::gtin) text = without_zeros(text);
    return std::string(text_of(name)).append("/").append(text);
}

std::vector<std::string> other_spellings(std::string_view key) {
    const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
    const auto begin = std::find_if_not(key.rbegin(), key.rend(), is_digit).base();
    const std::size_t width = static_cast<std::size_t>(key.end() - begin);
    if (width == 0 || width > most_number_digits) return {};
    const std::string_view start = key.substr(0, key.size() - width);
    const std::string_view digits = without_zeros(key.substr(start.size()));
    std::vector<std::string> found;
    for (std::size_t has = digits.size(); has <= most_number_digits; ++has) {
        if (has == width) continue;
        found.push_back(std::string(start).append(has - digits.size(), '0').append(digits));
    }
    return found;
}

std::shared_ptr<const ReturnedGoods> take_returned_goods(const Record& record, const KeyRules& keys) {
    // Most records give nothing back: that costs a look at the roles of their objects.
    std::shared_ptr<ReturnedGoods> found;
    for (const Object& object : record.objects()) {
        if (object.role != Role::original || object.parent == Record::nothing) continue;
        const Object& line = record.objects()[object.parent];
        if (line.role != Role::line || !is_of_this_store(record, object, keys.store())) continue;
        auto returned = returned_line(record, line, object, keys);
        if (!returned) continue;
        if (!found) found = std::make_shared<ReturnedGoods>();
        if (found->lines.size() < ReturnedGoods::most_lines) found->lines.push_back(std::move(*returned));
    }
    return found;
}

std::string voided_subject(const Record& record, const KeyRules& keys) {
    if (record.root(Name::scope).text() != "post") return {};
    const Object none;
    const Object* const found = record.child(record.objects().front(), Role::original);
    const Object& original = found != nullptr ? *found : none;
    if (!is_of_this_store(record, original, keys.store())) return {};
    std::string text = start_of_key("pos", keys, store_of(record, original));
    for (const Name name : original_parts) {
        const Value said = record.get(original, name);
        const Value value = !said.present() && name != Name::number ? record.root(name) : said;
        text += '/';
        if (can_be_key_part(value)) append_key_part(text, value.text());
    }
    return text;
}

std::vector<std::string> voided_keys(std::string_view data, const KeyRules& keys) {
    Record record;
    RecordBuilder builder(record);
    if (parse_json(data, builder)) return {};
    const Object* const original = record.child(record.objects().front(), Role::original);
    if (original == nullptr) return {};
    std::vector<std::string> found{voided_subject(record, keys)};
    if (found.front().empty()) return {};
    for (const EventType& type : event_types()) {
        const KeyRules::Key* const key = keys.key_of(type.name);
        std::string text = key != nullptr ? key->subject_of(record, *original, true) : std::string();
        if (!text.empty() && std::find(found.begin(), found.end(), text) == found.end()) {
            found.push_back(std::move(text));
        }
    }
    return found;
}

}  // namespace tillpost
