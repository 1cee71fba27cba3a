// SPDX-License-Identifier: Apache-2.0
#include "agent/audit/files.hpp"

#include <algorithm>
#include <cctype>
#include <fstream>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <sstream>
#include <tuple>
#include <utility>

#include "agent/wire/seal.hpp"
#include "agent/wire/stick.hpp"
#include "platform/files.hpp"

namespace tillpost {
namespace {

/// What is known of a file before its lines are proven.
struct Piece {
    std::string file;
    std::optional<ExportHead> head;
    Epoch epoch = 0;
    std::uint32_t ordinal = 0;  ///< As the head's hello says
    Sequence first = 0;
    std::string signer;           ///< Fingerprint of the certificate with which the file is signed; "" for a plain one
    std::vector<Epoch> epochs{};  ///< In the order in which their lines stand in it
    std::map<Epoch, std::uint32_t> ordinals{};  ///< Of a receiver's lines: as the seals in them say
};

struct OpenFile {
    std::unique_ptr<std::istream> in;
    std::string signer;
};

Result<OpenFile> open_file(const std::string& name, const Signer& recipient) {
    auto file = std::make_unique<std::ifstream>(name, std::ios::binary);
    if (!*file) return Error{Errc::io, "cannot read " + name};
    int first = file->peek();
    while (std::isspace(first) != 0 && first != std::char_traits<char>::eof()) {
        file->get();
        first = file->peek();
    }
    if (first == std::char_traits<char>::eof()) {
        return Error{Errc::invalid, name +
                                        " is empty, or has nothing but blanks in it: the export did not get as far as "
                                        "writing it, or its copy failed"};
    }
    file->clear();
    file->seekg(0);
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

/// A receiver's lines have no head that says which of the journal's epochs theirs is; a seal says it. One that says
/// another number than the first is a fault when it is read.
void note_ordinal(Sha256& sha, std::string_view text, std::map<Epoch, std::uint32_t>& ordinals) {
    if (text.find("\"type\":\"tillpost.seal.v1\"") == std::string_view::npos) return;
    const Result<Line> line = parse_line(sha, text);
    const auto head = line && line->kind == Line::Kind::event ? body_head(line->body) : std::nullopt;
    if (!head || head->type != "seal") return;
    const Result<Seal> seal = decode_seal(head->data);
    if (seal && seal->epoch == line->epoch) ordinals.emplace(seal->epoch, seal->ordinal);
}

/// Of a receiver's lines: `{"id":"<epoch>-…`.
void note_epochs(std::istream& in, Piece& piece) {
    constexpr std::string_view begin = "{\"id\":\"";
    constexpr std::size_t digits = 16;
    Sha256 sha;
    std::string text;
    while (std::getline(in, text)) {
        if (!text.starts_with(begin)) continue;
        const auto epoch = number_from_hex(std::string_view(text).substr(begin.size(), digits));
        if (epoch && *epoch != piece.epochs.back()) piece.epochs.push_back(*epoch);
        note_ordinal(sha, text, piece.ordinals);
    }
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
    piece.epochs.push_back(piece.epoch);
    if (!piece.head) {
        note_ordinal(sha, text, piece.ordinals);
        note_epochs(in, piece);
        return piece;
    }
    for (const EpochSummary& each : piece.head->hello.epochs) {
        if (each.epoch == piece.epoch) piece.ordinal = each.ordinal;
    }
    return piece;
}

/// The lines of one file, one at a time. It is opened when its first line is wanted: chunks are many.
class LineSource {
public:
    LineSource(Piece piece, const Signer& recipient) : piece_(std::move(piece)), recipient_(recipient) {}

    const Piece& piece() const { return piece_; }
    bool ended() const { return ended_; }
    /// Of the next line; the views are valid until step().
    Epoch epoch() const { return opened_ ? line_.epoch : piece_.epoch; }
    Sequence sequence() const { return opened_ ? line_.sequence : piece_.first; }
    /// Is there more of that epoch behind what comes next?
    bool comes_to(Epoch epoch) const {
        return std::find(piece_.epochs.begin() + static_cast<std::ptrdiff_t>(at_), piece_.epochs.end(), epoch) !=
               piece_.epochs.end();
    }
    bool at_first() const { return first_; }

    Result<const Line*> line(const std::function<void(const std::string&)>& fault) {
        if (opened_) return &line_;
        auto file = open_file(piece_.file, recipient_);
        if (!file) return file.error();
        file_ = std::move(*file);
        if (piece_.head) std::getline(*file_.in, text_);
        number_ = piece_.head ? 1 : 0;
        opened_ = true;
        read(fault);
        if (ended_) return Error{Errc::io, piece_.file + " was changed while it was read: check it again"};
        return &line_;
    }
    void step(const std::function<void(const std::string&)>& fault) {
        first_ = false;
        read(fault);
    }

private:
    void read(const std::function<void(const std::string&)>& fault) {
        while (std::getline(*file_.in, text_)) {
            ++number_;
            const Result<Line> line = parse_line(sha_, text_);
            if (line) {
                const auto from = piece_.epochs.begin() + static_cast<std::ptrdiff_t>(at_);
                const auto its = std::find(from, piece_.epochs.end(), line->epoch);
                if (its != piece_.epochs.end()) at_ += static_cast<std::size_t>(its - from);
                line_ = *line;
                return;
            }
            const std::string place = piece_.file + ", line " + std::to_string(number_);
            fault(place + ", behind " + event_id(line_.epoch, line_.sequence) + ": " + line.error().message);
        }
        ended_ = true;
        file_.in.reset();
    }

    Piece piece_;
    const Signer& recipient_;
    OpenFile file_;
    Sha256 sha_;
    std::string text_;
    std::uint64_t number_ = 0;
    Line line_{};
    std::size_t at_ = 0;  ///< In piece_.epochs
    bool opened_ = false;
    bool ended_ = false;
    bool first_ = true;
};

/// Reads files side by side, epoch by epoch, by number, and tells the auditor where epochs begin. A line that several
/// files have is one: exports overlap.
class Reader {
public:
    Reader(Auditor& auditor, const Signer& recipient, std::vector<Piece> pieces) : auditor_(auditor) {
        for (Piece& each : pieces) sources_.push_back(std::make_unique<LineSource>(std::move(each), recipient));
    }

    Result<void> read() {
        while (!present_.empty() || gather_next()) {
            std::vector<std::size_t> same;
            const Sequence lowest = present_.begin()->first;
            for (; !present_.empty() && present_.begin()->first == lowest; present_.erase(present_.begin())) {
                same.push_back(present_.begin()->second);
            }
            if (auto done = take(same); !done) return done;
            for (const std::size_t each : same) {
                sources_[each]->step(fault_);
                stay(each);
            }
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
    /// The files whose next line is of the next epoch: one that no other file comes to later, if there is such a one.
    bool gather_next() {
        const LineSource* next = nullptr;
        for (const auto& each : sources_) {
            if (each->ended()) continue;
            if (next == nullptr) next = each.get();
            if (is_behind_another(each->epoch())) continue;
            next = each.get();
            break;
        }
        if (next == nullptr) return false;
        begun_ = false;
        epoch_ = next->epoch();
        for (std::size_t i = 0; i < sources_.size(); ++i) stay(i);
        return true;
    }
    bool is_behind_another(Epoch epoch) const {
        return std::any_of(sources_.begin(), sources_.end(), [epoch](const auto& each) {
            return !each->ended() && each->epoch() != epoch && each->comes_to(epoch);
        });
    }
    void stay(std::size_t index) {
        const LineSource& source = *sources_[index];
        if (!source.ended() && source.epoch() == epoch_) present_.emplace(source.sequence(), index);
    }

    /// What these files have under one number: the content counts where one of them has it.
    Result<void> take(const std::vector<std::size_t>& same) {
        const Line* line = nullptr;
        const LineSource* from = nullptr;
        std::string differs;
        for (const std::size_t index : same) {
            LineSource& source = *sources_[index];
            const Result<const Line*> its = source.line(fault_);
            if (!its) return its.error();
            if (line != nullptr && !agree(*line, **its)) differs = source.piece().file;
            if (line != nullptr && (line->kind == Line::Kind::event || (*its)->kind != Line::Kind::event)) continue;
            line = *its;
            from = &source;
        }
        const bool from_apart =
            std::all_of(same.begin(), same.end(), [this](std::size_t index) { return is_apart(index); });
        const bool elsewhere = line->sequence != last_ + 1 && (from_apart || last_is_apart_);
        if (!std::exchange(begun_, true) || elsewhere) begin(from->piece(), *line);
        last_is_apart_ = from_apart;
        last_ = line->sequence;
        for (const std::size_t index : same) note_first(*sources_[index]);
        auditor_.line(*line);
        if (!differs.empty()) {
            auditor_.fault(last_, event_id(epoch_, last_) + " is here twice, and not the same: in " +
                                      sources_[same.front()]->piece().file + " and in " + differs);
        }
        ends_[source_] = {epoch_, last_};
        return {};
    }
    /// Whether the file says that what is around its lines is elsewhere. Only its signature makes that more than a
    /// word.
    bool is_apart(std::size_t index) const {
        const Piece& piece = sources_[index]->piece();
        return piece.head && piece.head->apart && !piece.signer.empty();
    }
    /// Content may have been erased between two exports: digest and chain say that it is one event.
    static bool agree(const Line& a, const Line& b) {
        const bool one_lost = (a.kind == Line::Kind::lost) != (b.kind == Line::Kind::lost);
        return !one_lost && a.chain == b.chain && a.digest == b.digest;
    }
    void note_first(const LineSource& source) {
        const Piece& piece = source.piece();
        if (!source.at_first() || piece.signer.empty()) return;
        auditor_.signed_by(piece.signer, piece.file, last_);
        if (piece.head) heads_.insert(source_);
    }
    void begin(const Piece& piece, const Line& line) {
        AuditEpoch epoch;
        const std::string_view source = body_attribute(line.body, "source");
        if (!source.empty()) source_ = source;
        if (piece.head) source_ = piece.head->source;
        epoch.source = source_;
        epoch.epoch = line.epoch;
        if (piece.ordinal != 0) epoch.ordinal = piece.ordinal;
        const auto said = piece.ordinals.find(line.epoch);
        if (said != piece.ordinals.end()) epoch.ordinal = said->second;
        // A receiver has an epoch from its beginning.
        epoch.first = piece.head ? line.sequence : 1;
        if (piece.head && piece.epoch == line.epoch && piece.first == line.sequence) epoch.before = piece.head->before;
        auditor_.begin(std::move(epoch));
    }

    Auditor& auditor_;
    std::vector<std::unique_ptr<LineSource>> sources_;
    std::set<std::pair<Sequence, std::size_t>> present_;  ///< Those at the present epoch, by their next number
    const std::function<void(const std::string&)> fault_ = [this](const std::string& what) {
        auditor_.fault(last_ + 1, what);
    };
    bool begun_ = false;          ///< The present epoch
    bool last_is_apart_ = false;  ///< The line before
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
            const bool is_its = each.epoch == piece.epoch && !piece.head->apart;
            if (each.last > each.confirmed || is_its) counted[each.epoch] = each.last;
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
    const std::map<Epoch, Sequence> counted = counted_by_heads(pieces);
    Reader reader(auditor, settings.recipient, std::move(pieces));
    if (auto done = reader.read(); !done) return done.error();
    for (const auto& [epoch, last] : counted) {
        auditor.expect(epoch, last, "the export's head counts them");
    }
    reader.look_at_ends(expected);
    for (const AuditExpectation& each : expected) auditor.expect(each.epoch, each.last, "they were to be here");
    return auditor.finish();
}

}  // namespace tillpost
