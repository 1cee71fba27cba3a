// SPDX-License-Identifier: Apache-2.0
// [audit-1] Exports: chunks on a stick, and plain lines. Who signed them, and where they end, is part of the proof.
#include <algorithm>

#include "platform/files.hpp"
#include "tests/unit/audit_fixture.hpp"

namespace tillpost::test {
namespace {

class AuditExportTest : public AuditTest {
protected:
    AuditExportTest() { EXPECT_TRUE(ensure_device_key(central, "central")); }

    std::vector<std::string> exported(std::size_t chunk_bytes) {
        store.reset();
        ExportSettings out;
        out.source = source;
        out.version = "test";
        out.folder = dir.path();
        out.central_certificate = central.certificate;
        out.device = {dir.file("till.key"), dir.file("till.pem")};
        out.chunk_bytes = chunk_bytes;
        const auto file = JournalFile::open_copy(settings.path, dir.path());
        auto written = export_events(**file, out, no_progress);
        EXPECT_TRUE(written) << written.error().message;
        return written ? written->files : std::vector<std::string>();
    }
    /// As a forger with central.pem and a key of his own, who says so in the head: only so many lines, and no more.
    std::string forged(const std::string& file, std::size_t lines) {
        const auto content = open_signed(unseal(read_file(file, 1 << 20).value(), recipient).value()).value().content;
        std::size_t end = 0;
        for (std::size_t i = 0; i <= lines; ++i) end = content.find('\n', end) + 1;
        std::string text = content.substr(content.find('\n') + 1, end - content.find('\n') - 1);
        ExportHead head = decode_export_head(content.substr(0, content.find('\n'))).value();
        head.hello.epochs.front().last = lines;
        head.hello.epochs.front().head = chain_in(text.substr(text.rfind('\n', text.size() - 2) + 1));
        const DeviceKeyFiles thief{dir.file("thief.key"), dir.file("thief.pem")};
        EXPECT_TRUE(ensure_device_key(thief, "acme.0042.till-01"));
        const auto letter = sign(encode(head) + "\n" + text, {thief.key, thief.certificate});
        return dir.write("forged.tillpost", seal(letter.value(), central.certificate).value());
    }
    Digest chain_in(const std::string& line) { return parse_line(sha, line.substr(0, line.size() - 1))->chain; }

    const DeviceKeyFiles central{dir.file("central.key"), dir.file("central.pem")};
    const Signer recipient{central.key, central.certificate};
};

TEST_F(AuditExportTest, AnEncryptedOneIsProvenInAnyOrderOfItsFiles) {
    ASSERT_TRUE(store->confirm(receipt(2)));
    ASSERT_TRUE(store->settle());
    AuditFiles files{exported(3'000), recipient};
    ASSERT_GT(files.files.size(), 2U);
    std::reverse(files.files.begin(), files.files.end());
    const auto whole = audit_files(files, trust, {});
    ASSERT_TRUE(whole) << whole.error().message;
    EXPECT_EQ(whole->verdict(), AuditReport::Verdict::proven) << first_of(*whole);
    EXPECT_TRUE(whole->notes.empty()) << whole->notes.front();
    EXPECT_EQ(whole->epochs.front().first, 3U);
    files.files.front() = files.files.back();  // the last chunk is kept from us
    const auto cut = audit_files(files, trust, {});
    ASSERT_TRUE(cut);
    EXPECT_EQ(cut->verdict(), AuditReport::Verdict::broken);
    files.recipient = {};
    EXPECT_NE(audit_files(files, trust, {}).error().message.find("--key"), std::string::npos);
}

TEST_F(AuditExportTest, AChunkThatAnotherKeySignedIsNamed) {
    const auto files = exported(1 << 20);
    ASSERT_EQ(files.size(), 1U);
    const std::string cut = forged(files.front(), 11);
    const auto report = audit_files({{cut}, recipient}, trust, {});
    ASSERT_TRUE(report) << report.error().message;
    EXPECT_EQ(report->seals_good, 2U) << "its lines are the agent's own";
    EXPECT_EQ(report->verdict(), AuditReport::Verdict::broken);
    EXPECT_NE(first_of(*report).find(cut + ", from " + event_id(epoch, 1) + " on, is signed by another key"),
              std::string::npos)
        << first_of(*report);
    const auto unknown = audit_files({{cut}, recipient}, {}, {});
    ASSERT_TRUE(unknown);
    EXPECT_EQ(unknown->verdict(), AuditReport::Verdict::not_checked) << "nobody has said whose key counts";
}

TEST_F(AuditExportTest, WherePlainLinesEndSomebodyHasToSay) {
    auto lines = edit_journal({});
    lines.resize(11);  // ends with a seal
    const auto verdict_of = [&](const std::vector<AuditExpectation>& told) {
        expected = told;
        return audit_text(lines);
    };
    const AuditReport open_end = verdict_of({});
    EXPECT_EQ(open_end.verdict(), AuditReport::Verdict::not_checked);
    ASSERT_EQ(open_end.unread.size(), 1U);
    EXPECT_NE(open_end.unread.front().find("behind " + event_id(epoch, 11)), std::string::npos)
        << open_end.unread.front();
    EXPECT_NE(open_end.unread.front().find("--at-least"), std::string::npos) << open_end.unread.front();
    EXPECT_EQ(verdict_of({{epoch, 11}}).verdict(), AuditReport::Verdict::proven);
    EXPECT_EQ(verdict_of({{epoch, history_end}}).verdict(), AuditReport::Verdict::broken);
    EXPECT_EQ(verdict_of({{epoch + 1, 1}}).verdict(), AuditReport::Verdict::broken) << "an epoch that is not here";
}

TEST_F(AuditExportTest, AHeadThatNobodySignedProvesNoEnd) {
    const auto files = exported(1 << 20);
    const auto content = open_signed(unseal(read_file(files.front(), 1 << 20).value(), recipient).value()).value();
    const AuditFiles plain{{dir.write("plain", content.content)}, {}};
    const auto report = audit_files(plain, trust, {});
    ASSERT_TRUE(report) << report.error().message;
    EXPECT_EQ(report->verdict(), AuditReport::Verdict::not_checked);
    EXPECT_EQ(audit_files(plain, trust, {{epoch, history_end}})->verdict(), AuditReport::Verdict::proven);
}

TEST_F(AuditExportTest, AnEmptyFileIsNamedAsEmpty) {
    const auto empty = audit_files({{dir.write("nothing.tillpost", "")}, {}}, trust, {});
    ASSERT_FALSE(empty);
    EXPECT_NE(empty.error().message.find("nothing.tillpost is empty"), std::string::npos) << empty.error().message;
    EXPECT_NE(audit_files({{dir.file("none.tillpost")}, {}}, trust, {}).error().message.find("cannot read"),
              std::string::npos);
}

}  // namespace
}  // namespace tillpost::test
