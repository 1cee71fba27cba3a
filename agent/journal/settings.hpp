// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "agent/journal/slice_time.hpp"
#include "platform/clock.hpp"
#include "platform/signature.hpp"

namespace tillpost {

class KeyRules;

struct JournalSettings {
    std::string path;    ///< The SQLite file; its directory must exist.
    std::string source;  ///< The CloudEvents source of this agent.
    /// Whose receipts count, 32 hex digits; "": of the first receiver that confirmed something.
    std::string receiver;
    std::chrono::seconds keep{7 * 24 * 3600};  ///< How long a confirmed event stays for a replay …
    std::int64_t keep_bytes = 512LL << 20;     ///< … unless the file grows beyond this.
    std::int64_t most_bytes = 8LL << 30;   ///< The file's limit: cheap events are shed before, dear ones refused at it.
    std::int64_t ballast_bytes = 8 << 20;  ///< Kept free on the disk for draining when it is full.
    std::int64_t remembered_keys = 200'000;  ///< Business keys kept to recognise repeats: newest so many …
    std::chrono::seconds remember_keys{30 * 24 * 3600};  ///< … and not older than this.
    std::size_t keys_in_memory = 1'024;  ///< Of the newest events, not in the file's table yet: read again at a start
    std::uint64_t mark_lag = 1'024;      ///< Events by which the written confirmed mark may be behind …
    std::chrono::seconds mark_age{900};  ///< … and for how long. A receipt brings it up to date.
    std::shared_ptr<const KeyRules> keys{};       ///< By which contents are compared; nullptr: all of the data, always.
    std::shared_ptr<const MessageSigner> signer;  ///< Signs seals; without it there are none.
    std::uint64_t seal_every = 1'000;             ///< Events after which a seal is due at the latest
    /// A wall clock that jumps by more is worth an event; 0: it is never looked at.
    std::chrono::milliseconds clock_step{0};
    std::chrono::milliseconds release_after{5'000};  ///< After the last change memory is given back.
    std::chrono::milliseconds space_lasts{10'000};   ///< Without a refusal, before the log says that there is space
    /// What the disk cannot read at a start, or of a damaged file, is read again after these pauses; …
    std::vector<std::chrono::milliseconds> read_again{std::chrono::milliseconds(5), std::chrono::milliseconds(50),
                                                      std::chrono::milliseconds(500)};
    /// … then a damaged file is left for so long each. When all are used up, what is still unreadable is lost.
    std::vector<std::chrono::milliseconds> salvage_again{std::chrono::seconds(5), std::chrono::seconds(30),
                                                         std::chrono::minutes(2), std::chrono::minutes(10)};
    SliceTime::Now slice_now{&std::chrono::steady_clock::now};  ///< By which slices of long work are measured
    std::size_t most_waiting = 16'384;          ///< Events not yet committed that are held in memory …
    std::size_t most_waiting_bytes = 32 << 20;  ///< … and their bytes; beyond either: refused, send again.

    /// What nobody can read must not keep out what everybody can.
    std::int64_t most_quarantined_bytes() const { return most_bytes / 4; }
};

}  // namespace tillpost
