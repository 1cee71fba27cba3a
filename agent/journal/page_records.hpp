// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

#include "agent/journal/salvaged.hpp"
#include "platform/bytes.hpp"

namespace tillpost {

/// Eight bytes of a digest, by which contents are told apart in an index.
std::uint64_t first_bytes_of(const Digest& digest);

/// What a damaged journal's pages say of records in quarantine: the events that put them there, and those that say what
/// was decided. Pure: who reads the pages hands over what is in them, however often it stands there.
class PageRecords {
public:
    static constexpr std::size_t most = 1'000'000;  ///< Of each kind; what is beyond is not looked at.

    /// A record of which something is known.
    struct Known {
        std::int64_t position = 0;
        std::uint64_t content = 0;  ///< Beginning of its digest; 0: nobody says it.
    };
    static Known known(const SalvagedQuarantine::Row& row, Sha256& sha);

    /// An event that is whole, whichever.
    void note_event(std::int64_t position, const StoredRow& row);
    /// When all are noted.
    void settle();

    /// How many `quarantined` events there are of whose record neither is among the given ones nor a decision is known.
    /// `is_held`: whether an event can be there still. An event that has another number by now is told by the content.
    std::size_t missing(const std::vector<Known>& given, const std::function<bool(std::int64_t)>& is_held) const;

private:
    struct Put {
        std::int64_t position = 0;
        std::uint64_t event = 0;  ///< Beginning of the event's digest
        std::uint64_t content = 0;
    };
    void keep_best();
    bool has_room();

    std::vector<Put> puts_;
    std::vector<Known> decided_;
};

}  // namespace tillpost
