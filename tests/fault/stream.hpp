// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "agent/journal/store.hpp"

namespace tillpost::test {

/// An event's number: epoch and sequence.
using Place = std::pair<Epoch, Sequence>;

/// The data in a line: what tells events apart here, for each draft's data is unlike all others'.
std::string data_of(std::string_view line);

/// The live epoch's lines as a receiver reads them: numbers, digests and chain are checked, and each line has the
/// number that its event got first.
struct Stream {
    struct Entry {
        Place first;  ///< What `reissued` said, or its own number.
        Line::Kind kind = Line::Kind::event;
        Digest digest{};
        std::string text;  ///< The line from the body on.
    };
    /// What the journal said of itself.
    struct Loss {
        Place place;
        std::string reason;
    };
    struct Quarantined {
        std::string event;  ///< Its id
        std::string rule;
    };
    std::map<std::string, Entry> whole;  ///< By data
    std::map<Digest, Entry> withheld;
    std::vector<Entry> lost;
    std::vector<Loss> losses;
    std::vector<Quarantined> quarantined;

    /// nullopt, or what is wrong in the journal.
    std::optional<std::string> read(Store& store, const std::string& source);

private:
    std::optional<std::string> take(const Line& line, const std::string& text, const Place& first);
    void take_own(const std::string& text, const std::string& data);

    Place first_number(const Place& own);

    /// A run of reissued events: the next one's former number, and how many follow. A run that is moved once more lies
    /// within another one.
    struct Run {
        Place next;
        std::uint64_t count = 0;
    };
    std::vector<Run> runs_;  ///< The outermost first
};

}  // namespace tillpost::test
