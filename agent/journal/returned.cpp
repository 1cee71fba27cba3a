// SPDX-License-Identifier: Apache-2.0
// What only the events before it can say of a return: how much of the sale was given back already.
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "agent/event/glance.hpp"
#include "agent/event/severities.hpp"
#include "agent/journal/own_events.hpp"
#include "agent/journal/places.hpp"
#include "agent/journal/quarantine_content.hpp"
#include "agent/journal/returns_before.hpp"
#include "agent/journal/store.hpp"

namespace tillpost {
namespace {

// A return waits for no more than some milliseconds of looking back, whatever it and the sales before it hold.
constexpr std::size_t most_looked = 1 << 20;   ///< Bytes of sales that are looked at for one return
constexpr std::size_t most_given_back = 1024;  ///< Lines that gave back of one sale: what is beyond is not counted

constexpr std::size_t most_respelled = 32;  ///< Sales whose number is looked for in another form

bool counts_returns(const Event& event) { return event.mode == "production" || event.mode == "pilot"; }

std::string said_compared(const SoldGoods::Balance& balance) {
    return balance.given_back.shortest().text() + "_of_" + balance.sold.shortest().text() + "_bought";
}

using Standing = Places::Standing;
using Is = Standing::Is;

/// Whether it is known what the sale is by now, and which line of that is meant.
bool is_clear(const Standing& sale, const ReturnedGoods::Line& line) {
    if (sale.is != Is::said || !sale.replaced) return sale.is != Is::unknown;
    return SoldGoods(body_data(sale.body)).has_same_line(SoldGoods(body_data(sale.first)), line.goods);
}

/// By what stands in the sale's place.
std::optional<SoldGoods::Balance> balance_with(const Standing& sale, const ReturnedGoods::Line& line,
                                               std::span<const ReturnedGoods::Line> earlier) {
    if (sale.is == Is::taken_back) return SoldGoods::balance_of_none(line, earlier);
    return SoldGoods(body_data(sale.body)).balance(line, earlier);
}

/// Under which key the sales that lines name are held, by the key that each of them says.
class HeldKeys {
public:
    using Find = std::function<Result<std::vector<std::int64_t>>(std::string_view)>;
    explicit HeldKeys(Find find) : find_(std::move(find)) {}

    /// As it is said, if the sale is held so, or not at all.
    Result<std::string> of(const std::string& said) {
        const auto [known, is_new] = known_.try_emplace(said, said);
        if (!is_new || known_.size() > most_respelled) return known->second;
        Result<bool> held = is_held(said);
        if (!held || *held) return held ? Result<std::string>(said) : held.error();
        for (const std::string& other : other_spellings(said)) {
            held = is_held(other);
            if (!held) return held.error();
            if (*held) return known->second = other;
        }
        return said;
    }

private:
    Result<bool> is_held(const std::string& key) {
        const auto positions = find_(key);
        return positions ? Result<bool>(!positions->empty()) : positions.error();
    }

    Find find_;
    std::map<std::string, std::string> known_;
};

}  // namespace

/// A return that is taken back stays, under a key that no sale has: '-' before it.
Result<void> Store::prepare_returned() {
    return database_->prepare_all<Store>(
        *this, {{&Store::keyed_events_, "SELECT position FROM business_key WHERE key = ?1 LIMIT ?2"},
                {&Store::find_numbered_,
                 "SELECT position FROM returned WHERE key = ?1 AND number < 0 ORDER BY position LIMIT ?2"},
                {&Store::given_back_, "SELECT line, article, quantity FROM returned WHERE key = ?1 LIMIT ?2"},
                {&Store::note_returned_, "INSERT INTO returned VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)"},
                {&Store::forget_returned_, "DELETE FROM returned WHERE position = ?1 AND number >= ?2"},
                {&Store::take_back_returned_,
                 "UPDATE returned SET key = '-' || key WHERE position = ?1 AND number >= 0 AND key NOT LIKE '-%'"},
                {&Store::restore_returned_,
                 "UPDATE returned SET key = substr(key, 2) WHERE position = ?1 AND number >= 0 AND key LIKE '-%'"}});
}

Result<std::vector<std::int64_t>> Store::positions_of_key(std::string_view key) {
    std::vector<std::int64_t> found;
    recent_keys_.each(key, [&found](const RecentKeys::Row& row) {
        if (found.size() < most_of_one_key) found.push_back(row.position);
    });
    keyed_events_.begin().bind_text(1, key).bind(2, static_cast<std::int64_t>(most_of_one_key));
    const auto read = keyed_events_.each([&](const Statement& row) { found.push_back(row.integer(0)); });
    if (!read) return read.error();
    return found;
}

/// Of several sales under one number the one that sold most, or one of which it is not too much: a mark must not be
/// wrong. nullopt: of one of them nobody knows, or none can be compared. `left`: bytes of sales that may be looked at.
Result<std::optional<SoldGoods::Balance>> Store::returned_so_far(const ReturnedGoods::Line& line, ReturnsBefore& before,
                                                                 std::size_t& left) {
    std::optional<SoldGoods::Balance> found;
    const auto positions = Places(*this).positions_of_sale(line.original);
    if (!positions) return positions.error();
    for (const std::int64_t position : *positions) {
        const auto sale = Places(*this).standing(position, left);
        if (!sale) return sale.error();
        if (sale->is == Is::no_sale) continue;
        if (!is_clear(*sale, line)) return std::optional<SoldGoods::Balance>();
        const auto earlier = Places(*this).given_back(position, *sale, line.original, before, left);
        if (!earlier) return earlier.error();
        const auto balance = balance_with(*sale, line, *earlier);
        if (!balance) continue;
        if (!balance->is_over()) return balance;
        if (!found || balance->sold > found->sold) found = balance;
    }
    return found;
}

/// By all returns of that sale that are recorded.
Result<std::vector<ReturnedGoods::Line>> Store::given_back(const std::string& original) {
    std::vector<ReturnedGoods::Line> lines;
    given_back_.begin().bind_text(1, original).bind(2, static_cast<std::int64_t>(most_given_back));
    for (;;) {
        const Result<bool> row = given_back_.step();
        if (!row) return row.error();
        if (!*row) return lines;
        const auto quantity = Decimal::parse(given_back_.bytes(2));
        if (!quantity) continue;
        ReturnedGoods::Line line;
        line.original = original;
        line.goods.line = given_back_.bytes(0);
        line.goods.article = given_back_.bytes(1);
        line.quantity = *quantity;
        lines.push_back(std::move(line));
    }
}

/// Marks each line by which more is given back than was sold. A correction stands in the place of what was counted
/// already: it is not judged.
Result<std::optional<Quality::First>> Store::mark_over_returned(Event& event) {
    std::optional<Quality::First> first;
    if (!event.corrects.empty() || !counts_returns(event)) return first;
    std::size_t left = most_looked;
    ReturnsBefore before([this](const std::string& key) { return given_back(key); });  // this return's lines join them
    HeldKeys keys([this](std::string_view key) { return Places(*this).positions_of_sale(key); });
    for (ReturnedGoods::Line line : event.returned->lines) {
        Result<std::string> held = keys.of(line.original);
        if (!held) return held.error();
        line.original = std::move(*held);
        const auto balance = returned_so_far(line, before, left);
        if (!balance) return balance.error();
        if (auto done = before.add(line); !done) return done.error();
        if (!*balance || !(*balance)->is_over()) continue;
        const std::string compared = said_compared(**balance);
        event.quality.mark("return_quantity", line.field, compared);
        if (!first) first = Quality::First{"return_quantity", line.field, compared};
    }
    return first;
}

/// [durable-3] The record, as it would have been recorded, is in quarantine instead.
Result<Recorded> Store::hold_back(Draft& draft, const Stamp& stamp, const Rejection& rejection) {
    Draft held;
    held.device = draft.device;
    held.unless_known = draft.unless_known ? draft.unless_known : draft.unless_returnable;
    if (draft.event.subject.empty()) held.cut = draft.cut;
    held.event = own::held_back(draft.device, rejection, draft.event.data, glance_at(draft.event.data));
    for (const std::string& mark : draft.event.quality.marks()) {
        const std::size_t colon = mark.find(':');
        if (mark.starts_with("redacted:")) held.event.quality.mark("redacted", mark.substr(colon + 1));
    }
    held.quarantine =
        Draft::Quarantine{draft.event.data, rejection.rule, rejection.field, is_held_once(draft.event.type)};
    Result<Recorded> recorded = append_quarantined(held, stamp);
    if (!recorded) return recorded;
    recorded->rule = rejection.rule;
    recorded->field = rejection.field;
    return recorded;
}

/// `place`: of what stands there, see places.cpp.
Result<void> Store::note_returned(const Event& event, std::int64_t place, std::int64_t recorded) {
    if (!event.returned || !counts_returns(event)) return {};
    std::int64_t number = 0;
    HeldKeys keys([this](std::string_view key) { return Places(*this).positions_of_sale(key); });
    for (const ReturnedGoods::Line& line : event.returned->lines) {
        const Result<std::string> held = keys.of(line.original);
        if (!held) return held.error();
        note_returned_.begin().bind(1, place).bind(2, number++).bind(3, recorded).bind_text(4, *held);
        note_returned_.bind_text(5, line.goods.line).bind_text(6, line.goods.article);
        if (auto done = note_returned_.bind_text(7, line.quantity.text()).run(); !done) return done;
    }
    return {};
}

/// What nothing is asked of any more: as old as the business keys that are forgotten; of events that are not held.
Result<bool> Store::prune_notes() {
    const Result<std::int64_t> last_out = last_forgotten_key();
    if (!last_out) return last_out.error();
    auto forget = database_->prepare(
        "DELETE FROM returned WHERE (position, number) IN (SELECT position, number FROM returned WHERE position <= ?1 "
        "ORDER BY position, number LIMIT 256)");
    if (!forget) return forget.error();
    if (auto done = forget->begin().bind(1, *last_out).run(); !done) return done.error();
    bool did = database_->changes() > 0;
    auto leave = database_->prepare(
        "DELETE FROM corrected WHERE position IN (SELECT position FROM (SELECT position FROM corrected ORDER BY "
        "position LIMIT 256) AS old WHERE NOT EXISTS (SELECT 1 FROM event WHERE event.position = old.position))");
    if (!leave) return leave.error();
    if (auto done = leave->begin().run(); !done) return done.error();
    did = did || database_->changes() > 0;
    return did;
}

}  // namespace tillpost
