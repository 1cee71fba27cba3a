// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "agent/journal/offline/journal_file.hpp"
#include "agent/wire/former_numbers.hpp"

namespace tillpost {

/// [durable-3] Holds the table of quarantine against the events: each record that one put there is there until another
/// one decides, and is decided as that says. Bounded memory.
class RecordCheck {
public:
    /// The journal's rows in order, epoch by epoch.
    void row(Epoch epoch, const JournalFile::Row& row);

    struct Visit {
        std::function<void(Epoch epoch, Sequence sequence, std::string what)> fault;
        std::function<void(std::string what)> doubt;  ///< What would tell may be among events that are not here.
    };
    Result<void> finish(JournalFile& file, const std::vector<JournalFile::FileEpoch>& epochs, const Visit& visit);

private:
    /// A `quarantined` event's place, or that of a row without content.
    struct Put {
        Epoch epoch;
        Sequence sequence;
        std::uint64_t at;  ///< Which one of the rows
        bool has_content;  ///< The event says that there were bytes.
    };
    struct Decision {
        std::string word, event;
        std::int64_t user = 0;
        std::string actor;
    };

    void compare(const Put& put, std::int64_t position, const std::map<std::int64_t, JournalFile::Record>& records,
                 const Visit& visit) const;
    bool salvaged(const Put& put) const;
    std::optional<std::int64_t> first_position(const Put& row, const std::vector<JournalFile::FileEpoch>& epochs) const;
    Result<void> find_last_absent(JournalFile& file, const std::vector<JournalFile::FileEpoch>& epochs);

    std::uint64_t rows_ = 0;
    std::vector<Put> absent_;        ///< Rows without content that may have been decisions
    std::uint64_t last_absent_ = 0;  ///< The last of them of which nothing says that it was none
    FormerNumbers numbers_;
    std::set<Epoch> salvaged_;  ///< Epochs whose file was damaged: records in it may have been, too
    std::vector<Put> puts_;
    std::map<std::string, Decision> decisions_;  ///< By the record's id

    static constexpr std::size_t most_followed = std::size_t{1} << 18;
};

}  // namespace tillpost
