// SPDX-License-Identifier: Apache-2.0
#include "agent/audit/files.hpp"

#include <algorithm>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <tuple>
#include <utility>

#include "agent/wire/stick.hpp"
#include "platform/files.hpp"

namespace tillpost {
namespace {

/// What is known of a file before it is read as a whole. A file of several epochs (of a receiver) is read in its order.
struct Piece {
    std::string file;
    std::optional<ExportHead> head;
    Epoch epoch = 0;
    std::uint32_t ordinal = 0;  ///< As the head's hello says
    Sequence first = 0;
    std::string signer;  ///< Fingerprint of the certificate with which the file is signed; "" for a plain one
};

struct OpenFile {
    std::unique_ptr<std::istream> in;
    std::string signer;
};

Result<OpenFile> open_file(const std::string& name, const Signer& recipient) {
    auto file = std::make_unique<std::ifstream>(name, std::ios::binary);
    if (!*file) return Error{Errc::io, "cannot read " + name};
    const int first = file->peek();
    if (first == std::char_traits<char>::eof()) {
        return Error{Errc::invalid,
                     name + " is empty: the export did not get as far as writing it, or its copy failed"};
    }
    if (first == '{') return OpenFile{std::move(file), {}};
    if (recipient.key_file.empty()) {
        return Error{Errc::invalid, name +
                                        " is no text: an export is encrypted to central, whose --cert and --key "
                                        "open it"};
    }
    const Result<std::string> bytes = read_file(name, largest_chunk);
    if (!bytes) return bytes.error();
    const Result<std::string> letter = unseal(*bytes, recipient);
    if (!letter) return letter.error().with_context(name);
    Result<Signed> content = open_signed(*letter);
    if (!content) return content.error().with_context(name);
    return OpenFile{std::make_unique<std::istringstream>(std::move(content->content)), content->fingerprint};
}

Result<Piece> look_into(const std::string& name, const Signer& recipient) {
    const auto file = open_file(name, recipient);
    if (!file) return file.error();
    std::istream& in = *file->in;
    Piece piece{name, std::nullopt, 0, 0, 0, file->signer};
    std::string text;
    std::getline(in, text);
    if (const Result<ExportHead> head = decode_export_head(text)) {
        piece.head = *head;
        std::getline(in, text);
    }
    Sha256 sha;
    const Result<Line> line = parse_line(sha, text);
    if (!line) return Error{Errc::invalid, name + ": its first line is none of an event: " + line.error().message};
    piece.epoch = line->epoch;
    piece.first = line->sequence;
    if (!piece.head) return piece;
    for (const EpochSummary& each : piece.head->hello.epochs) {
        if (each.epoch == piece.epoch) piece.ordinal = each.ordinal;
    }
    return piece;
}

/// Reads pieces in order and tells the auditor where epochs begin.
class Reader {
public:
    Reader(Auditor& auditor, const Signer& recipient) : auditor_(auditor), recipient_(recipient) {}

    Result<void> read(const Piece& piece) {
        const auto file = open_file(piece.file, recipient_);
        if (!file) return file.error();
        std::istream& in = *file->in;
        bool looked_at = piece.signer.empty();
        std::string text;
        if (piece.head) std::getline(in, text);
        std::uint64_t number = piece.head ? 1 : 0;
        while (std::getline(in, text)) {
            ++number;
            const Result<Line> line = parse_line(sha_, text);
            if (!line) {
                const std::string place = piece.file + ", line " + std::to_string(number);
                if (!begun_) return Error{Errc::invalid, place + ": " + line.error().message};
                auditor_.fault(last_ + 1, place + ", behind " + event_id(epoch_, last_) + ": " + line.error().message);
                continue;
            }
            if (!begun_ || line->epoch != epoch_) begin(piece, *line);
            last_ = line->sequence;
            if (!std::exchange(looked_at, true)) {
                auditor_.signed_by(piece.signer, piece.file, line->sequence);
                if (piece.head) heads_.insert(source_);
            }
            auditor_.line(*line);
            ends_[source_] = {epoch_, last_};
        }
        return {};
    }

    /// Lines alone do not say that more was behind them. Whoever signed an export's head does, or who asks.
    void look_at_ends(const std::vector<AuditExpectation>& expected) {
        for (const auto& [source, end] : ends_) {
            const bool asked = std::any_of(expected.begin(), expected.end(),
                                           [epoch = end.epoch](const auto& each) { return each.epoch == epoch; });
            if (asked || heads_.contains(source)) continue;
            auditor_.not_looked_at("whether " + source + " has events behind " + event_id(end.epoch, end.last) +
                                   ", the last one here, lines alone do not say: they may have been cut off. Say "
                                   "--at-least with the newest event that it or central has");
        }
    }

private:
    void begin(const Piece& piece, const Line& line) {
        AuditEpoch epoch;
        const std::string_view source = body_attribute(line.body, "source");
        if (!source.empty()) source_ = source;
        if (piece.head) source_ = piece.head->source;
        epoch.source = source_;
        epoch.epoch = line.epoch;
        if (piece.ordinal != 0) epoch.ordinal = piece.ordinal;
        // A receiver has an epoch from its beginning.
        epoch.first = piece.head ? line.sequence : 1;
        if (piece.head && piece.epoch == line.epoch && piece.first == line.sequence) epoch.before = piece.head->before;
        begun_ = true;
        epoch_ = line.epoch;
        auditor_.begin(std::move(epoch));
    }

    Auditor& auditor_;
    const Signer& recipient_;
    Sha256 sha_;
    bool begun_ = false;
    Epoch epoch_ = 0;
    Sequence last_ = 0;
    std::string source_;
    std::map<std::string, AuditExpectation> ends_;  ///< By source: what was read last …
    std::set<std::string> heads_;                   ///< … and those of which a signed head was read
};

/// Chunks of one epoch behind one another, epochs in their order; a receiver's files as they were given.
void put_in_order(std::vector<Piece>& pieces) {
    std::stable_sort(pieces.begin(), pieces.end(), [](const Piece& a, const Piece& b) {
        if (!a.head || !b.head) return false;
        return std::tuple(a.head->source, a.ordinal, a.epoch, a.first) <
               std::tuple(b.head->source, b.ordinal, b.epoch, b.first);
    });
}

/// What is not confirmed travels whole: up to where, by epoch. A head that nobody signed can only ask for more.
std::map<Epoch, Sequence> counted_by_heads(const std::vector<Piece>& pieces) {
    std::map<Epoch, Sequence> counted;
    for (const Piece& piece : pieces) {
        if (!piece.head) continue;
        for (const EpochSummary& each : piece.head->hello.epochs) {
            if (each.last > each.confirmed || each.epoch == piece.epoch) counted[each.epoch] = each.last;
        }
    }
    return counted;
}

}  // namespace

Result<AuditReport> audit_files(const AuditFiles& settings, const AuditTrust& trust,
                                const std::vector<AuditExpectation>& expected) {
    std::vector<Piece> pieces;
    for (const std::string& file : settings.files) {
        Result<Piece> piece = look_into(file, settings.recipient);
        if (!piece) return piece.error();
        pieces.push_back(std::move(*piece));
    }
    put_in_order(pieces);
    // What a seal of a former epoch says is checked where that epoch's lines can be asked for: not in files.
    Auditor auditor(trust, [](Epoch, Sequence) { return std::optional<Digest>(); });
    auditor.set_partial();
    Reader reader(auditor, settings.recipient);
    for (const Piece& piece : pieces) {
        if (auto done = reader.read(piece); !done) return done.error();
    }
    for (const auto& [epoch, last] : counted_by_heads(pieces)) {
        auditor.expect(epoch, last, "the export's head counts them");
    }
    reader.look_at_ends(expected);
    for (const AuditExpectation& each : expected) auditor.expect(each.epoch, each.last, "they were to be here");
    return auditor.finish();
}

}  // namespace tillpost
