// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/journal/salvaged.hpp"

/// Rows in single pages of a journal's file, without SQLite: what is left when the pages that lead to them are gone.
/// SQLite's file format: fileformat2, 1.6 "B-tree Pages" and 2.1 "Record Format". Every offset is checked: a page may
/// hold anything. Pure.
namespace tillpost {

constexpr std::size_t page_size = 4096;  ///< Of every journal; no bytes of a page are reserved.

/// A row where it lies in a leaf page of a table.
struct PageCell {
    std::int64_t rowid = 0;
    std::size_t size = 0;        ///< Of the record, …
    std::size_t at = 0;          ///< … where it begins in the page …
    std::size_t local = 0;       ///< … and how much of it is in this page.
    std::uint32_t overflow = 0;  ///< The page in which it goes on; 0: it does not.
};

/// Gives a page by its number, from 1: page_size bytes, or fewer if it cannot be read.
using ReadPage = std::function<std::string(std::uint32_t number)>;

/// The cells of a page, none if it is no leaf page of a table. A cell that does not fit its page is left out.
std::vector<PageCell> cells_of(std::string_view page);

/// Its body as it lies there. nullopt: the cell has another shape than a row of the table `event`, or its other pages
/// are gone. Whether a whole row is what was written is told by its digest alone.
std::optional<StoredRow> event_in(std::string_view page, const PageCell& cell, const ReadPage& read);

/// A row of the table `quarantine`, of any format: rows end before the columns that were added later. Its bytes as they
/// lie there. nullopt: as above. Whether its bytes are what was put there is told by its digest, if it has one.
std::optional<SalvagedQuarantine::Row> quarantine_in(std::string_view page, const PageCell& cell, const ReadPage& read);

/// What ties an event to its number.
struct RowLink {
    Digest digest{};
    Digest chain{};
};

/// Of a row that event_in() takes, as it was written.
std::optional<RowLink> link_in(std::string_view page, const PageCell& cell);

/// A row of the table `epoch` that is of that source, of any with ""; `confirmed` of a closed one is where it was
/// closed.
std::optional<EpochSummary> epoch_in(std::string_view page, const PageCell& cell, std::string_view source);

}  // namespace tillpost
