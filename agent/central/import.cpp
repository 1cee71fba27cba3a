// SPDX-License-Identifier: Apache-2.0
#include "agent/central/import.hpp"

#include <algorithm>
#include <tuple>

#include "platform/files.hpp"

namespace tillpost {
namespace {

const char* const no_export = "this is no file of `tillpost journal export`";

/// The size that a DER file claims in its first bytes, nullopt if it begins as none of ours does.
std::optional<std::size_t> claimed_size(std::string_view bytes) {
    constexpr char sequence = 0x30;
    if (bytes.size() < 2 || bytes[0] != sequence) return std::nullopt;
    const auto first = static_cast<unsigned char>(bytes[1]);
    if (first < 0x80) return std::size_t{2} + first;
    const std::size_t digits = first & 0x7f;
    if (digits == 0 || digits > 4 || bytes.size() < 2 + digits) return std::nullopt;
    std::size_t size = 0;
    for (std::size_t i = 0; i < digits; ++i) size = size << 8 | static_cast<unsigned char>(bytes[2 + i]);
    return 2 + digits + size;
}

Result<void> check_whole(std::string_view bytes) {
    if (bytes.empty()) return Error{Errc::invalid, "the file is empty: copy it from the box again"};
    const std::optional<std::size_t> claimed = claimed_size(bytes);
    if (!claimed) return Error{Errc::invalid, no_export};
    if (bytes.size() >= *claimed) return {};
    return Error{Errc::invalid, "the file is cut short, " + std::to_string(bytes.size()) + " of " +
                                    std::to_string(*claimed) + " bytes: copy it from the box again"};
}

Result<std::string> letter_in(const std::string& path, const Signer& central) {
    const Result<std::string> bytes = read_file(path, largest_chunk);
    if (!bytes) return bytes.error();
    if (auto done = check_whole(*bytes); !done) return done.error();
    return unseal(*bytes, central);
}

Result<Chunk> chunk_in(Signed letter) {
    Chunk chunk;
    chunk.content = std::move(letter.content);
    chunk.fingerprint = std::move(letter.fingerprint);
    const std::size_t end = std::min(chunk.content.find('\n'), chunk.content.size());
    Result<ExportHead> head = decode_export_head(std::string_view(chunk.content).substr(0, end));
    if (!head) return head.error().with_context(no_export);
    chunk.head = std::move(*head);
    chunk.begin = std::min(end + 1, chunk.content.size());
    std::optional<AgentName> agent = agent_with_source(chunk.head.source);
    if (!agent || chunk.head.hello.source != chunk.head.source) {
        return Error{Errc::invalid, std::string(no_export) + ": its source is no agent's, or not its hello's"};
    }
    chunk.agent = std::move(*agent);
    return chunk;
}

/// Of two hellos of an agent the later one has more epochs, or more events in the last one.
auto age(const Hello& hello) {
    std::tuple<std::uint32_t, Sequence, Sequence> newest{};
    for (const EpochSummary& epoch : hello.epochs) {
        newest = std::max(newest, std::tuple(epoch.ordinal, epoch.last, epoch.confirmed));
    }
    return newest;
}

/// The first lines that are together at most `most` bytes, or one longer one.
std::string_view first_lines(std::string_view lines, std::size_t most) {
    if (lines.size() <= most) return lines;
    std::size_t end = lines.rfind('\n', most - 1);
    if (end == std::string_view::npos) end = lines.find('\n', most);
    return end == std::string_view::npos ? lines : lines.substr(0, end + 1);
}

}  // namespace

Result<Chunk> open_chunk(const std::string& path, const Signer& central) {
    const Result<std::string> letter = letter_in(path, central);
    if (!letter) return letter.error();
    Result<Signed> opened = open_signed(*letter);
    if (!opened) return opened.error();
    return chunk_in(std::move(*opened));
}

Result<StickImport::Admission> StickImport::admit(const Chunk& chunk) {
    const Result<SignersKnown> known = store_.signers_known(chunk.head.source, chunk.fingerprint);
    if (!known) return known.error();
    const Result<SignerVerdict> verdict = judge_signer(signers_, chunk.head.source, chunk.fingerprint, *known);
    if (!verdict) return Admission{verdict.error().message, false};
    if (*verdict == SignerVerdict::known) return Admission{};
    if (auto done = store_.record_signer(chunk.head.source, chunk.fingerprint); !done) return done.error();
    return Admission{"", true};
}

Result<StickImport::Taken> StickImport::take(const Chunk& chunk, const Committing& committing) {
    Taken taken;
    Known& known = agents_[chunk.agent];
    if (known.hello.number.empty() || age(known.hello) < age(chunk.head.hello)) known.hello = chunk.head.hello;
    for (const EventNumber& each : chunk.head.withheld) {
        if (known.withheld.size() < most_contents) known.withheld.insert(each);
    }
    std::string_view rest = chunk.lines();
    while (!rest.empty()) {
        const std::string_view part = first_lines(rest, batch_bytes_);
        const Result<Committed> committed = store_.commit({{chunk.agent, std::string(part)}}, false);
        if (!committed) return committed.error();
        taken.counters += committed->counters;
        taken.alarms.insert(taken.alarms.end(), committed->alarms.begin(), committed->alarms.end());
        const Committed::Touched& touched = committed->agents.at(chunk.agent);
        taken.lines += touched.lines;
        known.epochs.insert(touched.epochs.begin(), touched.epochs.end());
        rest.remove_prefix(part.size());
        committing(chunk.lines().size() - rest.size(), chunk.lines().size());
    }
    return taken;
}

std::vector<AgentName> StickImport::agents() const {
    std::vector<AgentName> names;
    for (const auto& [name, known] : agents_) names.push_back(name);
    return names;
}

Result<ExportReceipt> StickImport::receipt(const AgentName& agent) {
    const Known& known = agents_.at(agent);
    Result<Receipt> receipt = store_.receipt(agent, known.hello, known.epochs, CentralStore::Scope::all);
    if (!receipt) return receipt.error();
    ExportReceipt answer{agent.source(), std::move(*receipt)};
    for (const EventNumber& each : known.withheld) {
        const auto digest = store_.accepted_content(agent, each.first, each.second);
        if (!digest) return digest.error();
        if (*digest) answer.contents.push_back({each, **digest});
    }
    return answer;
}

Result<std::vector<StickImport::Missing>> StickImport::missing(const AgentName& agent) {
    std::vector<Missing> all;
    for (const EpochSummary& epoch : agents_.at(agent).hello.epochs) {
        Result<std::vector<Range>> ranges = store_.missing(agent, epoch.epoch, epoch.last, most_missing);
        if (!ranges) return ranges.error();
        if (ranges->empty()) continue;
        const bool any_confirmed = ranges->front().from <= epoch.confirmed;
        all.push_back({epoch.epoch, std::move(*ranges), any_confirmed});
    }
    return all;
}

}  // namespace tillpost
