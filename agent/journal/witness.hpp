// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "agent/wire/protocol.hpp"
#include "platform/bytes.hpp"
#include "platform/sqlite.hpp"
#include "platform/sqlite_file.hpp"

namespace tillpost {

/// What was committed at least: the journal's live epoch at some commit that had returned.
struct Witnessed {
    std::uint64_t round = 0;  ///< Of two statements the one of the higher round is the later.
    std::uint32_t ordinal = 0;
    Epoch epoch = 0;
    Sequence last = 0;
    Sequence confirmed = 0;
    std::array<char, 16> head{};  ///< The first bytes of chain(last)

    EpochSummary summary() const;
};

/// A second opinion on how far the journal had come: `<journal>.witness`.
///
/// SQLite takes the first damaged frame of its WAL for the WAL's end, so that one flipped bit hides every commit behind
/// it, and says nothing; the same numbers would be given again. The witness is written after each commit that has
/// returned, and not synced: after a power cut it may be behind the journal, never ahead of it. What it is ahead of was
/// damaged or replaced. Missing (a former release wrote none) or unreadable, it says nothing.
///
/// Two slots of 64 bytes, each in a sector of its own (at 0 and 512), written in turn: "TPW1", ordinal (4 bytes),
/// round, epoch, last, confirmed (8 each, big-endian), the head's first 16, and the first 8 of the SHA-256 of all that.
/// Blocking; on the storage worker only.
class Witness {
public:
    static constexpr std::size_t slot_size = 64;
    static constexpr std::int64_t slot_distance = 512;

    static std::string beside(const std::string& journal) { return journal + ".witness"; }
    /// What it says of a journal, or of one that was set aside. Changes nothing.
    static std::optional<Witnessed> of(const std::string& journal);
    /// The same for who can wait: Errc::unreadable or io when it is there and the disk cannot read it.
    static Result<std::optional<Witnessed>> read(const std::string& journal);
    /// Errc::corrupt, and how: the database is not what was committed. That nothing can be said of a database which had
    /// a witness before, the log says.
    static Result<void> agrees(Database& database, const std::string& journal,
                               const std::optional<Witnessed>& witnessed);

    /// Creates it if it is missing, with its room on the disk.
    static Result<std::unique_ptr<Witness>> open(const std::string& journal);
    /// Behind a commit. A witness that cannot be written is behind, and says in the log that it fails.
    void put(const EpochSummary& live);
    void sync();

private:
    explicit Witness(std::unique_ptr<SideFile> file) : file_(std::move(file)) {}
    void note(const Result<void>& done);

    std::unique_ptr<SideFile> file_;
    Sha256 sha_;
    Witnessed newest_;
    bool failing_ = false;
};

}  // namespace tillpost
