// SPDX-License-Identifier: Apache-2.0
// [intact-1] Columns that the others prove to be damaged: chain(n) = H(chain(n-1), n, digest(n)), digest = H(body).
#include "agent/journal/position.hpp"
#include "agent/journal/store_transaction.hpp"
#include "platform/log.hpp"

namespace tillpost {

/// What the chain has of a row: its body says it, or, where that was withheld, the column; nullopt: nothing does.
Result<std::optional<Digest>> Store::told_digest(Sequence sequence) {
    const Result<std::optional<StoredRow>> row = row_at(position_of(sequence));
    if (!row) return row.error();
    if (!*row || (*row)->state == RowState::lost) return std::optional<Digest>();
    return std::optional<Digest>((*row)->state == RowState::whole ? sha_((*row)->body) : (*row)->digest);
}

/// The chain that follows from the event before and this one; nullopt: nothing proves one.
Result<std::optional<Digest>> Store::chain_that_follows(Sequence sequence, const Digest& before) {
    const Result<std::optional<Digest>> digest = told_digest(sequence);
    if (!digest) return digest.error();
    if (!*digest) return std::optional<Digest>();
    return std::optional<Digest>(chain_next(sha_, before, live_.epoch, sequence, **digest));
}

/// True: a damaged column of this row, or of the one before it, is what it was again.
Result<bool> Store::mend(Sequence sequence) {
    const Result<ChainLink> before = link_before(sequence);
    if (!before) return before.error();
    const auto chain = chain_at(live_.ordinal, sequence);
    if (!chain) return chain.error();
    const auto follows = chain_that_follows(sequence, before->chain);
    if (!follows) return follows.error();
    if (!*chain || !*follows) return false;
    if (before->proves && **follows == **chain) return mend_digest(sequence);
    // The next event vouches for what this one's chain should be; else this one for the one before.
    if (sequence < live_.last) {
        Result<bool> done = mend_chain(sequence, before->chain);
        if (!done || *done) return done;
    }
    if (sequence <= live_.first) return false;
    const Result<ChainLink> earlier = link_before(sequence - 1);
    return earlier ? mend_chain(sequence - 1, earlier->chain) : Result<bool>(earlier.error());
}

Result<bool> Store::mend_digest(Sequence sequence) {
    const Result<std::optional<Digest>> digest = told_digest(sequence);
    if (!digest) return digest.error();
    const Result<std::optional<StoredRow>> row = row_at(position_of(sequence));
    if (!row) return row.error();
    if (!*digest || !*row || (*row)->digest == **digest) return false;
    return put_mended(sequence, "digest", **digest);
}

Result<bool> Store::mend_chain(Sequence sequence, const Digest& before) {
    const auto chain = chain_at(live_.ordinal, sequence);
    if (!chain) return chain.error();
    const auto next = chain_at(live_.ordinal, sequence + 1);
    if (!next) return next.error();
    const auto follows = chain_that_follows(sequence, before);
    if (!follows) return follows.error();
    if (!*chain || !*next || !*follows || **follows == **chain) return false;
    const auto vouched = chain_that_follows(sequence + 1, **follows);
    if (!vouched) return vouched.error();
    if (!*vouched || **vouched != **next) return false;
    return put_mended(sequence, "chain", **follows);
}

Result<bool> Store::put_mended(Sequence sequence, const char* column, const Digest& value) {
    auto put = database_->prepare(std::string("UPDATE event SET ") + column + " = ?2 WHERE position = ?1");
    if (!put) return put.error();
    const auto done = transaction("mend a damaged column", [&] {
        return put->begin().bind(1, position_of(sequence)).bind_blob(2, view(value)).run();
    });
    if (!done) return done.error();
    log::warn("a hash was damaged on the disk: what it is the hash of proves what it was, and it is mended",
              {{"event", id_at(position_of(sequence))},
               {"column", column},
               {"what_to_do", "check this machine's disk and memory"}});
    return true;
}

}  // namespace tillpost
