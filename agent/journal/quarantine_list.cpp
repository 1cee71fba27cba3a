// SPDX-License-Identifier: Apache-2.0
// [durable-3] The records in quarantine that wait for a person, in an order.
#include <algorithm>
#include <compare>
#include <optional>
#include <string>
#include <vector>

#include "agent/event/decimal.hpp"
#include "agent/event/event_types.hpp"
#include "agent/event/json_paths.hpp"
#include "agent/event/redaction/json_token.hpp"
#include "agent/journal/store.hpp"
#include "agent/wire/line.hpp"

namespace tillpost {
namespace {

constexpr std::size_t longest_shown = 128;  ///< Bytes of a device, rule or field in a list.

/// What an order over all open records needs; the rest is read for the page alone.
struct Sortable {
    std::int64_t position = 0;
    int rank = 0;                   ///< Of its class: 0 critical … 3 unknown
    std::optional<Decimal> amount;  ///< Its size
    std::string currency;           ///< Of that, where amounts are compared
};

int rank_of(std::string_view type) { return type.empty() ? 3 : static_cast<int>(business_class(type)); }

std::optional<Decimal> size_of(std::string_view amount) {
    const auto number = Decimal::parse(amount);
    return number && number->is_negative() ? number->negated() : number;
}

/// Amounts in different currencies say nothing of one another; without one it may be any.
bool comes_before(const std::string& currency, const std::string& other) {
    return currency.empty() == other.empty() ? currency < other : other.empty();
}

bool comes_before(QuarantineQuery::Sort sort, const Sortable& a, const Sortable& b) {
    if (sort == QuarantineQuery::Sort::amount) {
        if (a.amount.has_value() != b.amount.has_value()) return a.amount.has_value();
        if (a.amount && a.currency != b.currency) return comes_before(a.currency, b.currency);
        if (a.amount && *a.amount != *b.amount) return *a.amount > *b.amount;
    }
    if (sort == QuarantineQuery::Sort::record_class && a.rank != b.rank) return a.rank < b.rank;
    return a.position < b.position;
}

/// As its `quarantined` event says it.
std::string currency_in(std::string_view body) {
    static const JsonPaths path({"/currency"});
    const std::string_view written = path.values(body_data(body)).front();
    return written.size() < 2 ? std::string() : decoded_string(written.substr(1, written.size() - 2));
}

}  // namespace

Result<QuarantinePage> Store::quarantine_page(const QuarantineQuery& query) {
    std::vector<Sortable> keys;
    std::vector<std::size_t> without_event;
    const bool by_amount = query.sort == QuarantineQuery::Sort::amount;
    open_records_.begin().bind(1, static_cast<std::int64_t>(most_sorted)).bind(2, by_amount ? 1 : 0);
    const auto read = open_records_.each([&](const Statement& row) {
        keys.push_back({row.integer(0), rank_of(row.bytes(1)), size_of(row.bytes(2)), currency_in(row.bytes(3))});
        if (by_amount && keys.back().amount && row.is_null(3)) without_event.push_back(keys.size() - 1);
    });
    if (!read) return noted(read.error()).with_context("list quarantine");
    for (const std::size_t each : without_event) {
        auto record = read_record(keys[each].position, false);
        if (!record) return noted(record.error()).with_context("list quarantine");
        if (*record) keys[each].currency = (*record)->currency;
    }
    std::sort(keys.begin(), keys.end(),
              [&query](const Sortable& a, const Sortable& b) { return comes_before(query.sort, a, b); });
    QuarantinePage page;
    page.open = static_cast<std::size_t>(counters_.quarantined);
    for (std::size_t i = query.offset; i < keys.size() && page.records.size() < query.most; ++i) {
        auto record = read_record(keys[i].position, false);
        if (!record) return noted(record.error()).with_context("list quarantine");
        if (!*record) continue;
        for (std::string* text :
             {&(*record)->device, &(*record)->rule, &(*record)->field, &(*record)->amount, &(*record)->detail}) {
            if (text->size() > longest_shown) text->resize(longest_shown);
        }
        page.records.push_back(std::move(**record));
    }
    return page;
}

}  // namespace tillpost
