// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "agent/event/business_class.hpp"
#include "agent/event/key_rules.hpp"
#include "agent/event/sold_goods.hpp"
#include "agent/journal/birth.hpp"
#include "agent/journal/clock_watch.hpp"
#include "agent/journal/cut_records.hpp"
#include "agent/journal/disk_room.hpp"
#include "agent/journal/event_row.hpp"
#include "agent/journal/former.hpp"
#include "agent/journal/lost_rows.hpp"
#include "agent/journal/passed_time.hpp"
#include "agent/journal/receipt_rules.hpp"
#include "agent/journal/recent_keys.hpp"
#include "agent/journal/record.hpp"
#include "agent/journal/salvaged.hpp"
#include "agent/journal/settings.hpp"
#include "agent/journal/unsealed.hpp"
#include "agent/journal/witness.hpp"
#include "platform/clock.hpp"
#include "platform/sqlite.hpp"

namespace tillpost {

struct Glance;
class ReturnsBefore;

/// The journal's file. Blocking; on the storage worker only.
///
/// [durable-1] What append() returned is on stable storage. Errc::full means: nothing was recorded, the file is as
/// before, try again when there is space. Any other error means: it is unknown whether the drafts are recorded;
/// use the store no longer, stop, and open it anew. Errc::corrupt leaves a mark beside the file (damage.hpp): the next
/// start sets the file aside and goes on in a new one.
///
/// One epoch is live: numbered, delivered, confirmed. What a closed epoch still owes is reissued into it
/// (agent/decisions/0008).
class Store {
public:
    /// `least_ordinal`: of the first epoch, if the file is new: above those of a file that was set aside.
    static Result<std::unique_ptr<Store>> open(const JournalSettings& settings, const Clock& clock,
                                               std::uint32_t least_ordinal = 1);

    /// Records the drafts in one transaction, in order; one answer each. Assigns sequence, recorded time, salt, chain.
    Result<std::vector<Recorded>> append(std::vector<Draft>& drafts);

    /// Lines of the live epoch from `range.from` on, until range.to or until their bytes exceed max_bytes
    /// (at least one line). [intact-1] Each is checked against its digest: one that differs is taken out of the
    /// stream (a tombstone or a lost line travels in its place) and its bytes go to quarantine. Errc::corrupt when one
    /// does not follow from the event before it, or says of its content what is not so.
    Result<StoredLines> read(Range range, std::size_t max_bytes);

    /// Moves the confirmed mark to the receipt's `upto`, down too, if its hash is ours, and keeps whose it is;
    /// quarantines what is rejected; tells what is gone. [fork-1] A live epoch of another history there is closed.
    Result<Confirmation> confirm(const EpochReceipt& receipt, std::string_view receiver = {});
    /// Whose receipts count: who is named by the settings, else who is kept; "" while there is none.
    const std::string& receiver() const { return settings_.receiver.empty() ? receiver_ : settings_.receiver; }
    /// The same on the broker's word alone (`"confirm": "broker"`); nothing when the epoch is not the live one.
    Confirmation confirm_sent(Epoch epoch, Sequence upto);

    /// The live event's content goes to quarantine and a tombstone travels in its place.
    Result<void> withhold(Sequence sequence, std::string_view rule);

    /// Open records in an order. At most `most_sorted` of them are looked at, the oldest.
    Result<QuarantinePage> quarantine_page(const QuarantineQuery& query);
    static constexpr std::size_t most_sorted = 10'000;
    /// With its bytes; Errc::rejected, with what is wrong, if there is none of that id.
    Result<QuarantineRecord> quarantine_record(const std::string& id);
    /// [durable-3] Records a decision, with the event that the record becomes, in one transaction. Errc::rejected, and
    /// nothing is changed, if there is no such record or it is decided already.
    Result<Decided> decide(QuarantineDecision decision);
    /// For whoever maps events again: those behind the position, up to another one. A slice: some 128 rows.
    Result<HeldPage> held_page(std::int64_t after, std::int64_t upto);
    /// Records the corrections in one transaction; nullopt for what another event stands in the place of meanwhile, or
    /// what is not held any more. So a run that was killed goes on, and nothing is corrected twice.
    Result<std::vector<std::optional<Recorded>>> correct(std::vector<Correction>& corrections);
    /// Ids of open records behind that one ("" for the first), the oldest first.
    Result<std::vector<std::string>> open_records_behind(const std::string& id, std::size_t most);

    /// [privacy-1] Deletes the content of an event, by any of its numbers, and of quarantine records of it or there,
    /// and its business key; a tombstone travels, and a `loss` (of an open record `discarded`) says who did it. False:
    /// nothing was left of it. Errc::invalid: not held, or it must stay; erasable_content() says so, too.
    Result<bool> erase(std::uint32_t ordinal, Sequence sequence, const Erasure& by);
    Result<std::string> erasable_content(std::uint32_t ordinal, Sequence sequence);  ///< An event's; "" if it has none.
    Result<std::uint32_t> ordinal_of(Epoch epoch) const;
    Result<void> compact();  ///< The file anew, without anything deleted. Takes long, and its size on the disk.
    Result<bool> reissue();  ///< [fork-1] One slice of what closed epochs owe. True if there is more.

    /// [audit-1] Signs what is behind the last seal and records that, at once. False if there is nothing, or the key
    /// does not sign: said by sealing(), and harmless. Errc::full is harmless, too.
    Result<bool> seal(std::string_view cause);
    std::string_view seal_due() const;                                          ///< Why one is due now, "" if none is.
    std::optional<WallTime> unsealed_since() const { return unsealed_since_; }  ///< See Journal.
    const std::string& sealing() const { return sealing_; }  ///< "ok", or why the last seal could not be signed.
    /// The business keys of the newest events that were the first with one, at most so many, the oldest first.
    Result<std::vector<std::string>> newest_keys(std::size_t most);
    /// Records what the wall clock did since the last event, if it is worth one. append() does that by itself.
    Result<void> check_clock();
    bool checkpoint_due() const;  ///< The WAL is to be moved into the file before the next commit, whatever waits.
    Result<void> checkpoint();    ///< Moves it. Errc::full is harmless.
    /// One slice of upkeep (a few milliseconds): watermark, retention, old business keys, shedding, checkpoint.
    /// True if there is more to do at once. Errc::full is harmless.
    Result<bool> maintain();

    /// What was kept of the business days; nothing is pruned any more that keep_days() has not covered.
    Result<KeptDays> kept_days();
    /// Visits the oldest `most` records that became no event and wait for a decision; gives how many more there are.
    using VisitRecord = std::function<void(const QuarantineRecord&)>;
    Result<std::uint64_t> each_waiting_record(std::size_t most, const VisitRecord& visit);
    /// What was recorded behind that, in order: events whose content is here and undamaged.
    Result<void> each_behind_days(const std::function<void(const HeldEvent&)>& visit);
    Result<void> keep_days(const KeptDays& days);
    void release_memory();  ///< That work has left: cached pages, free blocks. What comes next costs a little more.
    Result<void> settle();  ///< Everything that is written late is written: before a stop in good order.
    /// [intact-1] Checks the next few rows against their digests; false at the end, then from the start again.
    Result<bool> scrub();
    bool scrubs_keys() const { return keys_scrubbed_ >= 0; }  ///< … the business keys before them
    /// Takes over content of a file that was set aside, and how far that has come, at once; fills in their `places`.
    Result<void> adopt(SalvagedRows& rows);
    Result<void> adopt(const SalvagedKeys& keys);
    Result<void> adopt(SalvagedQuarantine& records);
    Result<void> salvage_done(const std::string& file);
    Result<SalvageProgress> salvage_progress(const std::string& file);  ///< Where to go on after a restart.
    /// While a salvage is under way an event whose key is not known may still be a repeat, and is marked so.
    void set_salvaging(bool salvaging) { salvaging_ = salvaging; }

    const EpochSummary& live() const { return live_; }
    std::vector<OwnRecorded> take_own() { return std::exchange(own_, {}); }  ///< Since the last call; the oldest ones.
    std::int64_t quarantined() const { return counters_.quarantined; }
    std::int64_t shed() const { return counters_.shed; }
    std::int64_t lost() const { return counters_.lost; }
    std::int64_t bytes() const { return bytes_; }
    bool has_room() const;       ///< After the disk was full: the ballast is back, or there is the reserve.
    bool can_make_room() const;  ///< At the limit: something cheaper than a critical event may be held.
    const SliceTime& slice() const { return slice_; }
    bool is_tight() const { return tight_; }  ///< It was full, and the next maintain() makes room.
    const DiskRoom& room() const { return room_; }
    bool is_short() const;  ///< On a full disk, or near the limit: what is cheap goes.
    static bool is_critical(const Draft& draft);
    std::int64_t quarantine_bytes() const { return counters_.quarantine_bytes; }  ///< With some for each row.
    Result<void> note_largest_line(std::int64_t bytes);  ///< That the broker takes, 0: any. Errc::full is harmless.
    const JournalCounters& counters() const { return counters_; }

private:
    friend class Places;                                     ///< What is corrected, of the same tables
    friend class Twins;                                      ///< What a salvage brings again
    static constexpr std::int64_t checkpoint_pages = 3'000;  ///< 12 MB; the WAL is at most the next commit larger.
    /// Bodies that one slice of upkeep deletes; a single larger one, too. SQLite reads the pages of each.
    static constexpr std::int64_t freed_in_slice = 2 << 20;
    /// Bodies that a start reads again for the keys, and for the next seal: bytes beyond which they are written.
    static constexpr std::uint64_t most_read_again = 8 << 20;
    struct Head {
        EpochSummary live;
        std::vector<Former> formers;
        JournalCounters counters;
        Sequence written_confirmed, moved;
        Unsealed unsealed;
        ClockWatch clock_watch;
        std::int64_t days_upto;
        AgeMarks ages;
    };
    struct Erasable;
    struct Sheddable;
    using Key = KeyMatch::Key;
    Store(const JournalSettings& settings, const Clock& clock, std::unique_ptr<Database> database);

    // store.cpp
    static Result<std::unique_ptr<Database>> open_database(const std::string& path);
    Result<void> load(std::uint32_t least_ordinal);
    void keep_witness();
    Result<void> prepare();
    Result<void> prepare_upkeep();
    Result<std::vector<Recorded>> append_all(std::vector<Draft>& drafts);
    Result<Recorded> append_one(Draft& draft, const Stamp& stamp);
    Result<Recorded> insert(Draft& draft, const Stamp& stamp, std::string_view content, std::int64_t first);
    Result<Sequence> insert_row(const StoredRow& row);
    Result<Sequence> insert_own(const Event& event);
    Result<Sequence> insert_own_at(const Event& event, const Timestamp& now);
    // seals.cpp
    Result<void> load_seals();
    Result<void> disown_unsealed();
    Result<std::vector<UnsealedEvent>> behind_last_seal(Range range);
    void note_unsealed(const StoredRow& row, const Digest& before, const Digest& chain, Sequence sequence);
    bool seals_live(std::string_view body) const;
    Result<void> seal_break(const Seal::Anchor& anchor);
    std::optional<Seal> signed_seal(std::string_view cause, const Timestamp& now);
    Result<void> insert_seal(const Seal& seal, const Timestamp& now);
    Result<void> load_clock();
    Result<void> note_clock(const Timestamp& now);
    // quarantine.cpp
    Result<void> prepare_quarantine();
    Result<Recorded> append_unless_recorded(Draft& held, const Stamp& stamp);
    Result<Recorded> append_quarantined(Draft& draft, const Stamp& stamp);
    Result<std::optional<Recorded>> decided_before(const Draft& draft);
    Result<bool> stands_for_repeats(std::int64_t position);
    Result<void> insert_quarantine(const Draft::Quarantine& record, std::string_view device, std::int64_t position,
                                   std::optional<std::int64_t> about);
    std::string known_id(std::int64_t position) const;
    Result<std::optional<QuarantineRecord>> read_record(std::int64_t position, bool with_bytes);
    Result<Recorded> append_decided(const QuarantineRecord& record, QuarantineDecision& decision);
    Result<void> note_decision(const QuarantineRecord& record, const QuarantineDecision& decision,
                               std::optional<std::int64_t> became, Decided& decided);
    std::int64_t position_of_recorded(const Recorded& recorded) const;
    Result<void> find_records_with(std::int64_t position, std::vector<QuarantineRecord>& records);
    Result<Erasable> find_erasable(std::int64_t position);
    Result<bool> erase_found(const Erasable& found, const Erasure& by);
    Result<bool> erase_record(QuarantineRecord record, const Erasure& by);
    // waiting.cpp
    Result<void> prepare_waiting();
    Result<void> begin_waiting(std::int64_t position, std::int64_t recorded, const Glance& glance);
    Result<void> end_waiting(std::int64_t position);
    Result<void> keep_what_they_say(const std::vector<std::pair<std::int64_t, std::string>>& records);
    // same_content.cpp
    Result<std::int64_t> find_same(const Event& event, const KeyRules* rules, const std::string& key);
    // former_keys.cpp
    Result<void> load_key_rules();
    Result<void> note_key_rules(const std::string& present, std::int64_t oldest);
    Result<std::int64_t> oldest_key();
    Result<KeyMatch> find_formerly(const Event& event);
    Result<KeyMatch> compare_formerly(const Event& event, const KeyRules& former, const std::string& key);
    // keys.cpp
    Result<void> prepare_keys();
    Result<void> load_keys();
    Result<KeyMatch> find_key(std::string_view key, std::string_view content);
    Result<void> insert_key(const SalvagedKeys::Row& row);
    bool keys_due() const;
    Result<void> write_keys();
    void keys_written();
    Result<void> doubt_unknown_keys();
    Result<void> free_for_resend(std::int64_t from, std::int64_t to);
    Result<void> forget_content(std::int64_t position, std::string_view body);
    Result<bool> prune_keys();
    Result<void> note_forgotten(std::int64_t recorded);
    Result<void> load_birth();
    Result<void> begin_birth(const Timestamp& now);
    bool may_be_forgotten(const Event& event, const Timestamp& now);
    Result<bool> prune_decided();
    bool is_confirmed(std::int64_t position) const;
    bool holds(std::int64_t position) const;
    Result<std::int64_t> last_forgotten_key();
    std::int64_t last_uncounted_key() const;
    // returned.cpp
    Result<void> prepare_returned();
    Result<std::optional<Quality::First>> mark_over_returned(Event& event);
    Result<std::optional<SoldGoods::Balance>> returned_so_far(const ReturnedGoods::Line& line, ReturnsBefore& before,
                                                              std::size_t& left);
    Result<std::vector<ReturnedGoods::Line>> given_back(const std::string& original);
    Result<std::vector<std::int64_t>> positions_of_key(std::string_view key);
    Result<Recorded> hold_back(Draft& draft, const Stamp& stamp, const Rejection& rejection);
    Result<void> note_returned(const Event& event, std::int64_t place, std::int64_t recorded);
    Result<bool> prune_notes();
    // corrections.cpp
    Result<void> prepare_corrections();
    Result<std::optional<Recorded>> correct_one(Correction& correction, const Stamp& stamp);
    // days.cpp
    Result<void> write_days(const KeptDays& days);
    // epochs.cpp, moved.cpp
    Recorded recorded_at(std::int64_t position) const;
    Recorded repeat_of(std::int64_t position) const;
    std::string id_at(std::int64_t position) const;
    std::int64_t position_of(Sequence sequence) const;
    Result<void> load_epochs(std::uint32_t least_ordinal);
    Result<void> load_head();
    Result<void> check_source();
    Result<bool> owes(const EpochSummary& epoch);
    Result<void> create_epoch(std::uint32_t ordinal);
    Result<void> fork(std::string_view cause, Sequence closed);
    Result<std::vector<StoredRow>> owed_rows(const Former& former);
    Result<void> move_notes(std::int64_t from, std::int64_t to, const StoredRow& row);
    Result<void> move_rows(const EpochSummary& former, const std::vector<StoredRow>& rows, std::string_view cause,
                           std::vector<Sequence>* places = nullptr);
    const Former* find_former_by_ordinal(std::uint32_t ordinal) const;
    Result<void> note_moved(std::int64_t first, std::int64_t count, std::int64_t to);
    Result<void> drop_oldest_runs();
    Result<std::int64_t> moved_to(std::int64_t position);
    Result<std::vector<std::int64_t>> former_places(std::int64_t position);
    // adopt.cpp
    Result<void> know_former(const EpochSummary& former);
    Result<void> tell_loss(Epoch epoch, const std::vector<Range>& lost, std::string_view reason);
    // receipts.cpp
    Result<void> confirm_live(const EpochReceipt& receipt, Confirmation& outcome);
    Result<void> keep_receiver(std::string_view receiver);
    Result<void> take_also(const EpochReceipt& receipt, Confirmation& outcome);
    Result<void> take_rejected(const EpochReceipt& receipt, Confirmation& outcome);
    Result<void> tell_gone(const EpochReceipt& receipt, Confirmation& outcome);
    Result<bool> move_to_quarantine(Sequence sequence, std::string_view rule, std::string_view detail, RowState state);
    // read.cpp
    Result<void> check_newest();
    Result<void> scrub_from(Sequence from);
    Result<void> write_scrubbed();
    Result<bool> scrub_keys();
    Result<StoredLines> read_lines(Range range, std::size_t max_bytes);
    Result<ChainLink> link_before(Sequence sequence);
    Result<void> follows(ChainLink& link, const EventRow& row);
    Result<std::optional<StoredRow>> row_at(std::int64_t position);
    Result<void> take_out_damaged(Sequence sequence);
    Result<void> disown_lost(const std::vector<Range>& untold);
    bool holds_all_of_it() const;
    Result<std::optional<Digest>> chain_at(std::uint32_t ordinal, Sequence sequence);
    // mend.cpp
    Result<bool> mend(Sequence sequence);
    Result<bool> mend_digest(Sequence sequence);
    Result<bool> mend_chain(Sequence sequence, const Digest& before);
    Result<bool> put_mended(Sequence sequence, const char* column, const Digest& value);
    Result<std::optional<Digest>> told_digest(Sequence sequence);
    Result<std::optional<Digest>> chain_that_follows(Sequence sequence, const Digest& before);
    // ages.cpp
    Result<void> load_ages();
    Millis passed();
    Result<void> write_ages(bool all);
    Result<std::int64_t> older_than(std::chrono::seconds age);
    // upkeep.cpp
    Result<void> write_watermark();
    Result<bool> prune_confirmed();
    Result<bool> prune(EpochSummary& epoch, Sequence upto);
    bool mark_due() const;
    Result<void> write_counters();
    Result<std::int64_t> measure();
    std::int64_t told_free() const;
    void keep_ballast();
    bool give_up_ballast();
    // shedding.cpp
    Result<bool> shed_slice();
    Result<Sheddable> sheddable(BusinessClass business_class, Sequence& from);
    Result<void> shed(BusinessClass business_class, const Sheddable& rows);
    Result<void> rewrite(Range range);
    Result<bool> make_room(const std::vector<Draft>& drafts);

    Head head() const {
        return {live_, formers_, counters_, written_confirmed_, moved_, unsealed_, clock_watch_, days_upto_, ages_};
    }
    void restore(const Head& head);
    Error undo(const Error& error, const Head& before);
    Error noted(const Error& error) const;
    template <class Work>
    Result<void> transaction(std::string_view step, Work work, Database::Spare spare = Database::Spare::kept);
    Result<void> finish_transaction(Database::Spare spare);

    JournalSettings settings_;
    const Clock& clock_;
    std::unique_ptr<Database> database_;
    std::unique_ptr<Witness> witness_;  ///< Null: it cannot be had, on a full disk for example.
    bool witness_missing_ = false, ballast_missing_ = false, salvaging_ = false;
    Sha256 sha_;
    EpochSummary live_;
    std::vector<Former> formers_;  ///< Oldest first
    JournalCounters counters_, written_counters_;
    std::int64_t bytes_ = 0;
    Sequence written_confirmed_ = 0, kept_from_ = 0;  ///< … and receipt_rules::freed()
    Millis mark_written_{};                           ///< When, since boot
    bool prunes_ = false;  ///< This transaction deletes what the mark allows: it must be written with it.
    RecentKeys recent_keys_;
    CutRecords cut_records_;
    std::vector<KeyRules> former_rules_;  ///< By which remembered keys were made, the newest first
    std::int64_t keyed_ = 0;              ///< Keys of events up to this position are in the table …
    std::uint64_t unkeyed_bytes_ = 0;     ///< … and the bodies behind it have so many bytes.
    PassedTime passed_;
    Millis passed_written_{};  ///< When that was written; too new after a rollback, for a quarter of an hour.
    AgeMarks ages_;
    Millis doubt_until_{};        ///< Of passed_
    std::int64_t forgotten_ = 0;  ///< When the newest was recorded whose key is beyond the bounds, ms since 1970
    Birth birth_;
    std::string receiver_;           ///< Kept: who confirmed something, 32 hex digits
    std::int64_t writing_keys_ = 0;  ///< The same, when the present transaction is committed; 0: no change
    Unsealed unsealed_;              ///< Of the live epoch; kept only if there is a signer
    std::optional<WallTime> unsealed_since_;
    std::string sealing_ = "ok";
    ClockWatch clock_watch_;
    std::vector<OwnRecorded> own_;
    Sequence moved_ = 0;          ///< Events of the live epoch that came from others
    std::int64_t days_upto_ = 0;  ///< Position up to which the days are kept …
    bool keeps_days_ = false;     ///< … if somebody does: what is behind it is not pruned.
    bool tight_ = false;          ///< The disk was full: the next upkeep makes room.
    DiskRoom room_;
    receipt_rules::ForkPause fork_pause_;
    receipt_rules::GoneTold gone_told_;
    Sequence newest_cheap_ = last_sequence;  ///< The last event that is not critical; at first unknown
    SliceTime slice_;
    std::array<Sequence, 3> shed_from_{};            ///< By class: everything before was looked at for shedding.
    std::int64_t checkpoint_at_ = checkpoint_pages;  ///< Pages in the WAL
    bool whole_round_ = false;                       ///< The present round of the scrub began at the first event.
    std::int64_t scrubbed_ = 0, written_scrubbed_ = 0, keys_scrubbed_ = 0;  ///< Up to where; -1: all
    LostRows lost_rows_;                                                    ///< What it has seen

    Statement insert_event_, read_events_, find_key_, free_key_, insert_key_, insert_quarantine_, find_about_, count_,
        update_watermark_, oldest_events_, delete_events_, update_pruned_, delete_keys_, oldest_key_, page_count_,
        free_pages_, read_chain_, read_link_, delete_moved_, update_state_, sheddable_, insert_epoch_, close_epoch_,
        update_moved_, put_salvage_rows_, put_salvage_keys_, open_records_, read_record_, decide_, empty_record_,
        decided_records_, delete_record_, put_waiting_, drop_waiting_, keyed_events_, given_back_, note_returned_,
        forget_returned_, take_back_returned_, restore_returned_, note_corrected_, find_corrected_, drop_key_,
        erase_key_, put_counter_, newest_keys_, move_corrected_, held_events_, open_behind_, find_mark_, find_run_,
        drop_runs_, move_returned_, find_numbered_;
};

}  // namespace tillpost
