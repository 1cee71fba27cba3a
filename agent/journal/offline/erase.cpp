// SPDX-License-Identifier: Apache-2.0
#include "agent/journal/offline/erase.hpp"

#include <charconv>
#include <optional>
#include <string_view>

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

Result<std::vector<ErasedPlace>> places_of(const std::vector<std::string>& names) {
    std::vector<ErasedPlace> places;
    for (const std::string& name : names) {
        const std::optional<ErasedPlace> place = place_of(name);
        if (!place) {
            return Error{Errc::invalid, name +
                                            " names neither an event, such as 00c0ffee00c0ffee-0000000000000042, nor "
                                            "a quarantine record, such as Q1-42" +
                                            nothing_done};
        }
        places.push_back(*place);
    }
    return places;
}

/// Fills in the ordinals. What is erased is gone for good: one wrong name, and nothing is.
Result<void> check_all(Store& store, const std::vector<std::string>& names, std::vector<ErasedPlace>& places) {
    for (std::size_t i = 0; i < places.size(); ++i) {
        ErasedPlace& place = places[i];
        const auto ordinal = place.ordinal ? Result<std::uint32_t>(*place.ordinal) : store.ordinal_of(place.epoch);
        Result<void> can = ordinal ? store.can_erase(*ordinal, place.sequence) : Result<void>(ordinal.error());
        if (!can) return Error{can.error().code, names[i] + ": " + can.error().message + nothing_done};
        place.ordinal = *ordinal;
    }
    return {};
}

/// Only the disk can stand against it now.
Result<void> erase_all(Store& store, const std::vector<std::string>& names, const std::vector<ErasedPlace>& places,
                       const Erasure& by, ErasedContents& erased) {
    for (std::size_t i = 0; i < places.size(); ++i) {
        const Result<bool> any = store.erase(*places[i].ordinal, places[i].sequence, by);
        if (!any) {
            const std::string those = i == 0 ? nothing_done
                                             : "; those before it, " + std::to_string(erased.count) +
                                                   " contents, are erased: see to the disk, and erase them all once "
                                                   "more, so that the file is written anew";
            return Error{any.error().code, names[i] + ": " + any.error().message + those};
        }
        if (*any) ++erased.count;
    }
    return {};
}

}  // namespace

Result<ErasedContents> erase_contents(const JournalSettings& settings, const Clock& clock,
                                      const std::vector<std::string>& names, const Erasure& by,
                                      const std::function<Result<void>(Store&)>& before) {
    auto places = places_of(names);
    if (!places) return places.error();
    if (!file_exists(settings.path)) return Error{Errc::invalid, "there is no journal " + settings.path};
    auto store = Store::open(settings, clock);
    if (!store) return store.error();
    if (auto can = check_all(**store, names, *places); !can) return can.error();
    if (before) {
        if (auto done = before(**store); !done) return done.error();
    }
    ErasedContents erased;
    const Result<void> all = erase_all(**store, names, *places, by, erased);
    if (erased.count > 0) {
        const Result<bool> sealed = (*store)->seal("erase");
        erased.sealed = sealed && *sealed;
    }
    if (auto done = (*store)->compact(); !done) return done.error();
    return all ? Result<ErasedContents>(erased) : Result<ErasedContents>(all.error());
}

}  // namespace tillpost
