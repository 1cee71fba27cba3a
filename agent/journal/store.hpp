// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <memory>
#include <vector>

#include "agent/journal/record.hpp"
#include "agent/journal/settings.hpp"
#include "platform/clock.hpp"
#include "platform/sqlite.hpp"

namespace tillpost {

/// The journal's file. Blocking; on the storage worker only.
///
/// [durable-1] What append() returned is on stable storage. Errc::full means: nothing was recorded, the file is as
/// before, try again when there is space. Any other error means: it is unknown whether the drafts are recorded;
/// use the store no longer, stop, and open it anew.
class Store {
public:
    static Result<std::unique_ptr<Store>> open(const JournalSettings& settings, const Clock& clock);

    /// Records the drafts in one transaction, in order; one answer each. Assigns sequence, recorded time, salt, chain.
    Result<std::vector<Recorded>> append(std::vector<Draft>& drafts);

    /// Lines of the live epoch from `range.from` on, until range.to or until their bytes exceed max_bytes
    /// (at least one line). Each is checked against its digest: Errc::corrupt if it differs.
    Result<std::vector<StoredLine>> read(Range range, std::size_t max_bytes);

    /// Moves the confirmed mark to the receipt's `upto`, down too, if its hash is ours.
    Result<Confirmation> confirm(const EpochReceipt& receipt);
    /// The same on the broker's word alone, for `"confirm": "broker"`.
    Confirmation confirm_sent(Sequence upto);

    /// One slice of upkeep (a few milliseconds): watermark, retention, old business keys, checkpoint.
    /// True if there is more to do at once. Errc::full is harmless.
    Result<bool> maintain();

    const EpochSummary& live() const { return live_; }
    std::int64_t quarantined() const { return quarantined_; }
    std::int64_t bytes() const { return bytes_; }

private:
    struct Head {
        EpochSummary live;
        std::int64_t quarantined;
    };
    Store(const JournalSettings& settings, const Clock& clock, std::unique_ptr<Database> database);

    Result<void> prepare();
    Result<void> load_epoch();
    Result<void> create_epoch();
    Result<void> load_head();
    Result<void> check_newest();
    Result<std::vector<Recorded>> append_all(std::vector<Draft>& drafts);
    Result<Recorded> append_one(Draft& draft, const Stamp& stamp);
    Result<std::optional<Recorded>> find_repeat(Draft& draft, std::string_view content, std::int64_t& first);
    Result<Recorded> insert(Draft& draft, const Stamp& stamp, std::string_view content, std::int64_t first);
    Result<void> insert_quarantine(const Draft& draft, std::int64_t position, std::int64_t recorded);
    Result<void> write_watermark();
    Result<bool> prune_confirmed();
    Result<bool> prune_keys();
    Result<std::int64_t> measure();
    Result<std::optional<Digest>> chain_at(Sequence sequence);
    Recorded recorded_at(std::int64_t position) const;
    std::int64_t position_of(Sequence sequence) const;
    Head head() const { return {live_, quarantined_}; }
    void restore(const Head& head);
    Error undo(const Error& error, const Head& before);

    JournalSettings settings_;
    const Clock& clock_;
    std::unique_ptr<Database> database_;
    Sha256 sha_;
    EpochSummary live_;
    std::int64_t quarantined_ = 0;
    std::int64_t bytes_ = 0;
    Sequence written_confirmed_ = 0;
    bool tight_ = false;  ///< The disk was full: the next upkeep empties the WAL, whose space is used again then.

    Statement insert_event_, read_events_, find_content_, find_key_, insert_key_, insert_quarantine_, count_quarantine_,
        update_watermark_, oldest_events_, delete_events_, update_pruned_, delete_keys_, oldest_key_, page_count_,
        free_pages_, read_chain_;
};

}  // namespace tillpost
