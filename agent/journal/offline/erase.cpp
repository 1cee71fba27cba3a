// SPDX-License-Identifier: Apache-2.0
#include "agent/journal/offline/erase.hpp"

#include <charconv>
#include <optional>
#include <string_view>

#include "agent/event/identifiers.hpp"
#include "agent/journal/store.hpp"
#include "platform/files.hpp"

namespace tillpost {
namespace {

template <class Number>
std::optional<Number> number_in(std::string_view text) {
    Number number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return number;
}

struct ErasedPlace {
    std::optional<std::uint32_t> ordinal;  ///< Of a quarantine record
    Epoch epoch = 0;                       ///< Of an event
    Sequence sequence = 0;
};

std::optional<ErasedPlace> place_of(std::string_view name) {
    const std::size_t hyphen = name.find('-');
    if (hyphen == std::string_view::npos) return std::nullopt;
    const auto sequence = number_in<Sequence>(name.substr(hyphen + 1));
    if (!sequence || *sequence == 0 || *sequence > last_sequence) return std::nullopt;
    ErasedPlace place;
    place.sequence = *sequence;
    if (name.starts_with('Q')) {
        place.ordinal = number_in<std::uint32_t>(name.substr(1, hyphen - 1));
        return place.ordinal ? std::optional(place) : std::nullopt;
    }
    const auto epoch = number_from_hex(name.substr(0, hyphen));
    place.epoch = epoch.value_or(0);
    return epoch ? std::optional(place) : std::nullopt;
}

constexpr const char* nothing_done = "; nothing is erased";

struct NamedContents {
    std::vector<std::string> names;
    std::vector<ErasedPlace> places;  ///< Of each
    LeavingContents leaving;
};

Result<NamedContents> read_names(const std::vector<std::string>& names) {
    constexpr std::string_view of_day = "day:";
    NamedContents named;
    for (const std::string& name : names) {
        if (name.starts_with(of_day) && is_date(std::string_view(name).substr(of_day.size()))) {
            named.leaving.business_dates.push_back(name.substr(of_day.size()));
            continue;
        }
        const std::optional<ErasedPlace> place = place_of(name);
        if (!place) {
            return Error{Errc::invalid, name +
                                            " names neither an event, such as 00c0ffee00c0ffee-0000000000000042, a "
                                            "quarantine record, such as Q1-42, nor what is kept of a business day, "
                                            "such as day:2026-11-23" +
                                            nothing_done};
        }
        named.names.push_back(name);
        named.places.push_back(*place);
    }
    return named;
}

/// Fills in the ordinals. What is erased is gone for good: one wrong name, and nothing is.
Result<void> check_all(Store& store, NamedContents& named) {
    for (std::size_t i = 0; i < named.places.size(); ++i) {
        ErasedPlace& place = named.places[i];
        const auto ordinal = place.ordinal ? Result<std::uint32_t>(*place.ordinal) : store.ordinal_of(place.epoch);
        Result<std::string> body =
            ordinal ? store.erasable_content(*ordinal, place.sequence) : Result<std::string>(ordinal.error());
        if (!body) return Error{body.error().code, named.names[i] + ": " + body.error().message + nothing_done};
        place.ordinal = *ordinal;
        named.leaving.bodies.push_back(std::move(*body));
    }
    return {};
}

void note_decision_on(Store& store, const std::string& name, ErasedContents& erased) {
    if (!name.starts_with('Q')) return;
    const Result<QuarantineRecord> record = store.quarantine_record(name);
    const bool decided = record && !record->was_event && !record->decision.told.empty();
    if (decided) erased.decisions.push_back(record->decision.told);
}

/// Only the disk can stand against it now.
Result<void> erase_all(Store& store, const NamedContents& named, const Erasure& by, ErasedContents& erased) {
    for (std::size_t i = 0; i < named.places.size(); ++i) {
        note_decision_on(store, named.names[i], erased);
        const Result<bool> any = store.erase(*named.places[i].ordinal, named.places[i].sequence, by);
        if (!any) {
            const std::string those = i == 0 ? nothing_done
                                             : "; those before it, " + std::to_string(erased.count) +
                                                   " contents, are erased: see to the disk, and erase them all once "
                                                   "more, so that the file is written anew";
            return Error{any.error().code, named.names[i] + ": " + any.error().message + those};
        }
        ++(*any ? erased.count : erased.before);
    }
    return {};
}

}  // namespace

Result<ErasedContents> erase_contents(const JournalSettings& settings, const Clock& clock,
                                      const std::vector<std::string>& names, const Erasure& by,
                                      const std::function<Result<void>(Store&, const LeavingContents&)>& before) {
    auto named = read_names(names);
    if (!named) return named.error();
    if (!file_exists(settings.path)) return Error{Errc::invalid, "there is no journal " + settings.path};
    auto store = Store::open(settings, clock);
    if (!store) return store.error();
    if (auto can = check_all(**store, *named); !can) return can.error();
    if (before) {
        if (auto done = before(**store, named->leaving); !done) return done.error();
    }
    ErasedContents erased;
    erased.days = named->leaving.business_dates.size();
    const Result<void> all = erase_all(**store, *named, by, erased);
    if (erased.count > 0) {
        const Result<bool> sealed = (*store)->seal("erase");
        erased.sealed = sealed && *sealed;
    }
    if (auto done = (*store)->compact(); !done) return done.error();
    return all ? Result<ErasedContents>(erased) : Result<ErasedContents>(all.error());
}

}  // namespace tillpost
