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

/// What a damaged journal's pages say of records in quarantine: where their rows lie, the events that put them there,
/// and those that say what was decided. Pure: who reads the pages hands over what is in them, however often it stands
/// there.
///
/// Pages that are not in use any more have former versions of rows. A decided one goes before an open one, and one
/// whose content is gone before both; an open one of which an event says that it was decided is none. What was deleted
/// long ago, and has no trace of its decision left, is open again: somebody decides once more.
class PageRecords {
public:
    /// Of each kind, and twice as many before former versions are left out; 24 bytes of memory each.
    static constexpr std::size_t most = 500'000;

    /// A record of which something is known.
    struct Known {
        std::int64_t position = 0;
        std::uint64_t content = 0;  ///< Beginning of its digest; 0: nobody says it.
    };
    static Known known(const SalvagedQuarantine::Row& row, Sha256& sha);

    /// Where a row lies.
    struct Place {
        std::uint32_t page = 0;  ///< From 1; with in_wal: the frame, from 0
        std::uint16_t cell = 0;
        bool in_wal = false;
    };
    struct Row {
        std::int64_t position = 0;
        Place place;
        std::uint8_t rank = 0;  ///< 0 open, 1 decided, 2 decided and without content
    };
    /// Are its bytes what was put there, as far as it says?
    static bool is_whole(const SalvagedQuarantine::Row& row, Sha256& sha);
    /// One that is whole.
    void note_row(const SalvagedQuarantine::Row& row, const Place& place);
    /// The best row of the lowest position behind that one; null: there is none.
    const Row* next(std::int64_t after) const;

    /// An event that is whole, whichever.
    void note_event(std::int64_t position, const StoredRow& row);
    /// When all are noted.
    void settle();
    /// Were there more than fit?
    bool is_cut() const { return is_cut_; }

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
    template <class Each>
    void add(std::vector<Each>& to, const Each& one);

    std::vector<Row> rows_;
    std::vector<Put> puts_;
    std::vector<Known> decided_;
    bool is_cut_ = false;
};

}  // namespace tillpost
