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

// [end-1] Content that a tombstone stands for, exported behind its confirmation: what is around it is elsewhere.
TEST_F(AuditExportTest, AChunkApartIsNoGap) {
    ASSERT_TRUE(store->confirm(receipt(12)));
    ASSERT_TRUE(store->settle());
    AuditFiles files{exported(1 << 20), recipient};
    ASSERT_EQ(files.files.size(), 2U);
    for (const bool turned : {false, true}) {
        if (turned) std::reverse(files.files.begin(), files.files.end());
        const auto report = audit_files(files, trust, {});
        ASSERT_TRUE(report) << report.error().message;
        EXPECT_EQ(report->verdict(), AuditReport::Verdict::proven) << first_of(*report) << audit_table(*report);
        EXPECT_EQ(report->events, 1U + history_end - 12U);
        EXPECT_EQ(report->tombstones, 0U);
        EXPECT_EQ(report->epochs.size(), 2U) << "two pieces of one epoch";
    }
    const auto alone = audit_files({{files.files.back()}, recipient}, trust, {});
    ASSERT_TRUE(alone) << alone.error().message;
    EXPECT_EQ(alone->events, 1U);
    EXPECT_NE(first_of(*alone).find("missing at the end"), std::string::npos) << "the others are kept from us";
    // Where everything is confirmed it is all that there is.
    open();
    ASSERT_TRUE(store->confirm(receipt(store->live().last)));
    ASSERT_TRUE(store->settle());
    const auto only = audit_files({exported(1 << 20), recipient}, trust, {});
    ASSERT_TRUE(only) << only.error().message;
    EXPECT_EQ(only->events, 1U);
    EXPECT_EQ(only->fault_count, 0U) << first_of(*only);
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

/// That the epoch is the journal's first one plain lines do not say; the seals in them do.
TEST_F(AuditExportTest, CertificatesInPlainLinesAreRecomputed) {
    add(draft_of("day_certificate",
                 R"({"till":"T01","business_date":"2026-11-23","revision":1,"counts":{"events":7}})"));
    Forgery made(epoch, edit_journal({}));
    made.lines = {made.lines.back(), made.at(6)};
    made.make_fit(1);
    made.sign_anew(*settings.signer, [](Seal& seal) { seal.first = seal.last = 1; });
    expected.clear();
    const AuditReport report = audit_text(made.lines);
    EXPECT_EQ(report.certificates, 1U);
    EXPECT_TRUE(report.certificates_open.empty());
    EXPECT_NE(audit_table(report).find("counts/events: it says 7, recomputed 0"), std::string::npos)
        << audit_table(report);
    made.lines.pop_back();
    EXPECT_EQ(audit_text(made.lines).certificates, 0U) << "nothing says which epoch it is";
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
    EXPECT_NE(empty.error().message.find("nothing.tillpost is empty, or"), std::string::npos) << empty.error().message;
    EXPECT_NE(audit_files({{dir.file("none.tillpost")}, {}}, trust, {}).error().message.find("cannot read"),
              std::string::npos);
}

// [audit-1] Two exports of one stick, one made a day later: what both have is one.
TEST_F(AuditExportTest, ExportsThatOverlapAreOne) {
    const std::vector<std::string> earlier = exported(3'000);
    ASSERT_GT(earlier.size(), 2U);
    AuditFiles files{{}, recipient};
    for (const std::string& each : earlier) {
        files.files.push_back(
            dir.write("earlier-" + std::to_string(files.files.size()) + ".tillpost", read_file(each, 1 << 20).value()));
    }
    open();
    sell(3);
    ASSERT_TRUE(store->seal("stop"));
    const Sequence last = store->live().last;
    const std::vector<std::string> later = exported(5'000);
    files.files.insert(files.files.begin(), later.begin(), later.end());
    const auto report = audit_files(files, trust, {});
    ASSERT_TRUE(report) << report.error().message;
    EXPECT_EQ(report->verdict(), AuditReport::Verdict::proven) << first_of(*report) << audit_table(*report);
    EXPECT_EQ(report->events, last);
    EXPECT_EQ(report->epochs.size(), 1U);
}

class OverlapTest : public AuditExportTest {
protected:
    std::string text_of(const std::vector<StoredLine>& lines, Epoch of = 0) {
        std::string text;
        for (const StoredLine& line : lines) {
            text += line_prefix(of == 0 ? epoch : of, line.sequence, line.chain);
            text += line.kind == Line::Kind::event ? line.body : withheld_ending(line.digest, line.reason);
            text += "\n";
        }
        return text;
    }
    AuditReport audit_texts(const std::vector<std::string>& texts) {
        AuditFiles files;
        for (const std::string& text : texts) {
            files.files.push_back(dir.write("lines-" + std::to_string(files.files.size()), text));
        }
        auto report = audit_files(files, trust, expected);
        EXPECT_TRUE(report) << report.error().message;
        return std::move(*report);
    }
    const std::vector<StoredLine> lines = edit_journal({});
    std::vector<StoredLine> part(std::size_t from, std::size_t to) {
        return {lines.begin() + static_cast<std::ptrdiff_t>(from) - 1, lines.begin() + static_cast<std::ptrdiff_t>(to)};
    }
};

TEST_F(OverlapTest, PlainLinesInWhateverOrderOfFiles) {
    const std::vector<std::vector<std::string>> cases{
        {text_of(part(1, 15)), text_of(lines)},
        {text_of(lines), text_of(lines)},
        {text_of(part(9, 16)), text_of(part(1, 12))},
        {text_of(part(5, 9)), text_of(part(1, 6)), text_of(part(8, 16)), text_of(part(2, 3))}};
    for (const auto& each : cases) {
        const AuditReport report = audit_texts(each);
        EXPECT_EQ(report.verdict(), AuditReport::Verdict::proven) << first_of(report);
        EXPECT_EQ(report.events, history_end);
    }
}

TEST_F(OverlapTest, ALineThatIsErasedInTheLaterFileIsOne) {
    auto erased = lines;
    erased[2].kind = Line::Kind::withheld;
    erased[2].reason = "erased";
    for (const bool later_first : {true, false}) {
        const AuditReport report = later_first ? audit_texts({text_of(erased), text_of(part(1, 9))})
                                               : audit_texts({text_of(part(1, 9)), text_of(erased)});
        EXPECT_EQ(report.verdict(), AuditReport::Verdict::proven) << first_of(report);
        EXPECT_EQ(report.tombstones, 1U) << "the content is here";
    }
}

TEST_F(OverlapTest, LinesThatDifferStayAFault) {
    auto other = part(1, 9);
    other[4].body.replace(other[4].body.find("\"n\":"), 5, "\"m\":");
    const AuditReport changed = audit_texts({text_of(lines), text_of(other)});
    EXPECT_EQ(changed.verdict(), AuditReport::Verdict::broken);
    EXPECT_NE(first_of(changed).find(event_id(epoch, 5) + " is here twice, and not the same: in "), std::string::npos)
        << first_of(changed);
    const AuditReport twice = audit_texts({text_of(part(1, 5)) + text_of(part(5, 16))});
    EXPECT_EQ(twice.verdict(), AuditReport::Verdict::broken) << "in one file";
    EXPECT_NE(first_of(twice).find("is here twice, or out of order"), std::string::npos) << first_of(twice);
    const AuditReport gap = audit_texts({text_of(part(1, 5)), text_of(part(7, 16))});
    EXPECT_NE(first_of(gap).find(event_id(epoch, 6) + " is missing"), std::string::npos) << first_of(gap);
}

// A receiver's files have several epochs; a new one stands in the middle of the later file.
TEST_F(OverlapTest, EpochsOfSeveralFilesAreEachReadOnce) {
    const auto others = [this](Epoch of, Sequence count) {
        Sha256 sha;
        std::string text;
        Digest chain = chain_start(sha, source, of);
        for (Sequence sequence = 1; sequence <= count; ++sequence) {
            Event event;
            event.type = "sale";
            event.data = "{}";
            const std::string body = encode_body(source, event, {clock.now(), clock.boot_id(), {}});
            chain = chain_next(sha, chain, of, sequence, sha(body));
            text += line_prefix(of, sequence, chain) + body + "\n";
        }
        return text;
    };
    const std::vector<std::string> texts{others(1, 2) + text_of(lines), others(1, 3) + others(2, 4) + text_of(lines)};
    for (const bool turned : {false, true}) {
        const AuditReport report = turned ? audit_texts({texts[1], texts[0]}) : audit_texts(texts);
        EXPECT_EQ(report.fault_count, 0U) << first_of(report);
        EXPECT_EQ(report.epochs.size(), 3U);
        EXPECT_EQ(report.events, 3U + 4U + history_end);
    }
}

TEST_F(AuditExportTest, ABlankFileIsNoEncryptedOne) {
    for (const char* text : {"\n", "\n\n", "  \t\r\n"}) {
        const auto blank = audit_files({{dir.write("blank", text)}, {}}, trust, {});
        ASSERT_FALSE(blank);
        EXPECT_NE(blank.error().message.find("blank is empty, or has nothing but blanks in it"), std::string::npos)
            << blank.error().message;
    }
    const auto sealed = audit_files({{dir.write("sealed", "\x30\x82")}, {}}, trust, {});
    EXPECT_NE(sealed.error().message.find("an export is encrypted"), std::string::npos) << sealed.error().message;
}

}  // namespace
}  // namespace tillpost::test
