// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <set>
#include <string>
#include <vector>

#include "agent/audit/files.hpp"
#include "agent/central/audit.hpp"
#include "agent/central/schema.hpp"
#include "agent/journal/offline/export.hpp"
#include "agent/journal/offline/journal_audit.hpp"
#include "agent/journal/schema.hpp"
#include "agent/wire/columns.hpp"
#include "tests/unit/audit_tampering.hpp"

namespace tillpost::test {

inline constexpr Sequence history_end = 16;
inline const AgentName agent{"acme", "0042", "till-01"};

inline void no_progress(std::uint64_t, std::uint64_t) {}

class AuditTest : public SealTest {
protected:
    AuditTest() {
        sell(8);
        EXPECT_TRUE(store->withhold(8, "larger_than_packet"));
        seal_if_due();
        sell(2);
        add(draft_of("till_close", "{}"));
        seal_if_due();
        sell(1);
        EXPECT_EQ(store->live().last, history_end);
        EXPECT_EQ(type_at(6) + type_at(11) + type_at(15), "sealsealseal");
        epoch = store->live().epoch;
        trust.all.insert(fingerprint_of(settings.signer->certificate()));
        expected.push_back({epoch, history_end});
    }

    AuditReport audit_journal() {
        store.reset();
        const auto file = JournalFile::open_copy(settings.path, dir.path());
        EXPECT_TRUE(file) << file.error().message;
        auto report = audit(**file, trust, expected, retention, no_progress);
        EXPECT_TRUE(report) << report.error().message;
        return std::move(*report);
    }
    AuditReport audit_text(const std::vector<StoredLine>& lines) {
        std::string text;
        for (const StoredLine& line : lines) {
            text += line_prefix(epoch, line.sequence, line.chain);
            if (line.kind == Line::Kind::event) text += line.body;
            if (line.kind == Line::Kind::withheld) text += withheld_ending(line.digest, line.reason);
            if (line.kind == Line::Kind::lost) text += lost_ending(line.reason);
            text += "\n";
        }
        const AuditFiles files{{dir.write("lines", text)}, {}};
        auto report = audit_files(files, trust, expected);
        EXPECT_TRUE(report) << report.error().message;
        return std::move(*report);
    }
    AuditReport audit_central() {
        const auto central = CentralStore::open(dir.file("central.db"), CentralStore::Missing::refuse, clock);
        EXPECT_TRUE(central) << central.error().message;
        auto report = audit(**central, std::nullopt, trust, expected);
        EXPECT_TRUE(report) << report.error().message;
        return std::move(*report);
    }
    /// Central takes all that the journal has.
    void deliver() {
        std::string payload;
        for (const std::string& line : all_lines()) payload += line + "\n";
        const auto central = CentralStore::open(dir.file("central.db"), CentralStore::Missing::create, clock);
        ASSERT_TRUE(central) << central.error().message;
        const auto taken = (*central)->commit({{agent, payload}}, false);
        ASSERT_TRUE(taken) << taken.error().message;
        ASSERT_EQ(taken->counters.taken, store->live().last);
    }

    std::vector<StoredLine> read_lines(Database& database, const char* kind) {
        EXPECT_TRUE(define_packing(database));
        auto rows = database.prepare("SELECT position & 17592186044415, " + std::string(kind) +
                                     ", digest, chain, reason, unpacked(body) FROM event ORDER BY position");
        EXPECT_TRUE(rows) << rows.error().message;
        std::vector<StoredLine> lines;
        rows->begin();
        while (rows->step().value()) {
            lines.push_back({static_cast<Sequence>(rows->integer(0)), static_cast<Line::Kind>(rows->integer(1)),
                             digest_from_bytes(rows->bytes(2)), digest_from_bytes(rows->bytes(3)),
                             std::string(rows->bytes(4)), std::string(rows->bytes(5))});
        }
        return lines;
    }
    void write_lines(Database& database, const std::string& columns, const std::string& values,
                     const std::vector<StoredLine>& lines) {
        ASSERT_TRUE(database.execute("DELETE FROM event"));
        auto insert =
            database.prepare("INSERT INTO event (position, " + columns +
                             ", digest, chain, reason, body) VALUES (1 << 44 | ?1, " + values + ", ?3, ?4, ?5, ?6)");
        ASSERT_TRUE(insert) << insert.error().message;
        std::set<Digest> counted;
        for (const StoredLine& line : lines) {
            const bool whole = line.kind == Line::Kind::event;
            // What a receiver's file says beside the line; a journal has no such columns.
            const auto envelope = whole ? read_envelope(line.body) : std::nullopt;
            insert->begin();
            if (envelope) insert->bind_text(7, envelope->type).bind_text(8, envelope->time);
            if (envelope) insert->bind_text(9, envelope->quality);
            if (envelope && counted.insert(line.digest).second) insert->bind(10, 1);
            insert->bind(1, static_cast<std::int64_t>(line.sequence));
            insert->bind(2, static_cast<std::int64_t>(line.kind));
            insert->bind_blob(3, view(line.digest)).bind_blob(4, view(line.chain));
            if (whole) insert->bind_null(5).bind_blob(6, line.body);
            if (!whole) insert->bind_text(5, line.reason).bind_null(6);
            ASSERT_TRUE(insert->run());
        }
    }
    std::vector<StoredLine> edit_journal(const std::function<void(Forgery&)>& edit) {
        store.reset();
        const auto database = Database::open({settings.path, journal_application_id});
        EXPECT_TRUE(database) << database.error().message;
        Forgery forgery(epoch, read_lines(**database, "state"));
        if (edit) edit(forgery);
        if (edit) write_lines(**database, "recorded, class, state", "1, 0, ?2", forgery.lines);
        return forgery.lines;
    }
    /// What somebody does to central's file with SQL.
    void tamper_central(const std::string& sql) {
        const auto database = Database::open({dir.file("central.db"), central_application_id});
        ASSERT_TRUE(database) << database.error().message;
        const auto done = (*database)->execute(sql);
        ASSERT_TRUE(done) << done.error().message;
    }
    void edit_central(const std::function<void(Forgery&)>& edit) {
        const auto database = Database::open({dir.file("central.db"), central_application_id});
        ASSERT_TRUE(database) << database.error().message;
        Forgery forgery(epoch, read_lines(**database, "kind"));
        edit(forgery);
        write_lines(**database, "received, effect, type, time, quality, kind", "1, coalesce(?10, 0), ?7, ?8, ?9, ?2",
                    forgery.lines);
    }
    static std::string first_of(const AuditReport& report) {
        return report.faults.empty() ? "(no fault)" : report.faults.front().what;
    }
    void expect_named(const AuditReport& report, const Tampering& tampering, const char* where) {
        EXPECT_EQ(report.verdict(), AuditReport::Verdict::broken) << where;
        const std::string first = first_of(report);
        EXPECT_NE(first.find(event_id(epoch, tampering.named)), std::string::npos) << where << ": " << first;
        EXPECT_NE(first.find(tampering.words), std::string::npos) << where << ": " << first;
    }
    void expect_proven(const AuditReport& report, const char* where) {
        EXPECT_EQ(report.verdict(), AuditReport::Verdict::proven) << where << ": " << first_of(report);
        EXPECT_EQ(report.seals_good, 3U) << where;
        EXPECT_EQ(report.signers, trust.all.empty() ? report.signers : trust.all) << where;
        EXPECT_EQ(report.events, history_end) << where;
        EXPECT_EQ(report.tombstones, 1U) << where;
        EXPECT_EQ(report.tail(), 1U) << where;
    }

    Epoch epoch = 0;
    AuditTrust trust;
    std::vector<AuditExpectation> expected;
    std::optional<AuditRetention> retention;
};

}  // namespace tillpost::test
