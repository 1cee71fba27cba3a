// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "agent/day/ledger.hpp"

namespace tillpost {

/// [audit-1] The events of a till's business day, in the order in which they were counted, to make again what
/// corrections have made of its sums. Pure; CertificateCheck bounds it.
///
/// What a correction found when it came only the agent knows, which may have deleted that by then: what the certificate
/// names as not applied is not applied here, either.
class CorrectedDay {
public:
    struct Event {
        std::string id, type, mode, subject, quality;
        std::string corrects, kind, maps_again;  ///< As the body has them
        bool late = false;
        std::shared_ptr<const DayFacts> facts;

        /// The views point into it.
        day::DayEvent as_counted() const;
        /// A post-void, or one that is said anew: a correction of a void does not void.
        bool voids() const;
        /// Takes an earlier record back, stands in its place, or says it anew.
        bool changes_another() const;
        /// … and it is that one, by its id or business key.
        bool changes(const Event& other) const;
    };

    void take(const Event& event);
    bool has_what_changes(const Event& event) const;
    /// An event of another day has changed this one, or there is no room for its events: nothing is said of it any
    /// more.
    void give_up();
    std::size_t size() const { return events_.size(); }

    /// `captured`, which has counted the same events, with their corrections; nullopt where they do not suffice.
    std::optional<day::DayLedger> corrected(const day::DayLedger& captured, const nlohmann::json& certificate) const;

private:
    using Places = std::unordered_multimap<std::string_view, std::size_t>;  ///< In events_, by id and by business key
    std::optional<day::DayOriginal> original_of(std::size_t index, const Places& before) const;

    std::vector<Event> events_;
    std::uint64_t changing_ = 0;  ///< Of them
    bool given_up_ = false;
};

}  // namespace tillpost
