// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "agent/audit/certificate_check.hpp"
#include "agent/audit/report.hpp"
#include "agent/wire/moves.hpp"
#include "agent/wire/protocol.hpp"
#include "agent/wire/seal.hpp"
#include "agent/wire/tombstones.hpp"

namespace tillpost {

/// Whose seals count: fingerprints of certificates, for all agents, and for one.
struct AuditTrust {
    std::set<std::string> all;
    std::map<std::string, std::set<std::string>> by_source;
};

/// Of an epoch at least this much is to be here, because another place knows it.
struct AuditExpectation {
    Epoch epoch = 0;
    Sequence last = 0;
};

/// "<epoch>-<sequence>", an event's id. nullopt otherwise.
std::optional<AuditExpectation> expectation_from(std::string_view event_id);

/// An epoch as its medium has it.
struct AuditEpoch {
    std::string source;
    Epoch epoch = 0;
    std::optional<std::uint32_t> ordinal;
    Sequence first = 1;
    std::optional<Digest> before;    ///< chain(first - 1); nullopt: chain(0) at 1, and elsewhere not known
    std::optional<Sequence> closed;  ///< A journal's: above, rows move away from the lower end.
};

/// Follows chains line by line and holds them against the seals in them (agent/README.md, "The seal"). One pass,
/// bounded memory; wherever the lines come from: a journal, an export, a receiver's store.
///
/// A head under a good signature proves every event before it, whatever was removed with its seals, up to the last gap
/// that no sealed event explains.
class Auditor {
public:
    /// chain(sequence) of an epoch that was visited before, if it can be had.
    using ChainAt = std::function<std::optional<Digest>(Epoch, Sequence)>;
    /// The digest of the line with this number, zeros of one that is lost, if it can be had.
    using DigestAt = std::function<std::optional<Digest>(Epoch, Sequence)>;
    /// Without `digest_at` the auditor keeps itself what it needs of copies under later numbers.
    Auditor(AuditTrust trust, ChainAt chain_at, DigestAt digest_at = {});

    void begin(AuditEpoch epoch);
    /// The next line of the epoch; its digest is that of its body.
    void line(const Line& line);
    /// What the medium itself finds wrong, at this number of the present epoch.
    void fault(Sequence sequence, std::string what);
    /// The same of an epoch that was visited, or never was.
    void fault_of(Epoch epoch, Sequence sequence, std::string what);
    /// Something is expected here: an epoch of which another place knows how far it went.
    void expect(Epoch epoch, Sequence last, const std::string& who);
    /// The file whose lines begin at this number of the present epoch is signed with that certificate.
    void signed_by(const std::string& fingerprint, const std::string& file, Sequence first);
    /// An epoch that the medium knows, whether or not it has lines.
    void know(Epoch epoch) { known_.insert(epoch); }

    /// What is no fault and should be known.
    void note(std::string what);
    /// What belongs to it and is not here: nothing is proven then.
    void not_looked_at(std::string what) { report_.unread.push_back(std::move(what)); }
    /// The medium says to have erased this event's content itself, and `words` when, by whom and why: what the agent's
    /// seals do not cover. Another tombstone of this reason is a fault.
    void erased_here(Epoch epoch, Sequence sequence, std::string words);
    /// So many of the present epoch the medium says to have deleted after their confirmation.
    void deleted(std::uint64_t numbers) { report_.deleted += numbers; }

    /// Nothing beside the lines says for sure how far they went.
    void leave_end_open() { report_.open_end = true; }
    /// Not everything is here: an epoch that a `reissued` event names and that is not is noted, and no fault.
    void set_partial() { partial_ = true; }

    AuditReport finish();

private:
    using Place = Moves::Place;
    /// Numbers that are not here, until something has led across: `gone` events, or copies under later numbers.
    struct Gap {
        std::size_t index;
        Epoch epoch;
        Range range;
        Sequence at;                  ///< Led across up to here, …
        std::optional<Digest> chain;  ///< … and chain(at - 1)
        Line::Kind kind;              ///< Of the line behind: its digest and chain
        Digest digest, next;
        std::map<Epoch, Sequence> said{};  ///< The `gone` events that led across, of each epoch the last one
    };
    struct Break {
        std::size_t index;
        Epoch epoch;
        Sequence sequence;
        std::optional<Digest> before;
        Digest after;
        Sequence proven;  ///< The last good seal or break before it; 0: none
    };
    struct Gone {
        std::size_t index;  ///< Of the epoch that says so, …
        Place by;           ///< … and where in it
        Epoch epoch;
        Range range;
        Digest before, after;
    };
    struct Bridge;
    /// What a seal says of an epoch that was there before.
    struct Head {
        Digest head;
        std::string signer, source;
    };
    /// What is signed by one certificate that does not count for its agent.
    struct Strange {
        enum class What { seal, file };
        std::size_t index;
        Sequence sequence;
        std::string first;  ///< The first one, in words
        std::uint64_t seals, files;
    };
    enum class Standing { counts, other, unknown };
    using HeldDigests = std::map<std::pair<Epoch, Sequence>, Digest>;

    void fault_at(std::size_t index, Sequence sequence, std::string what);
    void follow(const Line& line);
    void take_gap(const Line& line);
    void take_stone(const Line& line);
    void take_own(const Line& line);
    void take_seal(const Line& line, std::string_view data);
    void take_former_seal(const Line& line, const Seal& seal, const std::string& signer, Standing standing);
    void take_former_head(const Head& head, Place place);
    bool head_fits(const Line& line, const Seal& seal);
    bool seal_fits(const Line& line, const Seal& seal);
    bool totals_fit(const Seal& seal) const;
    void settle_breaks(const Line& line, const Seal& seal);
    void note_break(const Line& line, const Seal& seal, const Break& at);
    void fault_breaks();
    void take_gone(const Line& line, std::string_view data);
    void take_quarantined(const Line& line, std::string_view data);
    void take_decided(const Line& line, std::string_view type, std::string_view data);
    void take_reissued(const Line& line, std::string_view data);
    void keep_copy(const Line& line);
    void settle_tombstones();
    void settle_tombstone(const Tombstones::Finding& finding);
    void settle_unlisted(const Tombstones::Finding& finding);
    bool take_erased_here(const Tombstones::Finding& finding, Sequence sequence);
    void list_absent(const Tombstones::Finding& finding, const std::string& names);
    Standing standing(const std::string& fingerprint);
    bool has_own_signer(const std::string& source) const;
    void note_strange(const std::string& signer, Sequence sequence, std::string first, Strange::What what);
    void note_unknown(const std::string& signer, const std::string& source);
    void settle_signers();
    bool lead_across(const Gone& gone, Gap& gap) const;
    std::optional<Digest> digest_held(Place place) const;
    std::optional<std::pair<Place, Digest>> copy_of(const Moves& moves, Place place, Epoch first) const;
    bool is_sealed(Place place) const;
    bool joins(const Gap& gap);
    Bridge bridge(const Gap& from, const Moves& moves, Epoch heir);
    Bridge best_bridge(const Gap& gap, const Moves& moves);
    void settle_gap(const Gap& gap, const Moves& moves);
    void settle_moved(const Bridge& found);
    void settle_waiting(Place place, const Digest& chain);
    void settle_gaps();
    void settle_said();
    void settle_end(std::size_t index, const Moves& moves);
    std::string id(Sequence sequence) const { return event_id(epoch_.epoch, sequence); }

    AuditTrust trust_;
    bool partial_ = false;
    ChainAt chain_at_;
    DigestAt digest_at_;
    AuditReport report_;
    Sha256 sha_;
    AuditEpoch epoch_;
    std::optional<Digest> previous_;  ///< Chain of the line before; behind a gap none
    Sequence expected_ = 1;
    Sequence last_break_ = 0;
    Sequence last_seal_ = 0;           ///< Of this epoch, good …
    std::optional<Digest> last_head_;  ///< … and chain(last_seal_ - 1)
    Sequence tally_from_ = 0;          ///< What tally_ counts from; 0: not from a place where a seal begins
    std::map<std::string, std::uint64_t, std::less<>> tally_;
    std::vector<Gap> gaps_;
    std::vector<Gap> said_;                     ///< Those that `gone` events led across
    std::vector<std::optional<Digest>> heads_;  ///< Of each of the report's epochs: the chain of its last line
    std::vector<Gone> gone_;
    std::map<std::string, std::vector<Moves::Move>> moves_;  ///< By source
    std::size_t moves_count_ = 0;
    Sequence copies_to_ = 0;  ///< Of the present epoch: up to here the lines stand behind `reissued` events.
    HeldDigests copies_;      ///< Without digest_at_
    bool holds_all_copies_ = true;
    std::uint64_t missed_ = 0;  ///< Numbers without a copy that were looked for, in all gaps
    std::map<Place, Head> waiting_;
    std::map<std::pair<std::string, std::string>, Strange> strange_;  ///< By source and certificate
    std::set<std::string> fitted_;  ///< Sources of which a certificate that counts has signed something
    std::set<std::string> used_;    ///< Of the certificates given for all: those that have
    std::vector<Break> breaks_;
    std::map<std::string, Tombstones> tombstones_;  ///< By source
    CertificateCheck certificates_;
    bool holds_all_ = true;
    HeldDigests held_;  ///< What `quarantined` events say of the content that they name
    std::map<std::pair<Epoch, Sequence>, std::string> erased_here_;
    std::set<Epoch> known_;
    struct Mention {
        std::size_t index;
        Sequence sequence;
        Epoch epoch;
    };
    std::vector<Mention> mentions_;  ///< Epochs that `reissued` events name

    static constexpr std::size_t most_open = 4'096;  ///< Gaps, breaks, mentions, `gone` events, …
    static constexpr std::size_t most_held = std::size_t{1} << 18;
    static constexpr std::uint64_t most_missed = std::uint64_t{1} << 20;
};

}  // namespace tillpost
