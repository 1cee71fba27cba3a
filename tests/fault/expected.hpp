// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "tests/fault/history.hpp"

namespace tillpost::test {

/// Told from others by its business key, and so recognised when it comes again.
inline bool has_key(const Draft& draft) { return !draft.event.subject.empty() && !draft.quarantine; }

/// What has to be in the journal, and what may be, when a fault came at a certain moment.
struct History::Expected {
    struct Known {
        const Draft* draft;
        const Recorded* answer;
        const std::string* line;
        Place place() const { return {answer->epoch, answer->sequence}; }
    };
    std::map<std::string, Known> events;  ///< By data
    std::vector<Known> keys;
    std::vector<const Attempt*> in_flight;
    std::vector<const Change*> changes;  ///< Done, or
    std::set<const Change*> unsure;      ///< … perhaps.
    std::int64_t quarantined = 0;
    std::optional<Epoch> epoch;

    /// Sent in one of the transactions in flight and in no other, so that it says what became of that one.
    bool only_once(const Draft& draft) const {
        std::size_t attempts = events.count(draft.event.data);
        for (const Attempt* attempt : in_flight) {
            attempts += std::any_of(attempt->drafts.begin(), attempt->drafts.end(),
                                    [&](const Draft& each) { return each.event.data == draft.event.data; });
        }
        return attempts == 1;
    }
    const Change* change(const Place& place, Change::Kind kind) const {
        for (const Change* each : changes) {
            if (each->kind == kind && each->place == place) return each;
        }
        return nullptr;
    }
};

}  // namespace tillpost::test
