// SPDX-License-Identifier: Apache-2.0
#include "agent/day/ledger_state.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "agent/event/cut_text.hpp"

namespace tillpost::day {
namespace {

using nlohmann::json;

/// The one list of plain members, for both ways.
template <class AnyLedger, class Visit>
void visit_members(AnyLedger& ledger, Visit visit) {
    visit("till", ledger.till);
    visit("business_date", ledger.business_date);
    visit("types", ledger.captured.types);
    visit("repeated", ledger.repeated);
    visit("events", ledger.events);
    visit("marked", ledger.marked);
    visit("late", ledger.late);
    visit("corrected", ledger.corrected);
    visit("conflicts", ledger.conflicts);
    visit("unreadable", ledger.unreadable);
    visit("repeats", ledger.repeats);
    visit("revision", ledger.revision);
    visit("dirty", ledger.dirty);
    visit("late_waits", ledger.late_waits);
    visit("open_after_close", ledger.open_after_close);
    visit("closed_by", ledger.closed_by);
}

/// Those that former releases do not have.
template <class AnyLedger, class Visit>
void visit_newer_members(AnyLedger& ledger, Visit visit) {
    visit("released", ledger.released);
    visit("discarded", ledger.discarded);
    visit("quarantined", ledger.quarantined);
    visit("cause", ledger.cause);
    visit("certified", ledger.certified);
    visit("not_applied", ledger.not_applied);
    visit("settled", ledger.settled);
    visit("possible_repeats", ledger.possible_repeats);
    visit("said_complete", ledger.said_complete);
    visit("end_waits", ledger.end_waits);
    visit("store", ledger.store);
    visit("believed", ledger.believed);
}

json json_of(const DaySums& sums) {
    json object = json::object();
    for (const auto& [name, sum] : sums) object[name] = {sum.amount.text(), sum.base.text(), sum.count};
    return object;
}

json json_of(const std::map<std::string, DaySums, std::less<>>& by_currency) {
    json list = json::array();
    for (const auto& [currency, sums] : by_currency) list.push_back({currency, json_of(sums)});
    return list;
}

json json_of(const DayFigures& figures) { return {{"types", figures.types}, {"sums", json_of(figures.sums)}}; }

/// Reads one state; what is wrong makes it useless as a whole.
class Reader {
public:
    explicit Reader(const json& state) : state_(state) {}
    bool good() const { return good_; }

    template <class T>
    void operator()(const char* name, T& to) {
        const auto found = state_.find(name);
        if (found == state_.end()) return fail();
        try {
            found->get_to(to);
        } catch (const json::exception&) {
            fail();
        }
    }
    DaySums sums(const json& object) {
        DaySums sums;
        if (!object.is_object()) return fail(), sums;
        for (const auto& [name, value] : object.items()) {
            const bool whole = value.is_array() && value.size() == 3 && value[0].is_string() && value[1].is_string() &&
                               value[2].is_number_unsigned();
            const auto amount = whole ? Decimal::parse(value[0].get_ref<const std::string&>()) : std::nullopt;
            const auto base = whole ? Decimal::parse(value[1].get_ref<const std::string&>()) : std::nullopt;
            if (!amount || !base) return fail(), sums;
            sums.emplace(name, DaySum{*amount, *base, value[2].get<std::uint64_t>()});
        }
        return sums;
    }
    std::map<std::string, DaySums, std::less<>> by_currency(const json& list) {
        std::map<std::string, DaySums, std::less<>> all;
        for (const json& each : list) {
            if (!each.is_array() || each.size() != 2 || !each[0].is_string()) return fail(), all;
            all[each[0].get<std::string>()] = sums(each[1]);
        }
        return all;
    }
    DayFigures figures(const json& object) {
        Reader reader(object);
        DayFigures figures;
        if (!object.is_object()) return fail(), figures;
        reader("types", figures.types);
        figures.sums = by_currency(reader.list("sums"));
        if (!reader.good()) fail();
        return figures;
    }
    bool has(const char* name) const { return state_.contains(name); }
    const json& member(const char* name) const {
        static const json none;
        const auto found = state_.find(name);
        return found == state_.end() ? none : *found;
    }
    const json& list(const char* name) {
        static const json none = json::array();
        const auto found = state_.find(name);
        if (found != state_.end() && found->is_array()) return *found;
        fail();
        return none;
    }
    void fail() { good_ = false; }

private:
    const json& state_;
    bool good_ = true;
};

/// Former releases have none, and read no more than three of each closing.
void read_beside(Reader& reader, std::vector<DayClosing>& closings) {
    const json& beside = reader.member("closings_beside");
    for (std::size_t i = 0; beside.is_array() && i < beside.size() && i < closings.size(); ++i) {
        const json& each = beside[i];
        if (!each.is_array() || each.size() != 3 || !each[0].is_string() || !each[1].is_string()) return reader.fail();
        closings[i].first = each[0].get<std::string>();
        closings[i].last = each[1].get<std::string>();
        closings[i].beside = reader.sums(each[2]);
    }
}

json json_of(const DayClosing& closing) {
    return {{"subject", closing.subject},        {"currency", closing.currency}, {"sums", json_of(closing.sums)},
            {"beside", json_of(closing.beside)}, {"first", closing.first},       {"last", closing.last},
            {"missing", closing.missing},        {"record", closing.record},     {"behind", closing.behind},
            {"is_out", closing.is_out},          {"session", closing.session}};
}

/// Former releases have only those that stand.
void read_said_closings(Reader& reader, DayLedger& ledger) {
    const json& said = reader.member("said_closings");
    if (!said.is_array()) {
        ledger.said_closings = ledger.closings;
        ledger.business = ledger.open_after_close ? 1 : 0;
        return;
    }
    reader("business", ledger.business);
    for (const json& each : said) {
        if (!each.is_object()) return reader.fail();
        Reader read(each);
        DayClosing closing;
        read("subject", closing.subject);
        read("currency", closing.currency);
        closing.sums = read.sums(read.member("sums"));
        closing.beside = read.sums(read.member("beside"));
        read("first", closing.first);
        read("last", closing.last);
        read("missing", closing.missing);
        read("record", closing.record);
        read("behind", closing.behind);
        read("is_out", closing.is_out);
        if (read.has("session")) read("session", closing.session);
        if (!read.good()) return reader.fail();
        ledger.said_closings.push_back(std::move(closing));
    }
    ledger.closings = closings_that_stand(ledger.said_closings);
}

void read_lists(Reader& reader, DayLedger& ledger) {
    ledger.captured.sums = reader.by_currency(reader.list("sums"));
    for (const json& each : reader.list("closings")) {
        if (!each.is_array() || each.size() != 3 || !each[0].is_string() || !each[1].is_string()) return reader.fail();
        ledger.closings.push_back({each[0].get<std::string>(), each[1].get<std::string>(), reader.sums(each[2])});
    }
    read_beside(reader, ledger.closings);
    read_said_closings(reader, ledger);
    for (const json& each : reader.list("down")) {
        if (!each.is_array() || each.size() != 2 || !each[0].is_number_integer() || !each[1].is_number_integer())
            return reader.fail();
        ledger.down_spans.push_back(
            {WallTime(Millis(each[0].get<std::int64_t>())), WallTime(Millis(each[1].get<std::int64_t>()))});
    }
}

/// Former releases took two numbers that redaction had cut for one that was used twice.
void forget_cut_repeats(DayLedger& ledger) {
    const auto cut = static_cast<std::uint64_t>(std::erase_if(ledger.repeated, is_cut));
    ledger.repeats -= std::min(ledger.repeats, cut);
}

std::string text_in(const json& object, const std::string& name, const std::string& otherwise) {
    const auto found = object.is_object() ? object.find(name) : object.end();
    return found != object.end() && found->is_string() ? found->get<std::string>() : otherwise;
}

void write_corrections(const DayLedger& ledger, json& state) {
    state["taken_out"] = json_of(ledger.taken_out);
    state["put_in"] = json_of(ledger.put_in);
    state["standing"] = json::array();
    for (const auto& [id, each] : ledger.standing) {
        state["standing"].push_back({id, each.by, each.elsewhere, json_of(each.figures)});
    }
    if (!ledger.behind_out.types.empty()) state["behind_out"] = json_of(ledger.behind_out);
    if (!ledger.behind_in.types.empty()) state["behind_in"] = json_of(ledger.behind_in);
    // Beside them: former releases read no more than these four of each.
    state["taken_back"] = json::object();
    for (const auto& [id, each] : ledger.standing) {
        if (!each.taken.types.empty()) state["taken_back"][id] = json_of(each.taken);
    }
    state["standing_of"] = json::object();
    state["standing_first"] = json::object();
    for (const auto& [id, each] : ledger.standing) {
        state["standing_of"][id] = each.of;
        if (each.first != id) state["standing_first"][id] = each.first;
    }
    state["unapplied"] = json::array();
    state["unapplied_why"] = json::array();
    for (const DayUnapplied& each : ledger.unapplied) {
        state["unapplied"].push_back({each.event, each.corrects});
        state["unapplied_why"].push_back(each.why);
    }
}

/// Former releases have none.
void read_corrections(Reader& reader, DayLedger& ledger) {
    ledger.taken_out = reader.figures(reader.member("taken_out"));
    ledger.put_in = reader.figures(reader.member("put_in"));
    if (reader.has("behind_out")) ledger.behind_out = reader.figures(reader.member("behind_out"));
    if (reader.has("behind_in")) ledger.behind_in = reader.figures(reader.member("behind_in"));
    for (const json& each : reader.list("standing")) {
        const bool whole =
            each.is_array() && each.size() == 4 && each[0].is_string() && each[1].is_string() && each[2].is_boolean();
        if (!whole) return reader.fail();
        DayStanding& standing = ledger.standing[each[0].get<std::string>()];
        standing = {each[1].get<std::string>(), each[2].get<bool>(), reader.figures(each[3])};
        const auto& id = each[0].get_ref<const std::string&>();
        const json& taken = reader.member("taken_back");
        const auto of_this = taken.is_object() ? taken.find(id) : taken.end();
        if (of_this != taken.end()) standing.taken = reader.figures(*of_this);
        standing.of = standing.figures.types.empty() ? id : standing.by;
        standing.of = text_in(reader.member("standing_of"), id, standing.of);
        standing.first = text_in(reader.member("standing_first"), id, id);
    }
    const json& why = reader.member("unapplied_why");
    for (const json& each : reader.list("unapplied")) {
        if (!each.is_array() || each.size() != 2 || !each[0].is_string() || !each[1].is_string()) return reader.fail();
        const std::size_t at = ledger.unapplied.size();
        const bool says_why = why.is_array() && at < why.size() && why[at].is_string();
        ledger.unapplied.push_back({each[0].get<std::string>(), each[1].get<std::string>(),
                                    says_why ? why[at].get<std::string>() : std::string()});
    }
}

}  // namespace

std::string state_of(const DayLedger& ledger) {
    json state = json::object();
    visit_members(ledger, [&state](const char* name, const auto& value) { state[name] = value; });
    visit_newer_members(ledger, [&state](const char* name, const auto& value) { state[name] = value; });
    state["numbers"] = ledger.numbers.state();
    state["sums"] = json_of(ledger.captured.sums);
    write_corrections(ledger, state);
    state["closings"] = json::array();
    for (const DayClosing& each : ledger.closings) {
        state["closings"].push_back({each.subject, each.currency, json_of(each.sums)});
        state["closings_beside"].push_back({each.first, each.last, json_of(each.beside)});
    }
    // Beside those that former releases read.
    state["business"] = ledger.business;
    state["said_closings"] = json::array();
    for (const DayClosing& each : ledger.said_closings) state["said_closings"].push_back(json_of(each));
    state["down"] = json::array();
    for (const DayLedger::Span& span : ledger.down_spans) {
        state["down"].push_back({span.from.time_since_epoch().count(), span.to.time_since_epoch().count()});
    }
    return state.dump(-1, ' ', false, json::error_handler_t::replace);
}

std::optional<DayLedger> ledger_from(std::string_view text) {
    const json state = json::parse(text, nullptr, false);
    if (!state.is_object()) return std::nullopt;
    DayLedger ledger;
    Reader reader(state);
    visit_members(ledger, [&reader](const char* name, auto& to) { reader(name, to); });
    ledger.said_complete = true;  // what a former release certified may have been complete
    visit_newer_members(ledger, [&](const char* name, auto& to) {
        if (state.contains(name)) reader(name, to);
    });
    read_lists(reader, ledger);
    forget_cut_repeats(ledger);
    if (state.contains("standing")) read_corrections(reader, ledger);
    std::string numbers;
    reader("numbers", numbers);
    auto read = PosNumbers::from_state(numbers);
    if (!reader.good() || !read) return std::nullopt;
    ledger.numbers = std::move(*read);
    return ledger;
}

}  // namespace tillpost::day
