// SPDX-License-Identifier: Apache-2.0
#include "agent/wire/line.hpp"

#include <gtest/gtest.h>

#include "agent/event/intake.hpp"
#include "tests/support/process.hpp"
#include "tests/support/temp_dir.hpp"

using namespace tillpost;

namespace {

constexpr Epoch epoch = 0x0123456789abcdef;
const std::string source = "urn:tillpost:acme:0815:till-1";

Event full_event() {
    Event event;
    event.type = "sale";
    event.time = "2026-11-23T10:15:30.123+01:00";
    event.subject = "pos/T01/2026-11-23/4711";
    event.business_date = "2026-11-23";
    event.mode = "pilot";
    event.entry = "pos";
    event.correlation = "c-1";
    event.causation = "c-0";
    event.late = true;
    event.quality.mark("totals", "/totals/gross");
    event.data = R"({"type":"sale"})";
    return event;
}

Stamp fixed_stamp() {
    Stamp stamp;
    stamp.recorded = {WallTime(Millis(1'795'425'331'007)), Millis(86'400'500), true};
    stamp.boot_id = "00112233445566778899aabbccddeeff";
    for (std::size_t i = 0; i < stamp.salt.size(); ++i) stamp.salt[i] = static_cast<std::uint8_t>(i);
    return stamp;
}

// Written by hand from agent/README.md; digest and chain below were computed from it with Python's hashlib.
const std::string golden_body =
    R"("specversion":"1.0","source":"urn:tillpost:acme:0815:till-1","type":"tillpost.sale.v1",)"
    R"("time":"2026-11-23T10:15:30.123+01:00","subject":"pos/T01/2026-11-23/4711","datacontenttype":"application/json",)"
    R"("dataschema":"urn:tillpost:schema:sale:v1","recordedtime":"2026-11-23T09:15:31.007Z",)"
    R"("bootid":"00112233445566778899aabbccddeeff","monotonic":"86400500","clock":"synced",)"
    R"("quality":"totals:/totals/gross","businessdate":"2026-11-23","mode":"pilot","late":true,"entry":"pos",)"
    R"("correlationid":"c-1","causationid":"c-0","salt":"000102030405060708090a0b0c0d0e0f","data":{"type":"sale"}})";
const std::string golden_digest = "ce77b35415d0d0e84da31c51f25fd626a7d4bd38100aa65e2e95f156b46b6258";
const std::string golden_start = "c1f9d8ccf76b00e96306be70da55d0c925803c6d7d559b89b29ef1b457bbf1b5";
const std::string golden_chain = "7bb96fa61bc46032b57c218bda3a0b9a893320076666a3c4de20a16ba4047a62";  // n = 42
const std::string golden_line = R"({"id":"0123456789abcdef-0000000000000042","epoch":"0123456789abcdef",)"
                                R"("sequence":"0000000000000042","chain":")" +
                                golden_chain + "\"," + golden_body;

std::string tombstone(std::string_view tail) { return golden_line.substr(0, line_prefix_size) + std::string(tail); }

TEST(LineTest, GivesBackABodysKeyAndData) {
    const std::string data = R"({"type":"sale","data":{"subject":"x","data":1},"text":",\\"subject\\":\\"y\\""})";
    for (const std::string subject : {"pos/T01/2026-11-23/4711", "a\"b\\c", "\x01\x1f tab\t", "ä€😀",
                                      ",\"data\":", ",\"subject\":\"x\"", "\\", "\\u0041"}) {
        Event event = full_event();
        event.subject = subject;
        event.data = data;
        const std::string body = encode_body(source, event, fixed_stamp());
        const auto key = body_key(body);
        ASSERT_TRUE(key) << subject;
        EXPECT_EQ(key->subject, subject);
        EXPECT_EQ(std::string(key->data), data);
    }
    Event none = full_event();
    none.subject.clear();
    none.data = R"({"x":",\"subject\":\"y\""})";
    EXPECT_FALSE(body_key(encode_body(source, none, fixed_stamp())));
    for (const char* broken : {"", "}", R"(,"subject":"a)", R"(,"subject":"a","data":1)",
                               R"(,"subject":"\u00","data":1})", R"(,"subject":"a\","data":1})"}) {
        EXPECT_FALSE(body_key(broken)) << broken;
    }
}

TEST(LineTest, EncodesToTheDocumentedBytes) {
    Sha256 sha;
    const std::string body = encode_body(source, full_event(), fixed_stamp());
    EXPECT_EQ(body, golden_body);
    const Digest digest = sha(body);
    EXPECT_EQ(to_hex(digest), golden_digest);
    const Digest start = chain_start(sha, source, epoch);
    EXPECT_EQ(to_hex(start), golden_start);
    const Digest chain = chain_next(sha, start, epoch, 42, digest);
    EXPECT_EQ(line_prefix(epoch, 42, chain) + body, golden_line);
    EXPECT_EQ(line_prefix(epoch, 42, chain).size(), line_prefix_size);
    EXPECT_EQ(event_id(epoch, 42), "0123456789abcdef-0000000000000042");
}

// Members of their own, so that the golden line above stays what earlier versions wrote.
TEST(LineTest, SaysWhatAnEventCorrectsBehindItsCause) {
    Event event = full_event();
    event.corrects = "0123456789abcdef-0000000000000007";
    event.corrects_kind = "replace";
    std::string expected = golden_body;
    const std::string before = R"("causationid":"c-0",)";
    expected.insert(expected.find(before) + before.size(),
                    R"("corrects":"0123456789abcdef-0000000000000007","correctskind":"replace",)");
    EXPECT_EQ(encode_body(source, event, fixed_stamp()), expected);
}

TEST(LineTest, LeavesOutWhatAnEventDoesNotHave) {
    Event event;
    event.type = "seal";
    event.data = "{}";
    Stamp stamp = fixed_stamp();
    stamp.recorded.synced = false;
    EXPECT_EQ(encode_body(source, event, stamp),
              R"("specversion":"1.0","source":"urn:tillpost:acme:0815:till-1","type":"tillpost.seal.v1",)"
              R"("time":"2026-11-23T09:15:31.007Z","datacontenttype":"application/json",)"
              R"("dataschema":"urn:tillpost:schema:seal:v1","recordedtime":"2026-11-23T09:15:31.007Z",)"
              R"("bootid":"00112233445566778899aabbccddeeff","monotonic":"86400500","clock":"unsynced","quality":"ok",)"
              R"("mode":"production","salt":"000102030405060708090a0b0c0d0e0f","data":{}})");
}

// Behind the prefix, within what is digested: whoever reads no such attribute passes over it.
TEST(LineTest, SaysTheOffsetOfTheStoresClock) {
    Event event;
    event.type = "scan";
    event.data = R"({"utcoffset":"+09:00"})";
    Stamp stamp{{WallTime(Millis(1'795'428'930'123)), Millis(5), true, std::chrono::minutes(60)}, "b", {}};
    const std::string body = encode_body("s", event, stamp);
    EXPECT_NE(body.find(R"("recordedtime":"2026-11-23T10:15:30.123Z","utcoffset":"+01:00","bootid":"b")"),
              std::string::npos)
        << body;
    EXPECT_EQ(body_attribute(body, "utcoffset"), "+01:00");
    stamp.recorded.utc_offset.reset();
    EXPECT_EQ(body_attribute(encode_body("s", event, stamp), "utcoffset"), "") << "as of an earlier agent";
}

TEST(LineTest, KeepsThePrefixLengthForTheLargestNumbers) {
    Digest chain;
    chain.fill(0xff);
    EXPECT_EQ(line_prefix(~Epoch{0}, last_sequence, chain).size(), line_prefix_size);
    Sha256 sha;
    const std::string text = line_prefix(~Epoch{0}, last_sequence, chain) + "\"x\":1}";
    EXPECT_EQ(parse_line(sha, text).value().sequence, last_sequence);
}

TEST(LineTest, TakesAnEventApart) {
    Sha256 sha;
    const Line line = parse_line(sha, golden_line).value();
    EXPECT_EQ(line.kind, Line::Kind::event);
    EXPECT_EQ(line.epoch, epoch);
    EXPECT_EQ(line.sequence, 42U);
    EXPECT_EQ(to_hex(line.chain), golden_chain);
    EXPECT_EQ(to_hex(line.digest), golden_digest);
    EXPECT_EQ(line.body, golden_body);
}

// parse_line() does not read JSON: that a body is whole is what the chain says.
TEST(LineTest, ABodyThatWasCutHasAnotherDigest) {
    Sha256 sha;
    const Line cut = parse_line(sha, std::string_view(golden_line).substr(0, golden_line.size() - 1)).value();
    EXPECT_NE(to_hex(cut.digest), golden_digest);
}

TEST(LineTest, TakesTombstonesApart) {
    Sha256 sha;
    const std::string withheld = tombstone("\"digest\":\"" + golden_digest + "\",\"withheld\":\"shed\"}");
    const Line held = parse_line(sha, withheld).value();
    EXPECT_EQ(held.kind, Line::Kind::withheld);
    EXPECT_EQ(to_hex(held.digest), golden_digest);
    EXPECT_EQ(held.reason, "shed");
    const std::string destroyed = tombstone("\"lost\":\"salvage\"}");
    const Line lost = parse_line(sha, destroyed).value();
    EXPECT_EQ(lost.kind, Line::Kind::lost);
    EXPECT_EQ(lost.digest, Digest{});
    EXPECT_EQ(lost.reason, "salvage");
}

struct BadLine {
    const char* name;
    std::string text;
};

std::string with(std::size_t at, std::string_view bytes) {
    std::string text = golden_line;
    return text.replace(at, bytes.size(), bytes);
}

class BadLineTest : public testing::TestWithParam<BadLine> {};

TEST_P(BadLineTest, IsRejected) {
    Sha256 sha;
    const auto line = parse_line(sha, GetParam().text);
    ASSERT_FALSE(line);
    EXPECT_EQ(line.error().code, Errc::invalid);
    EXPECT_TRUE(line.error().message.starts_with("malformed line: "));
}

INSTANTIATE_TEST_SUITE_P(
    Lines, BadLineTest,
    testing::Values(BadLine{"empty", ""}, BadLine{"json_but_no_line", "{}"},
                    BadLine{"prefix_only", golden_line.substr(0, line_prefix_size)},
                    BadLine{"cut_before_the_brace", golden_line.substr(0, golden_line.size() - 2)},
                    BadLine{"line_break_left", golden_line + "\n"}, BadLine{"space_in_front", " " + golden_line},
                    BadLine{"capitals_in_the_epoch", with(15, "ABCDEF")},
                    BadLine{"another_epoch_in_the_id", with(7, "1")},
                    BadLine{"another_sequence_in_the_id", with(39, "3")},
                    BadLine{"sign_in_the_sequence", with(81, "+")},
                    BadLine{"sequence_zero", with(81, "0000000000000000")},
                    BadLine{"sequence_above_44_bits", with(81, "9999999999999999")},
                    BadLine{"letter_in_the_sequence", with(90, "a")}, BadLine{"capital_in_the_chain", with(108, "7B")},
                    BadLine{"no_hex_in_the_chain", with(120, "g")}, BadLine{"another_member_name", with(2, "ID")},
                    BadLine{"nul_in_the_prefix", with(5, std::string(1, '\0'))},
                    BadLine{"digest_too_short", tombstone("\"digest\":\"ce77\",\"withheld\":\"shed\"}")},
                    BadLine{"digest_without_reason", tombstone("\"digest\":\"" + golden_digest + "\"}")},
                    BadLine{"lost_cut", tombstone("\"lost\":\"sal").append("vage\"")}),
    [](const auto& which) { return std::string(which.param.name); });

struct Text {
    std::string_view text;
    std::string_view json;
};

TEST(JsonStringTest, EscapesAndReplaces) {
    using namespace std::string_view_literals;
    const std::vector<Text> table{
        {"", R"("")"},
        {"a/b", R"("a/b")"},
        {R"(say "\")", R"("say \"\\\"")"},
        {"\x01\t\n\r\x1f\x7f", "\"\\u0001\\u0009\\u000a\\u000d\\u001f\x7f\""},
        {"a\0b"sv, R"("a\u0000b")"},
        {"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80", "\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\""},
        {"\xff", "\"\xef\xbf\xbd\""},
        {"\xc0\xaf", "\"\xef\xbf\xbd\xef\xbf\xbd\""},                                  // overlong "/"
        {"\xe0\x80\xaf", "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\""},                  // overlong "/"
        {"\xed\xa0\x80", "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\""},                  // surrogate
        {"\xf4\x90\x80\x80", "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\""},  // above U+10FFFF
        {"\xc3", "\"\xef\xbf\xbd\""},                                                  // cut off
        {"\xc3\"", "\"\xef\xbf\xbd\\\"\""},  // a quote does not hide behind it
        {"\xe2\x82", "\"\xef\xbf\xbd\xef\xbf\xbd\""},
        {"\x80z", "\"\xef\xbf\xbdz\""},
    };
    for (const Text& row : table) {
        std::string out;
        append_json_string(out, row.text);
        EXPECT_EQ(out, row.json);
        EXPECT_EQ(is_utf8(row.text), row.json.find("\xef\xbf\xbd") == std::string_view::npos) << row.json;
    }
}

// The program of agent/wire/README.md, byte for byte, against what the code writes.
class VerifyProgramTest : public testing::Test {
protected:
    void SetUp() override {
        const std::string text = test::content_of(TILLPOST_WIRE_README);
        const std::string opening = "```python\n";
        const std::size_t start = text.find(opening);
        ASSERT_NE(start, std::string::npos);
        const std::size_t end = text.find("```", start + opening.size());
        folder.write("verify.py", text.substr(start + opening.size(), end - start - opening.size()));
    }

    /// Lines 1 to 6 of an epoch; 3 is withheld.
    std::vector<std::string> lines() {
        Digest chain = chain_start(sha, source, epoch);
        std::vector<std::string> all;
        for (Sequence n = 1; n <= 6; ++n) {
            Event event = full_event();
            event.data = "{\"n\":" + std::to_string(n) + "}";
            const std::string body = encode_body(source, event, fixed_stamp());
            const Digest digest = sha(body);
            chain = chain_next(sha, chain, epoch, n, digest);
            const std::string stone = "\"digest\":\"" + to_hex(digest) + "\",\"withheld\":\"shed\"}";
            all.push_back(line_prefix(epoch, n, chain) + (n == 3 ? stone : body));
        }
        return all;
    }

    bool accepts(const std::vector<std::string>& all, const std::string& from = source) {
        std::string text;
        for (const std::string& line : all) text += line + "\n";
        folder.write("events", text);
        const test::Process::Command command{"python3", {folder.file("verify.py"), folder.file("events"), from}};
        return test::Process(command).wait() == 0;
    }

    Sha256 sha;
    test::TempDir folder;
};

TEST_F(VerifyProgramTest, AcceptsWhatTheCodeWrites) {
    const auto all = lines();
    EXPECT_TRUE(accepts(all));
    EXPECT_TRUE(accepts({all.begin() + 2, all.end()}));  // pruned in front: taken as given
    auto with_loss = all;
    with_loss[3].replace(line_prefix_size, std::string::npos, "\"lost\":\"salvage\"}");
    EXPECT_TRUE(accepts(with_loss));
}

TEST_F(VerifyProgramTest, RefusesWhatWasTamperedWith) {
    const auto all = lines();
    EXPECT_FALSE(accepts(all, "urn:tillpost:acme:0815:till-2"));
    auto changed = all;
    changed[4].replace(changed[4].find("{\"n\":5}"), 7, "{\"n\":6}");
    EXPECT_FALSE(accepts(changed));
    auto removed = all;
    removed.erase(removed.begin() + 1);
    EXPECT_FALSE(accepts(removed));
    auto swapped = all;
    std::swap(swapped[3], swapped[4]);
    EXPECT_FALSE(accepts(swapped));
    auto other_digest = all;
    other_digest[2].replace(line_prefix_size + 10, 4, "0000");
    EXPECT_FALSE(accepts(other_digest));
    auto other_id = all;
    other_id[5].replace(39, 1, "7");
    EXPECT_FALSE(accepts(other_id));
}

// Examples that connectors are written from must be right themselves.
TEST(EventReadmeTest, EveryExampleIsAcceptedWithoutAMark) {
    const std::string text = test::content_of(TILLPOST_EVENT_README);
    const std::string opening = "```json\n";
    Intake intake;
    int examples = 0;
    for (std::size_t at = text.find(opening); at != std::string::npos; at = text.find(opening, at + 1), ++examples) {
        const std::size_t start = at + opening.size();
        const auto result = intake.parse(text.substr(start, text.find("```", start) - start));
        ASSERT_TRUE(std::holds_alternative<Event>(result)) << text.substr(start, 60);
        EXPECT_EQ(std::get<Event>(result).quality.text(), "ok") << text.substr(start, 60);
    }
    EXPECT_EQ(examples, 7);
}

}  // namespace
