// SPDX-License-Identifier: Apache-2.0
#include "agent/audit/certified_figures.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <nlohmann/json.hpp>

#include "agent/day/certificate.hpp"

namespace tillpost {
namespace {

using nlohmann::json;
using Figures = std::map<std::string, std::string>;

std::string text_of(const json& value) {
    if (value.is_string()) return value.get<std::string>();
    return value.dump(-1, ' ', true, json::error_handler_t::replace);
}

const json& member(const json& object, const char* name) {
    static const json none;
    const auto found = object.is_object() ? object.find(name) : object.end();
    return object.is_object() && found != object.end() ? *found : none;
}

/// "cash of the tenders in EUR, amount" → "8.33", and so on. An item's name is made of what it is of.
void add_items(const json& list, const std::string& of, Figures& figures) {
    static constexpr std::array names{"type", "rate", "kind", "direction"};
    for (const json& item : list) {
        std::string name;
        for (const char* const each : names) {
            if (item.is_object() && item.contains(each)) name += (name.empty() ? "" : "/") + text_of(item[each]);
        }
        for (const char* const each : {"amount", "base", "count"}) {
            if (!item.is_object() || !item.contains(each)) continue;
            std::string& figure = figures[name + of + ", " + each];
            figure += (figure.empty() ? "" : " and ") + text_of(item[each]);
        }
    }
}

/// What customers paid in other tenders than cash came later than the rest: a day that an older program began has not
/// all of it.
Figures sums_of(const json& certificate, const char* which, const std::string& after = "") {
    Figures figures;
    for (const json& sums : member(certificate, which)) {
        const std::string in = " in " + text_of(member(sums, "currency")) + after;
        for (const char* const list : {"tenders", "taxes", "lines", "movements"}) {
            add_items(member(sums, list), std::string(" of the ") + list + in, figures);
        }
        for (const auto& [name, amount] : member(sums, "totals").items()) {
            figures["the total " + name + in] = text_of(amount);
        }
        const json& voided = member(sums, "voided");
        if (voided.is_object()) add_items(json::array({voided}), "what was voided" + in, figures);
    }
    return figures;
}

Figures numbers_in(const json& object, const std::string& before, std::initializer_list<const char*> names) {
    Figures figures;
    for (const char* const name : names) {
        const json& value = member(object, name);
        if (!value.is_null()) figures[before + name] = text_of(value);
    }
    return figures;
}

Figures types_of(const json& certificate) {
    Figures figures;
    for (const auto& [type, count] : member(certificate, "types").items()) {
        figures["how many events of type " + type] = text_of(count);
    }
    return figures;
}

/// `both`: what only one of them has is a difference, too.
void compare(const Figures& said, const Figures& recomputed, bool both, std::vector<CertifiedDifference>& found) {
    for (const auto& [of, figure] : said) {
        const auto other = recomputed.find(of);
        if (other == recomputed.end() && both) found.push_back({of, figure, "nothing"});
        if (other != recomputed.end() && other->second != figure) found.push_back({of, figure, other->second});
    }
    for (const auto& [of, figure] : recomputed) {
        if (both && !said.contains(of)) found.push_back({of, "nothing", figure});
    }
}

/// "closing, in the difference of tender/cash in EUR" → "8.33", and so on.
Figures closings_of(const json& certificate) {
    Figures figures = numbers_in(certificate, "", {"closings_fit"});
    for (const json& each : member(certificate, "differences")) {
        const json& currency = member(each, "currency");
        const std::string of = ", in the difference of " + text_of(member(each, "of")) +
                               (currency.is_null() ? "" : " in " + text_of(currency));
        for (const char* const name : {"closing", "captured", "difference"}) {
            figures[name + of] = text_of(member(each, name));
        }
    }
    const json& reasons = member(certificate, "reasons");
    const bool is_open = std::find(reasons.begin(), reasons.end(), "open") != reasons.end();
    figures["whether business went on behind the closings"] = is_open ? "yes" : "no";
    return figures;
}

/// Which of its figures follow from the day's events alone, whatever the ledger was not told of.
struct Told {
    bool of_missing;   ///< Nobody threw a record away, which says why its number is missing.
    bool of_closings;  ///< No correction may have taken a closing back.
    bool of_fit;       ///< What the closings are held against is what was captured.
};
Told told(const json& said, const day::DayLedger& ledger) {
    const bool is_corrected = ledger.corrected > 0 || said.contains("corrected_sums");
    const bool is_voided = ledger.captured.types.contains("void");
    const bool was_discarded = member(member(said, "counts"), "discarded") != 0;
    const bool has_all = !is_corrected && !was_discarded;
    return {has_all, !is_corrected, has_all && !is_voided && said.contains("closings_fit")};
}

}  // namespace

std::vector<CertifiedDifference> differences_of(const json& said, const day::DayLedger& ledger) {
    const json recomputed = json::parse(day::certificate(ledger, 0, {}));
    std::vector<CertifiedDifference> found;
    const auto compare_in = [&](const char* name, std::initializer_list<const char*> names) {
        const std::string before = std::string(name) + "/";
        compare(numbers_in(member(said, name), before, names), numbers_in(member(recomputed, name), before, names),
                false, found);
    };
    compare_in("counts", {"events", "late", "corrected", "conflicts", "possible_repeats"});
    compare(sums_of(said, "sums"), sums_of(recomputed, "sums"), member(said, "sums").is_array(), found);
    compare(types_of(said), types_of(recomputed), member(said, "types").is_object(), found);
    const Told is_told = told(said, ledger);
    compare_in("numbers", {"seen", "repeated"});
    if (is_told.of_missing) compare_in("numbers", {"missing", "named_missing", "unplaced"});
    const auto names = {"first_number", "last_number", "closings"};
    if (is_told.of_closings) compare(numbers_in(said, "", names), numbers_in(recomputed, "", names), false, found);
    if (is_told.of_fit) compare(closings_of(said), closings_of(recomputed), true, found);
    return found;
}

void add_corrected_differences(const json& said, const day::DayLedger& ledger,
                               std::vector<CertifiedDifference>& differences) {
    if (!member(said, "counts").contains("unapplied")) return;  // an older program's
    const json recomputed = json::parse(day::certificate(ledger, 0, {}));
    const auto figures_in = [](const json& certificate) {
        Figures figures = sums_of(certificate, "corrected_sums", " after corrections");
        figures.merge(numbers_in(member(certificate, "counts"), "counts/", {"unapplied"}));
        figures["whether something was corrected"] = certificate.contains("corrected_sums") ? "yes" : "no";
        return figures;
    };
    compare(figures_in(said), figures_in(recomputed), true, differences);
}

}  // namespace tillpost
