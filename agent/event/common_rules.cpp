// SPDX-License-Identifier: Apache-2.0
#include "agent/event/common_rules.hpp"

namespace tillpost {

bool used_no_numbers(const Record& record) {
    const auto count = text_or_integer(record.root(Name::count));
    return count && !count->empty() && count->find_first_not_of('0') == std::string_view::npos;
}

std::string not_expected(const std::string& found, const std::string& expected) {
    std::string text;
    text.reserve(found.size() + expected.size() + 5);
    return text.append(found).append("_not_").append(expected);
}

void mark_weighing(const Record& record, const Record::Object& object, Quality& quality) {
    const auto gross = decimal_of(record.get(object, Name::gross));
    const auto net = decimal_of(record.get(object, Name::net));
    const auto tare = decimal_or_zero(record.get(object, Name::tare));
    if (!gross || !net || !tare) return;
    const auto sum = net->plus(*tare);
    if (sum == gross) return;
    quality.mark("weight", record.pointer(object, Name::gross),
                 not_expected(gross->text(), sum ? sum->text() : "too_large"));
}

void mark_tender_sum(const Record& record, const std::optional<Decimal>& total, Quality& quality) {
    if (!total || record.root(Name::tenders).kind != Value::Kind::array) return;
    Sum tenders;
    for (const Record::Object& object : record.objects()) {
        if (object.role == Role::tender) tenders.add(decimal_of(record.get(object, Name::amount)));
    }
    if (!tenders.known() || tenders.is(*total)) return;
    quality.mark("tenders", "/tenders", not_expected(tenders.text(), total->text()));
}

}  // namespace tillpost
