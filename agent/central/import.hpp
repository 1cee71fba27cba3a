// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "agent/central/store.hpp"
#include "agent/wire/stick.hpp"
#include "platform/sealed_file.hpp"

/// Chunks of `tillpost journal export` that came on a stick: opened, committed as if they had come over the network,
/// and answered with one receipt an agent.
namespace tillpost {

/// A chunk whose signature holds. Whether its signer may speak for the agent is StickImport::admit()'s to say.
struct Chunk {
    AgentName agent;
    std::string fingerprint;  ///< Of the signer's certificate
    ExportHead head;
    std::string content;    ///< Head and lines; at most as large as the file
    std::size_t begin = 0;  ///< Of the lines in it

    std::string_view lines() const { return std::string_view(content).substr(begin); }
};

/// Reads at most 16 MiB. Errc::invalid, with what is wrong and what to do: no export, cut short, sealed for another
/// certificate, changed.
Result<Chunk> open_chunk(const std::string& path, const Signer& central);

/// Blocking; one thread. An error of a member function is one of the store: use it no longer. Whatever was committed
/// stays, and the same files can be taken again.
class StickImport {
public:
    struct Admission {
        std::string refused;    ///< Why, "" when it may come in
        bool recorded = false;  ///< From now on this certificate is the one of the agent.
    };
    struct Taken {
        std::uint64_t lines = 0;
        CentralCounters counters;
        std::vector<std::string> alarms;
    };
    struct Missing {
        Epoch epoch = 0;
        std::vector<Range> ranges;   ///< The lowest most_missing
        bool any_confirmed = false;  ///< Of those the box takes some for confirmed.
    };
    /// How many bytes of the chunk are committed.
    using Committing = std::function<void(std::size_t done, std::size_t all)>;

    StickImport(CentralStore& store, SignerPolicy signers, std::size_t batch_bytes = 4U << 20)
        : store_(store), signers_(std::move(signers)), batch_bytes_(batch_bytes) {}

    Result<Admission> admit(const Chunk& chunk);
    /// Commits the lines of an admitted chunk, batch by batch.
    Result<Taken> take(const Chunk& chunk, const Committing& committing);

    /// The agents whose chunks were taken.
    std::vector<AgentName> agents() const;
    /// From what is committed, for one of agents().
    Result<ExportReceipt> receipt(const AgentName& agent);
    /// What is not held of that which the agent said it has.
    Result<std::vector<Missing>> missing(const AgentName& agent);

    static constexpr std::size_t most_missing = 20;

private:
    struct Known {
        Hello hello;                     ///< The latest one
        std::set<Epoch> epochs;          ///< Committed to
        std::set<EventNumber> withheld;  ///< Asked for in heads, at most most_contents: the box asks again for others
    };
    CentralStore& store_;
    SignerPolicy signers_;
    std::size_t batch_bytes_;
    std::map<AgentName, Known> agents_;
};

}  // namespace tillpost
