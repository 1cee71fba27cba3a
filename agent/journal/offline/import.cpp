// SPDX-License-Identifier: Apache-2.0
#include "agent/journal/offline/import.hpp"

#include <set>
#include <utility>

#include "agent/journal/damage.hpp"
#include "agent/journal/store.hpp"
#include "agent/wire/tombstones.hpp"
#include "platform/database_copy.hpp"
#include "platform/files.hpp"

namespace tillpost {
namespace {

constexpr std::size_t most_named = 100;
constexpr int most_slices = 100'000;
constexpr std::size_t records_at_once = 100;

Error no_room_to_close(const std::string& why) {
    return {Errc::full, why +
                            ". But there is no room on the disk for that, and nothing is done: make room there, and "
                            "import the receipt again"};
}

Result<void> take(Store& store, const Receipt& receipt, ImportReport& report) {
    if (!store.receiver().empty() && receipt.receiver != store.receiver()) {
        report.alarm = "the receipt is of another receiver, " + receipt.receiver + ": it frees nothing. Central is " +
                       store.receiver() + "; if it was replaced, name the new one in /delivery/receiver";
        return {};
    }
    for (const EpochReceipt& part : receipt.epochs) {
        if (part.epoch != store.live().epoch) continue;
        // Only forward: an old stick must not make the agent send everything again.
        if (part.upto <= store.live().confirmed && !part.fork) continue;
        // [fork-1] Numbers of an epoch are never taken back. So what an old receipt says of another history is as true
        // today as when it was signed, and closes the epoch: that frees nothing, and happens once, as the receipt says
        // nothing of the next one.
        const Result<Confirmation> outcome = store.confirm(part, receipt.receiver);
        if (!outcome) return outcome.error();
        if (outcome->alarm && !outcome->forked) return no_room_to_close(*outcome->alarm);
        if (outcome->alarm) report.alarm = *outcome->alarm;
        report.forked = report.forked || outcome->forked;
    }
    return {};
}

/// [fork-1] All that a closed epoch owes, so that the next export has it; the daemon does it between commits.
Result<void> reissue_all(Store& store) {
    for (;;) {
        const Result<bool> more = store.reissue();
        if (!more)
            return more.error().with_context("give events of a closed epoch new numbers (the next start goes on)");
        (void)store.take_own();
        if (auto done = store.checkpoint_due() ? store.checkpoint() : Result<void>(); !done) return done;
        if (!*more) return {};
    }
}

/// [end-1] Central says of which events it has the content. A digest is of a salted body: whichever number it goes by
/// there, what waits here with the same bytes is that one.
Result<void> close_delivered(Store& store, const ExportReceipt& receipt, std::uint32_t user, ImportReport& report) {
    std::set<Digest> there;
    for (const ExportReceipt::Content& each : receipt.contents) there.insert(each.digest);
    Sha256 sha;
    std::string last;
    while (!there.empty()) {
        const auto ids = store.open_records_behind(last, records_at_once);
        if (!ids) return ids.error();
        if (ids->empty()) return {};
        for (const std::string& id : *ids) {
            const auto record = store.quarantine_record(id);
            if (!record) return record.error();
            const bool waits_for_it = record->was_event && record->rule == too_large_reason && !record->altered;
            if (!waits_for_it || record->bytes.empty() || there.erase(sha(record->bytes)) == 0) continue;
            QuarantineDecision decision;
            decision.kind = QuarantineDecision::Kind::deliver;
            decision.id = id;
            decision.user = user;
            decision.reason = "an export brought its content to central, as its receipt says";
            const Result<Decided> decided = store.decide(std::move(decision));
            if (!decided) return decided.error();
            ++report.contents;
            if (auto done = store.checkpoint_due() ? store.checkpoint() : Result<void>(); !done) return done;
        }
        last = ids->back();
    }
    return {};
}

}  // namespace

Result<ImportReport> import_receipt(const JournalSettings& settings, const Clock& clock,
                                    std::string_view signed_receipt, const std::string& trusted, std::uint32_t user) {
    const Result<Verified> verified = verify(signed_receipt, trusted);
    if (!verified) return verified.error();
    const Result<ExportReceipt> receipt = decode_export_receipt(verified->content);
    if (!receipt) return receipt.error();
    if (receipt->source != settings.source) {
        return Error{Errc::invalid, "the receipt is for " + receipt->source + ", and this is " + settings.source};
    }
    if (!file_exists(settings.path)) return Error{Errc::invalid, "there is no journal " + settings.path};
    auto store = Store::open(settings, clock);
    if (!store) return store.error();
    // What the days have not taken in yet is not pruned.
    if (const auto days = (*store)->kept_days(); !days) return days.error();
    ImportReport report;
    report.confirmed_before = (*store)->live().confirmed;
    if (auto done = take(**store, receipt->receipt, report); !done) return done.error();
    if (auto done = reissue_all(**store); !done) return done.error();
    if (report.alarm.empty()) {
        if (auto done = close_delivered(**store, *receipt, user, report); !done) return done.error();
    }
    for (int slice = 0; slice < most_slices; ++slice) {
        const Result<bool> more = (*store)->maintain();
        if (!more) return more.error();
        if (!*more) break;
    }
    if (auto done = (*store)->settle(); !done) return done.error();
    report.confirmed = (*store)->live().confirmed;
    report.waiting = (*store)->live().last - report.confirmed;
    return report;
}

Result<RecoverReport> recover(const std::string& journal, const std::string& work,
                              const std::function<Result<void>(std::string_view line)>& write,
                              const Progress& progress) {
    // First: the copy has what the witness has seen.
    std::optional<DamageNote> known;
    const auto read_beside = [&] { known = known_of(journal); };
    const auto made = DatabaseCopy::make({journal, work, "tillpostd", read_beside});
    if (!made) return made.error();
    if ((*made)->bytes() == 0 && (*made)->log_bytes() == 0)
        return Error{Errc::corrupt, "read " + journal + ": it is empty"};
    RecoverReport report;
    report.cut = cut_pages_of((*made)->path());
    report.knows_its_end = known && known->live.epoch != 0;
    auto damaged = Salvage::open((*made)->path(), known);
    if (!damaged) return damaged.error();
    (*damaged)->want_confirmed();
    std::int64_t at = 0;
    for (;;) {
        const auto rows = (*damaged)->rows(at);
        if (!rows) return rows.error();
        if (!*rows) return report;
        at = (*rows)->upto;
        const std::string epoch = to_hex((*rows)->former.epoch);
        for (const StoredRow& row : (*rows)->rows) {
            if (row.state != RowState::whole) continue;
            const std::string line =
                "{\"epoch\":\"" + epoch + "\",\"sequence\":" + std::to_string(row.sequence) + "," + row.body;
            if (auto done = write(line); !done) return done.error();
            ++report.events;
        }
        for (const Range& range : (*rows)->lost) {
            report.lost_count += range.to - range.from + 1;
            if (report.lost.size() == most_named) continue;
            report.lost.push_back(epoch + " " + std::to_string(range.from) + " to " + std::to_string(range.to));
        }
        progress(report.events, 0);
    }
}

}  // namespace tillpost
