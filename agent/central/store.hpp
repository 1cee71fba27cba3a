// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <tuple>
#include <vector>

#include "agent/central/envelope.hpp"
#include "agent/central/ledger.hpp"
#include "agent/central/own_event.hpp"
#include "agent/central/set_aside_alarm.hpp"
#include "agent/central/signers.hpp"
#include "agent/wire/moves.hpp"
#include "platform/clock.hpp"
#include "platform/sqlite.hpp"

namespace tillpost {

/// One message of an agent's `events` topic.
struct AgentLines {
    AgentName agent;
    std::string payload;
};

/// An event that was committed for the first time.
struct Taken {
    std::string source;
    Sequence sequence = 0;
    std::string type;
    std::string time;
    std::string subject;
    std::string quality;
    std::string rejected;  ///< The code that the receipt gives the agent; "": it is no rejected one.
};

struct CentralCounters {
    std::uint64_t taken = 0;  ///< Lines committed for the first time, tombstones included
    std::uint64_t repeats = 0;
    std::uint64_t malformed = 0;
    std::uint64_t divergent = 0;
    std::uint64_t broken = 0;
    std::uint64_t crowded = 0;
    std::uint64_t dropped = 0;  ///< Of the set aside ones: not even kept.

    CentralCounters& operator+=(const CentralCounters& other);
};

/// What a commit did.
struct Committed {
    struct Touched {
        std::set<Epoch> epochs;
        std::uint64_t lines = 0;
    };
    std::map<AgentName, Touched> agents;
    std::vector<Taken> taken;  ///< If wanted
    CentralCounters counters;
    /// Sentences for people: second histories, clones, false claims, lines set aside, events that are gone for good
    std::vector<std::string> alarms;
};

/// The receiver's file. Blocking; one thread.
///
/// [once-1] What commit() returned is on stable storage, and receipts are made from committed ranges only.
/// Errc::full from commit() means: nothing of the batch is recorded, try it again. Any other error means that it is
/// unknown: use the store no longer. Committing lines again has no second effect.
class CentralStore {
public:
    enum class Missing { create, refuse };
    static Result<std::unique_ptr<CentralStore>> open(const std::string& path, Missing missing, const Clock& clock);

    /// 32 hex digits, born with the file.
    const std::string& receiver() const { return receiver_; }
    const std::string& run() const { return run_; }  ///< Born with this opening of the file

    /// Takes the batch in order, in one transaction.
    Result<Committed> commit(const std::vector<AgentLines>& batch, bool want_taken);

    /// The answer to the agent's last hello, for all epochs the hello names and those of `besides`; or for `besides`
    /// alone. Its lists are bounded together, so that it fits what agents accept.
    enum class Scope { all, besides_only };
    Result<Receipt> receipt(const AgentName& agent, const Hello& hello, const std::set<Epoch>& besides, Scope scope);

    /// For files that agents sign: whose certificate is known for the agent. record_signer() is durable when it
    /// returns.
    Result<SignersKnown> signers_known(const std::string& source, const std::string& fingerprint);
    Result<void> record_signer(const std::string& source, const std::string& fingerprint);
    /// What is not held (nor gone) of 1..last, the lowest `most` ranges.
    Result<std::vector<Range>> missing(const AgentName& agent, Epoch epoch, Sequence last, std::size_t most);

    /// The digest of that event of the agent, if it is held with its content, and not rejected.
    Result<std::optional<Digest>> accepted_content(const AgentName& agent, Epoch epoch, Sequence sequence);

    /// A committed line; the views are valid during the call.
    struct Row {
        std::string_view source;
        Epoch epoch = 0;
        Sequence sequence = 0;
        Held held;
        bool effect = false;
        bool has_body = false;
        std::int64_t position = 0;  ///< Of an agent, what came later has a larger one.
        std::string_view type, time, subject, quality, rejected, reason, body;

        /// As it was received, without line break.
        std::string line() const;
    };
    /// Visits the committed lines, agent by agent, epoch by epoch, in sequence order.
    Result<void> each(const std::optional<std::string>& source, const std::function<Result<void>(const Row&)>& visit);
    Result<CentralCounters> counters();
    /// The line under this number, in whichever agent's stream; false if it is not here.
    Result<bool> find(Epoch epoch, Sequence sequence, const std::function<void(const Row&)>& visit);

    /// What the agents' `reissued`, `loss` and `gone` events say, for the history checker.
    struct Statements {
        struct Named {
            Epoch epoch = 0;
            Range range;
            Digest after{};  ///< gone: chain(range.to)
        };
        std::vector<Moves::Move> moves;   ///< By former and range.from
        std::vector<Named> losses, gone;  ///< By epoch and range.from; gone: those that were taken;
                                          ///< losses: damaged ones whose bytes are in quarantine, too
    };
    Result<Statements> statements();

    /// A row of the table of agents.
    struct AgentRow {
        std::string source;
        std::int64_t epochs = 0;
        std::string live;   ///< The epoch that grew last, "" for none
        Sequence upto = 0;  ///< Of that epoch
        std::int64_t gaps = 0, repeats = 0, forks = 0, returns = 0, losses = 0, gone = 0;
        std::int64_t set_aside = 0;  ///< Malformed, divergent and broken lines, each as often as it came
        std::int64_t seen = 0;       ///< Milliseconds since 1970, 0 for never
    };
    /// The `day_certificate` and `coverage` events, by position: it, source, type and body.
    Result<void> each_of_days(const std::function<void(const Row&)>& visit);
    /// A till and business date of which there are events of an agent that count.
    struct TillOfDay {
        std::string_view source, date;
        std::string_view store, till;  ///< store: "" for the agent's own, see Envelope::other_store()
        std::uint64_t events = 0;
        std::int64_t last = 0;      ///< The position of the newest
        Epoch epoch = 0;            ///< … in that epoch
        bool is_tombstone = false;  ///< … and it is erased.
    };
    /// Without the last two.
    Result<void> each_till_of(const std::string& date, const std::function<void(const TillOfDay&)>& visit);
    /// All of which there have been such events, with the first date of it; of an agent's tills each once.
    Result<void> each_till_ever(const std::function<void(const TillOfDay&)>& visit);
    Result<void> each_till_of_agent(const std::string& source, const std::function<void(const TillOfDay&)>& visit);
    /// The `quarantined`, `released`, `corrected` and `discarded` events that count, in the order of their numbers.
    Result<void> each_quarantine(const std::optional<std::string>& source,
                                 const std::function<void(const Row&)>& visit);
    Result<void> each_agent(const std::function<Result<void>(const AgentRow&)>& visit);

    /// [privacy-1] For a card number that is found here when the agent has deleted its event long ago: takes the
    /// contents of events ("<epoch>-<sequence>", with all copies under other numbers) and of lines that were set aside
    /// ("A<16 hex>", the begin of the hash) out of the file for good, and records who wanted it. Tombstones stay. All
    /// of them, or none: Errc::invalid if one is not here, or is an event that proves others. `source`: whose, where
    /// several agents have events of that id. `by` is written down as it is: without card data.
    struct ErasedBy {
        std::uint32_t user = 0;
        std::string actor, reason;
    };
    /// How many of the names had content.
    Result<std::size_t> erase(const std::vector<std::string>& names, const std::optional<std::string>& source,
                              const ErasedBy& by);
    /// Writes the file anew, so that nothing deleted is left in it. Takes long, and the file's size on the disk.
    Result<void> compact();
    /// What was erased here alone.
    struct ErasureRow {
        Epoch epoch = 0;
        Sequence sequence = 0;  ///< 0: a line that was set aside
        std::string_view named, actor, reason;
        std::int64_t at = 0, user = 0;
        bool is_tombstone = false;  ///< The event is here without its content, and with the digest that it had.
    };
    Result<void> each_erasure(const std::optional<std::string>& source,
                              const std::function<void(const ErasureRow&)>& visit);

    /// For an audit.
    struct EpochRow {
        std::string source;
        Epoch epoch = 0;
        std::optional<std::uint32_t> ordinal;
        bool forked = false;
    };
    struct StoredRange {
        Range range;
        Digest hash;  ///< chain(range.to)
    };
    /// The table of ranges, by source and epoch, ascending.
    using Ranges = std::map<std::pair<std::string, Epoch>, std::vector<StoredRange>>;
    Result<Ranges> ranges(const std::optional<std::string>& source);
    /// An event without a business key, whether it is stored yet or not.
    struct Keyless {
        std::int64_t position = 0;
        const Digest& digest;
        std::string_view type, body;
    };
    /// [once-2] Does another event count that is the same one: the event that this one was before a person released
    /// it, or what was released of the same one?
    Result<bool> counts_otherwise(const Keyless& event);
    /// [once-1] Contents that do not count once, as the columns have it: `what` names an event and says so.
    using WrongEffect = std::function<void(Epoch epoch, Sequence sequence, const std::string& what)>;
    Result<void> each_wrong_effect(const std::optional<std::string>& source, const WrongEffect& visit);
    /// What the table of effects counts, and is not among the lines: a sentence an agent.
    using OddEffect = std::function<void(const std::string& what)>;
    Result<void> each_odd_effect(const std::optional<std::string>& source, const OddEffect& visit);
    /// Does the table of effects have that content of the position's agent? `recorded`: Envelope::recorded_digits()
    Result<bool> is_in_effects(std::int64_t position, std::int64_t recorded, const Digest& digest);
    /// Rows of agents and of epochs that are not in their tables themselves: a sentence for each that is missing. Whose
    /// they are only the events can tell.
    Result<void> each_stray_row(const OddEffect& visit);
    /// Tables, indexes, views and triggers that are not as this program makes them: a sentence each.
    Result<void> each_odd_schema(const OddEffect& visit);
    /// What SQLite itself finds wrong in the file, as an index that has not what its table has: ten sentences at most.
    Result<void> each_damage(const OddEffect& visit);
    /// A row of the tables of what an agent says of its own stream, and the event that it is from.
    struct Kept {
        enum class Table { reissue, loss, gone, settled };
        Table table = Table::reissue;
        Epoch by_epoch = 0;
        Sequence by_sequence = 0;
        bool has_content = false;  ///< A loss's: something of it is here with its content.
        Epoch epoch = 0;
        Range range;
        std::string_view word, reason;  ///< Cause, class, rule; a loss's reason
        Digest before{}, after{};       ///< gone
    };
    Result<void> each_kept(const std::string& source, const std::function<void(const Kept&)>& visit);
    /// Lines that were set aside and are not those whose hashes they are kept by, and forks that nothing tells of: a
    /// sentence each.
    Result<void> each_odd_evidence(const std::optional<std::string>& source, const OddEffect& visit);
    Result<std::vector<EpochRow>> epoch_rows(const std::optional<std::string>& source);
    /// Source and fingerprint.
    Result<std::vector<std::pair<std::string, std::string>>> signers();
    /// Agents whose row names an epoch that is not here.
    Result<std::vector<std::string>> agents_without_live(const std::optional<std::string>& source);

    static constexpr std::int64_t most_set_aside = 1000;  ///< Lines per agent
    static constexpr std::size_t longest_set_aside = 4096;
    static constexpr std::size_t most_epochs = 1024;  ///< Per agent

private:
    struct EpochState {
        std::int64_t id;
        Ledger ledger;
        std::optional<std::uint32_t> ordinal;
        std::optional<Sequence> fork;
        bool changed = false;
        std::optional<bool> erases{};  ///< Whether the agent has erased events of it; nullopt: not looked up yet
    };
    struct AgentState {
        std::int64_t id = 0;
        std::int64_t set_aside = 0;
        std::int64_t live = 0;  ///< The epoch that grew last, 0 if none did
        std::int64_t returns = 0;
        std::int64_t many_said = 0;  ///< When it was last said that it has many epochs
        SetAsideAlarm set_aside_alarm{};
        std::map<Epoch, EpochState> epochs;
        CentralCounters news;  ///< Of this batch
        bool touched = false;
    };
    struct Arrival;
    explicit CentralStore(const Clock& clock) : clock_(clock) {}

    Result<void> prepare();
    Result<void> prepare_repeats();
    Result<void> prepare_keyless();
    Result<void> prepare_erasing();
    Result<void> prepare_erasures();
    Result<void> prepare_days();
    Result<void> load_receiver();
    Result<AgentState*> find_agent(const std::string& source);
    Result<AgentState*> agent_of(const std::string& source);
    Result<void> load_epochs(const std::string& source, AgentState& agent);
    Result<void> load_ranges(EpochState& epoch);
    Result<EpochState*> epoch_of(const std::string& source, AgentState& agent, Epoch number);
    Result<std::optional<Held>> find_held(std::int64_t epoch_id, Sequence sequence);

    Result<Committed> commit_all(const std::vector<AgentLines>& batch, bool want_taken);
    Result<void> take(const AgentLines& lines, Arrival& arrival);
    Result<void> take_line(std::string_view text, Arrival& arrival);
    Result<void> take_fresh(const Line& line, bool fills, EpochState& epoch, Arrival& arrival);
    Result<void> take_erased(const Line& line, std::string_view reason, bool fills, EpochState& epoch,
                             Arrival& arrival);
    Result<void> insert_event(const Line& line, bool fills, const Envelope& envelope, std::string_view rejected,
                              bool effect, std::int64_t position, std::int64_t now);
    Result<void> take_gone_content(const Line& line, std::string_view text, EpochState& epoch, Arrival& arrival);
    void note_growth(const Line& line, const EpochState& epoch, Arrival& arrival);
    Result<void> take_own(const Line& line, const Envelope& envelope, std::int64_t position, Arrival& arrival);
    Result<void> take_statement(const Reissued& event, std::int64_t position, Arrival& arrival);
    Result<void> take_statement(const Loss& event, std::int64_t position, Arrival& arrival);
    Result<void> take_statement(const Gone& event, std::int64_t position, Arrival& arrival);
    Result<void> take_statement(const Quarantined& event, std::int64_t position, Arrival& arrival);
    Result<void> erase_content(const EpochState& epoch, Range range, std::int64_t position, Arrival& arrival);
    Result<std::vector<Moves::Span>> places_of(std::int64_t epoch_id, Range range);
    Result<void> forget_set_aside(Epoch epoch, Range range, AgentState& agent);
    Result<bool> is_erased(EpochState& epoch, Sequence sequence);
    Result<bool> has_erased(std::int64_t agent_id, const Digest& digest);
    Result<std::string_view> erasure_of(EpochState& epoch, std::int64_t agent_id, const Line& line);
    Result<void> note_erased_copy(EpochState& epoch, std::int64_t agent_id, std::int64_t position, const Line& line);
    Result<bool> was_erased_here(const Digest& digest);
    Result<bool> erase_one(const std::string& name, const std::optional<std::string>& source, const ErasedBy& by);
    struct Asked {
        const std::string& name;
        const ErasedBy& by;
    };
    Result<bool> erase_event(std::int64_t epoch_id, Sequence sequence, std::int64_t agent_id, const Asked& asked);
    Result<bool> erase_lines(const std::string& first, const std::string& behind, std::int64_t agent_id,
                             const Asked& asked);
    Result<bool> erase_set_aside(const std::string& name, const std::optional<std::string>& source, const ErasedBy& by);
    Statement& record(Statement& insert, std::int64_t agent_id, const Asked& asked);
    void overwrite_erased();
    Result<EpochState*> named_epoch(Epoch number, Arrival& arrival);
    /// Passes the ranges that are gone from `first` on; pass_one() gives the end of the one it passed, or 0.
    Result<void> pass_waiting(EpochState& epoch, Sequence first, Arrival& arrival);
    Result<Sequence> pass_one(EpochState& epoch, Sequence first, Arrival& arrival);
    void note_misfit(Range range, EpochState& epoch, Arrival& arrival);
    void note_gone(Range range, const EpochState& epoch, Arrival& arrival);
    void note_fork(Sequence sequence, std::string_view why, EpochState& epoch, Arrival& arrival);
    Result<bool> has_effect(const Line& line, bool fills, const Envelope& envelope, std::int64_t position,
                            const Arrival& arrival);
    Result<bool> counts_as(std::int64_t epoch_id, Sequence sequence, std::string_view name, const Keyless& event);
    Result<std::optional<Digest>> digest_meant(const std::vector<Moves::Span>& places, std::int64_t epoch_id,
                                               const Keyless& event);
    enum class Twins { all, doubted, released };
    Result<bool> counts_elsewhere(std::int64_t position, Twins among, std::int64_t before);
    Result<bool> erased_counted(std::int64_t position, bool doubtful);
    Result<bool> known_business(const Envelope& envelope, std::string_view body, std::int64_t agent_id, Twins among);
    Result<void> refuse(const Line& line, Verdict verdict, std::string_view text, EpochState& epoch, Arrival& arrival);
    Result<void> set_aside(SetAsideAlarm::Why why, std::string_view detail, std::string_view text, Arrival& arrival);
    void raise_alarms(Committed& committed);
    Result<void> write_changes();
    Result<void> write_ranges(EpochState& epoch);
    void note_till_of_day(const Envelope& envelope, std::int64_t agent_id, std::int64_t position);
    Result<void> write_tills_of_days();
    Result<void> forget_tills_of(std::int64_t first, std::int64_t last, std::int64_t agent_id);
    Result<void> write_counters(AgentState& agent);
    Result<EpochReceipt> epoch_receipt(const std::string& source, const EpochSummary& wanted);
    Result<void> add_rejected(std::int64_t epoch_id, Sequence from, EpochReceipt& receipt);
    static void read_row(const Statement& from, int column, Row& row);
    Result<void> each_of(std::int64_t epoch_id, Row row, const std::function<Result<void>(const Row&)>& visit);

    const Clock& clock_;
    std::unique_ptr<Database> database_;
    Sha256 sha_;
    std::string receiver_;
    std::string run_ = to_hex(random_number());  ///< Of this process, said in each receipt
    std::map<std::string, AgentState> agents_;   ///< A cache by source; emptied when it grows too large.
    std::size_t cached_epochs_ = 0;
    struct EventsOfTill {
        std::int64_t events = 0, last = 0;
    };
    using TillKey = std::tuple<std::int64_t, std::string, std::string, std::string>;  ///< Agent, date, store, till
    std::map<TillKey, EventsOfTill> tills_of_days_;                                   ///< Of this batch
    std::optional<std::pair<std::int64_t, Moves>> moves_;  ///< A cache: of the agent that has the epoch of this id
    bool erased_ = false;                                  ///< Since the last commit
    std::optional<bool> erases_here_;  ///< Whether anything was erased here alone; nullopt: not looked up yet
    std::size_t budget_ = 0;           ///< List entries that the receipt being made may still have.

    Statement insert_agent_, find_agent_, update_agent_, count_set_aside_, insert_epoch_, find_epochs_, update_epoch_,
        find_ranges_, delete_ranges_, insert_range_, insert_event_, fill_event_, find_event_, insert_effect_,
        find_subject_, find_doubted_, insert_set_aside_, count_again_, find_rejected_, insert_reissue_, insert_loss_,
        insert_gone_, find_gone_, find_waiting_, pass_gone_, insert_settled_, erase_events_, find_moves_,
        delete_set_aside_, find_erased_, record_erased_event_, record_erased_copy_, record_erased_lines_,
        find_erased_here_, find_erased_copy_, note_erased_copy_, add_till_, find_counted_, take_from_till_,
        delete_till_, find_origin_epoch_, find_alike_, find_effect_;
    std::optional<Statement> find_line_;
};

}  // namespace tillpost
