// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <ctime>
#include <functional>

#include "agent/event/event_types.hpp"
#include "agent/event/record_builder.hpp"
#include "tests/unit/event_support.hpp"

using namespace tillpost;
using namespace std::string_literals;

namespace {

const std::string key = R"("till":"T01","number":"4711","business_date":"2026-11-23")";

std::string repeated(std::string_view text, std::size_t count) {
    std::string all;
    for (std::size_t i = 0; i < count; ++i) all += text;
    return all;
}

/// "<first>0<last>,<first>1<last>,…"
std::string listed(std::string_view first, std::string_view last, std::size_t count) {
    std::string all;
    for (std::size_t i = 0; i < count; ++i) {
        if (i > 0) all += ',';
        all.append(first).append(std::to_string(i)).append(last);
    }
    return all;
}

std::string other(std::string_view members) { return R"({"type":"other",)" + std::string(members) + "}"; }

class IntakeTest : public testing::Test {
protected:
    Event accept(std::string_view line) {
        auto result = intake.parse(line);
        if (const auto* rejection = std::get_if<Rejection>(&result)) {
            ADD_FAILURE() << rejection->rule << ":" << rejection->field << " " << rejection->detail;
            return {};
        }
        return std::get<Event>(std::move(result));
    }

    Rejection reject(std::string_view line) {
        auto result = intake.parse(line);
        if (std::holds_alternative<Rejection>(result)) return std::get<Rejection>(std::move(result));
        ADD_FAILURE() << "accepted: " << line.substr(0, 80);
        return {};
    }

    Intake intake{test::of_partial_records()};
};

struct Rejected {
    std::string line;
    std::string_view rule;
    std::string_view field = "";
};

class IntakeTableTest : public IntakeTest {
protected:
    void check(const std::vector<Rejected>& table) {
        for (const Rejected& row : table) {
            const Rejection rejection = reject(row.line);
            const std::string start = row.line.substr(0, 80);
            EXPECT_EQ(rejection.rule, row.rule) << start;
            EXPECT_EQ(rejection.field, row.field) << start;
            EXPECT_FALSE(rejection.detail.empty()) << start;
            EXPECT_LT(rejection.detail.size(), 200U) << start;
            accept(other("\"fine\":1"));  // nothing is left over from the bad line
        }
    }
};

TEST_F(IntakeTableTest, RejectsWhatIsNotOneJsonText) {
    check({
        {"", "not_json"},
        {" \t\r\n", "not_json"},
        {"{", "not_json"},
        {"{}}", "not_json"},
        {"{} {}", "not_json"},
        {"{}x", "not_json"},
        {"{}\0"s, "not_json"},
        {"{}\0junk"s, "not_json"},
        {"\0{}"s, "not_json"},
        {"{\"type\":\"ot\0her\"}"s, "not_json"},
        {"\xef\xbb\xbf{\"type\":\"other\"}", "not_json"},
        {" \xef\xbb\xbf{\"type\":\"other\"}", "not_json"},
        {other("\"a\":\"\xff\""), "invalid_utf8", "/a"},
        {other("\"a\":\"\xc0\xaf\""), "invalid_utf8", "/a"},
        {other("\"a\":\"\xed\xa0\x80\""), "invalid_utf8", "/a"},
        {other("\"\xe2\x82\":1"), "invalid_utf8", "/type"},
        {other(R"("a":"\ud800")"), "not_json", "/a"},
        {other(R"("a":"\udc00")"), "not_json", "/a"},
        {other(R"("a":"\x41")"), "not_json", "/a"},
        {other("\"a\":\"line\nbreak\""), "not_json", "/a"},
        {other("\"a\":\"line\rbreak\""), "not_json", "/a"},
        {other("\"a\":1e999"), "number_range", "/a"},
        {other("\"a\":-1e999"), "number_range", "/a"},
        {other("\"a\":[1,{\"b\":[2,1e999]}]"), "number_range", "/a/1/b/1"},
        {other("\"a\":01"), "not_json", "/a"},
        {other("\"a\":+1"), "not_json", "/a"},
        {other("\"a\":.5"), "not_json", "/a"},
        {other("\"a\":NaN"), "not_json", "/a"},
        {other("\"a\":'b'"), "not_json", "/a"},
        {other("\"a\":1,"), "not_json", "/a"},
        {other("\"a\":[1,]"), "not_json", "/a/1"},
        {other("a:1"), "not_json", "/type"},
        {other("\"a\":1 /* c */"), "not_json", "/a"},
        {other("\"a\" 1"), "not_json", "/a"},
        {R"({"type":"sale","lines":[{"item":}]})", "not_json", "/lines/0/item"},
        {R"({"type":"sale","lines":[{"item":"1"},{x}]})", "not_json", "/lines/1"},
        {R"({"type":"sale","lines":[{"item":"1"} {}]})", "not_json", "/lines/1"},
        {R"({"type":"sale","lines":[{"item":"1"}]],"a":1})", "not_json", "/lines"},
        {R"({"type":"sale","ti)", "not_json", "/type"},
        {R"({"a/b":{"":'}})", "not_json", "/a~1b/"},
        {R"({"type":"other"},)", "not_json"},
        {"sale T01 4711", "not_json"},
        {"\x1f\x8b\x08", "not_json"},
        {"\xe4{}", "not_json"},
        {other("\"a\":\"K\xe4se\""), "invalid_utf8", "/a"},
    });
}

TEST_F(IntakeTableTest, RejectsWhatIsNoObject) {
    for (const char* line : {"[]", "[1,2]", "\"text\"", "12", "1.5", "true", "null", "[{\"type\":\"other\"}]"}) {
        check({{line, "not_an_object"}});
    }
    check({{repeated("[", 200'000), "not_an_object"}});
}

TEST_F(IntakeTableTest, RejectsWhatIsTooDeep) {
    check({
        {other("\"a\":" + repeated("[", 200'000)), "too_deep", "/a" + repeated("/0", 31)},
        {other("\"a\":" + repeated("[", 32) + repeated("]", 32)), "too_deep", "/a" + repeated("/0", 31)},
        {other("\"a\":" + repeated("[", 31) + "{}" + repeated("]", 31)), "too_deep", "/a" + repeated("/0", 31)},
        {other("\"a\":[0,0," + repeated("{\"b\":", 200'000)), "too_deep", "/a/2" + repeated("/b", 30)},
    });
    accept(other("\"a\":" + repeated("[", 31) + repeated("]", 31)));
    accept(other("\"a\":" + repeated("{\"b\":", 30) + "{}" + repeated("}", 30)));
}

TEST_F(IntakeTableTest, RejectsTooManyMembersAndItems) {
    check({
        {other(listed("\"m", "\":1", RecordBuilder::most_members)), "too_many_members"},
        {other("\"a\":[" + listed("{\"x\":", "}", RecordBuilder::most_members) + "]"), "too_many_members", "/a/65534"},
        {other("\"a\":[" + listed("", "", RecordBuilder::most_items + 1) + "]"), "too_many_members", "/a"},
        {other("\"lines\":[" + listed("[", "]", RecordBuilder::most_items / 2 + 1) + "]"), "too_many_members",
         "/lines"},
    });
    accept(other(listed("\"m", "\":1", RecordBuilder::most_members - 1)));
    accept(other("\"a\":[" + listed("", "", RecordBuilder::most_items) + "]"));
    accept(other("\"lines\":[" + repeated("{},", RecordBuilder::most_items - 1) + "{}]"));
}

TEST_F(IntakeTableTest, RejectsANameThatOccursTwiceInOneObject) {
    check({
        {R"({"type":"other","type":"other"})", "duplicate_key", "/type"},
        {R"({"type":"other","type":null})", "duplicate_key", "/type"},
        {R"({"type":"other","ty\u0070e":"sale"})", "duplicate_key", "/type"},
        {other(R"("x":1,"y":2,"x":3)"), "duplicate_key", "/x"},
        {other(R"("x":1,"\u0078":3)"), "duplicate_key", "/x"},
        {other(R"("":1,"":2)"), "duplicate_key", "/"},
        {other(R"("a/b~c":1,"a/b~c":2)"), "duplicate_key", "/a~1b~0c"},
        {other(R"("lines":[{"amount":1},{"amount":1,"amount":2}])"), "duplicate_key", "/lines/1/amount"},
        {other(R"("deep":{"er":[0,{"z":1,"q":{"z":1},"z":2}]})"), "duplicate_key", "/deep/er/1/z"},
        {other(R"("x":{"y":1},"z":1,"x":2)"), "duplicate_key", "/x"},
        {other(listed("\"m", "\":1", 4000) + ",\"m0\":1"), "duplicate_key", "/m0"},
        {other(R"("a\u0000b":1,"a\u0000b":2)"), "duplicate_key", "/a\0b"s},
    });
    accept(other(R"("x":{"x":{"x":1}},"X":1,"x ":2,"lines":[{"x":1},{"x":1}])"));
    accept(other(R"("a\u0000b":1,"a\u0000c":2,"a":3)"));
    accept(other("\"\xc3\xa9\":1,\"e\xcc\x81\":2"));  // é composed and decomposed: other bytes, another name
}

/// The least processor time of this thread that one of some runs took: other processes do not count.
std::chrono::nanoseconds least_time(const std::function<void()>& run) {
    const auto now = [] {
        timespec time{};
        ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
        return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
    };
    auto least = std::chrono::nanoseconds::max();
    for (int i = 0; i < 15; ++i) {
        const auto start = now();
        run();
        least = std::min<std::chrono::nanoseconds>(least, now() - start);
    }
    return least;
}

TEST_F(IntakeTest, FourTimesTheMembersTakeAboutFourTimesTheTime) {
    const std::string prefix(12, 'k');  // long common beginnings: the worst case of comparing
    const std::string few = other(listed("\"" + prefix, "\":1", 1000));
    const std::string many = other(listed("\"" + prefix, "\":1", 4000));
    // Comparing each name with each other one makes it more than 11 (tried).
    EXPECT_LT(least_time([&] { accept(many); }), 8 * least_time([&] { accept(few); }));
}

TEST_F(IntakeTest, BoundsThePointerOfARejection) {
    const std::string name(1000, 'n');
    const Rejection rejection = reject(other(R"("a":{")" + name + R"(":{"b":1,"b":2}})"));
    EXPECT_EQ(rejection.field, "/a");
}

TEST_F(IntakeTest, NeverQuotesTheLine) {
    for (const std::string bad :
         {"\"4111111111111111", "4111111111111111x", "\"4111111111111111\xff\"", "4111111111111111e999"}) {
        const Rejection rejection = reject(other("\"card\":" + bad));
        EXPECT_EQ(rejection.detail.find("4111"), std::string::npos) << rejection.detail;
    }
}

TEST_F(IntakeTableTest, RejectsWhatDoesNotSayWhatItIs) {
    check({
        {"{}", "required", "/type"},
        {R"({"type":null})", "required", "/type"},
        {R"({"type":1})", "wrong_type", "/type"},
        {R"({"type":["sale"]})", "wrong_type", "/type"},
        {R"({"Type":"sale"})", "required", "/type"},
        {R"({"x":{"type":"sale"}})", "required", "/type"},
    });
}

TEST_F(IntakeTableTest, RejectsWhatDoesNotSayWhichOneItIs) {
    const std::string long_part(65, 'x');
    const std::string day = R"("business_date":"2026-11-23")";
    check({
        {R"({"type":"sale","till":"T01","number":"1"})", "required", "/business_date"},
        {R"({"type":"sale","till":"T01","number":"1","business_date":null})", "required", "/business_date"},
        {R"({"type":"sale","till":"T01","number":"1","business_date":20261123})", "wrong_type", "/business_date"},
        {R"({"type":"sale","till":"T01","number":"1","business_date":"2026-02-30"})", "invalid_date", "/business_date"},
        {R"({"type":"sale","till":"T01","number":"1","business_date":""})", "invalid_date", "/business_date"},
        {R"({"type":"return","number":"1",)" + day + "}", "required", "/till"},
        {R"({"type":"return","till":"T01",)" + day + "}", "required", "/number"},
        {R"({"type":"sale","till":"","number":"1",)" + day + "}", "required", "/till"},
        {R"({"type":"sale","till":["T"],"number":"1",)" + day + "}", "wrong_type", "/till"},
        {R"({"type":"sale","till":"T","number":1.5,)" + day + "}", "wrong_type", "/number"},
        {R"({"type":"sale","till":"T","number":1e3,)" + day + "}", "wrong_type", "/number"},
        {R"({"type":"sale","till":"T","number":true,)" + day + "}", "wrong_type", "/number"},
        {R"({"type":"sale","till":"T","number":")" + long_part + "\"," + day + "}", "too_long", "/number"},
        {R"({"type":"receiving",)" + day + "}", "required", "/document"},
        {R"({"type":"receiving","document":"D1"})", "required", "/business_date"},
        {R"({"type":"receiving","document":{},)" + day + "}", "wrong_type", "/document"},
        {R"({"type":"transfer_out",)" + day + "}", "required", "/document"},
        {R"({"type":"vendor_return","document":"D1"})", "required", "/business_date"},
        {R"({"type":"payment_batch","terminal":"1",)" + day + "}", "required", "/batch"},
        {R"({"type":"payment_batch","batch":"1",)" + day + "}", "required", "/terminal"},
        {R"({"type":"payment_batch","terminal":"1","batch":"1"})", "required", "/business_date"},
        {R"({"type":"no_sale","business_date":"23.11.2026"})", "invalid_date", "/business_date"},
        {R"({"type":"scan","code":"1","business_date":"2026-13-01"})", "invalid_date", "/business_date"},
    });
}

TEST_F(IntakeTest, MakesTheSubjectFromTheBusinessKey) {
    const std::string day = R"("business_date":"2026-11-23")";
    const auto subject = [&](const std::string& members) { return accept("{" + members + "," + day + "}").subject; };
    EXPECT_EQ(subject(R"("type":"sale","till":"T01","number":"4711")"), "pos/T01/2026-11-23/4711");
    EXPECT_EQ(subject(R"("type":"return","till":1,"number":4711)"), "pos/1/2026-11-23/4711");
    EXPECT_EQ(subject(R"("type":"sale","till":"1","number":18446744073709551617)"),
              "pos/1/2026-11-23/18446744073709551617");
    EXPECT_EQ(subject(R"("type":"sale","till":"a/b%c","number":"1\n\u0000\u007f")"),
              "pos/a%2Fb%25c/2026-11-23/1%0A%00%7F");
    EXPECT_EQ(subject(R"("type":"sale","till":"a/2026-11-23","number":"b")"), "pos/a%2F2026-11-23/2026-11-23/b");
    EXPECT_EQ(subject(R"("type":"sale","till":")" + std::string(64, '/') + R"(","number":"1")"),
              "pos/" + repeated("%2F", 64) + "/2026-11-23/1");
    EXPECT_EQ(subject(R"("type":"receiving","document":"GR/1","till":"T","number":"1")"), "receiving/GR%2F1");
    EXPECT_EQ(subject(R"("type":"scan","code":"1","till":"T","number":"1")"), "");
    EXPECT_EQ(subject(R"("type":"no_sale","till":"T","number":"1")"), "pos/T/2026-11-23/1");
    EXPECT_EQ(subject(R"("type":"no_sale","till":"T","number":{})"), "");
    EXPECT_EQ(subject(R"("type":"no_sale","till":"T")"), "");
    EXPECT_EQ(subject(R"("type":"stock_count","document":"C/1")"), "stock_count/C%2F1");
    EXPECT_EQ(subject(R"("type":"markdown","document":7)"), "markdown/7");
    EXPECT_EQ(subject(R"("type":"markdown","till":"T","number":"1")"), "");
    EXPECT_EQ(subject(R"("type":"payment_batch","terminal":"6/1","batch":17)"), "payment_batch/6%2F1/2026-11-23/17");
    EXPECT_EQ(subject(R"("type":"till_close","till":"T","number":"9","session":"s")"), "pos/T/2026-11-23/9");
    EXPECT_EQ(subject(R"("type":"till_close","till":"T","session":"s")"), "till_close/T/2026-11-23/s");
    EXPECT_EQ(subject(R"("type":"till_open","till":"T","session":"s")"), "till_open/T/2026-11-23/s");
    EXPECT_EQ(subject(R"("type":"till_open","till":"T")"), "");
    EXPECT_EQ(subject(R"("type":"weight","till":"T","number":"1","document":"D")"), "");
}

struct Correction {
    std::string members;
    std::string_view quality;
    bool counts = false;  ///< The event says in its envelope what it corrects.
};

TEST_F(IntakeTest, TakesWhatAnEventCorrects) {
    const std::string id = R"("corrects":"0123456789abcdef-0000000000000042",)";
    const std::string why = R"("reason":"typed twice","actor":"m-3",)";
    const std::vector<Correction> table{
        {"", "ok"},
        {id + why + R"("corrects_kind":"reverse",)", "ok", true},
        {id + why + R"("corrects_kind":"replace",)", "ok", true},
        {id + why + R"("corrects_kind":"supplement",)", "ok", true},
        {id + R"("corrects_kind":"reverse",)", "required:/reason required:/actor", true},
        {id + R"("corrects_kind":"reverse","reason":7,"actor":[],)", "wrong_type:/actor wrong_type:/reason", true},
        {id + why, "required:/corrects_kind"},
        {id + why + R"("corrects_kind":"undo",)", "corrects_kind:/corrects_kind"},
        {id + why + R"("corrects_kind":1,)", "corrects_kind:/corrects_kind"},
        {why + R"("corrects_kind":"reverse",)", "required:/corrects"},
        {why + R"("corrects_kind":"reverse","corrects":42,)", "corrects:/corrects"},
        {why + R"("corrects_kind":"reverse","corrects":"0123456789ABCDEF-0000000000000042",)", "corrects:/corrects"},
        {why + R"("corrects_kind":"reverse","corrects":"0123456789abcdef-000000000000004",)", "corrects:/corrects"},
        {why + R"("corrects_kind":"reverse","corrects":"0123456789abcdef-000000000000004x",)", "corrects:/corrects"},
        {why + R"("corrects_kind":"reverse","corrects":"0123456789abcdef 0000000000000042",)", "corrects:/corrects"},
        {R"("corrects":null,"corrects_kind":null,)", "ok"},
    };
    for (const Correction& row : table) {
        const Event event = accept(other(std::string(row.members) + key));
        EXPECT_EQ(event.quality.text(), row.quality) << row.members;
        EXPECT_EQ(!event.corrects.empty(), row.counts) << row.members;
        EXPECT_EQ(!event.corrects_kind.empty(), row.counts) << row.members;
    }
}

TEST_F(IntakeTest, LetsAnUnknownTypeTravelAsOther) {
    const Event event = accept(R"({"type":"loyalty",)" + key + "}");
    EXPECT_EQ(event.type, "other");
    EXPECT_EQ(event.quality.text(), "unknown_type:/type");
    EXPECT_EQ(event.subject, "pos/T01/2026-11-23/4711");
    EXPECT_EQ(event.business_date, "2026-11-23");
    EXPECT_EQ(accept(other(key)).quality.text(), "ok");
    EXPECT_EQ(accept(R"({"type":" "})").type, "other");
    const Rejection empty = reject(R"({"type":""})");
    EXPECT_EQ(empty.rule + empty.field, "required/type");
}

TEST_F(IntakeTest, LetsNoFeedSpeakForTheAgent) {
    for (const EventType& type : event_types()) {
        const Event event = accept("{\"type\":\"" + std::string(type.name) +
                                   R"(","till":"T","number":"1","document":"D","terminal":"1","batch":"1",)"
                                   R"("business_date":"2026-11-23"})");
        const bool own = type.mark == nullptr;
        EXPECT_EQ(event.type, own ? "other" : type.name);
        EXPECT_EQ(event.quality.text().starts_with("unknown_type:/type"), own) << type.name;
    }
}

TEST_F(IntakeTest, KeepsTheBytesButForLineBreaksAndTheWhiteSpaceAround) {
    EXPECT_EQ(accept("\r\n\t {\"type\" :\r\n\t\"other\",\"a\":1.990,\"b\":\"\\u00e9\\n\"} \r\n").data,
              "{\"type\" :  \t\"other\",\"a\":1.990,\"b\":\"\\u00e9\\n\"}");
    const std::string line = other(R"("n":123456789012345678901234567890.10,"e":1E-5,"z":-0,"u":")"
                                   "\xc3\xa9\xf0\x9f\x98\x80\x7f\"");
    EXPECT_EQ(accept(line).data, line);
}

TEST_F(IntakeTest, TakesTimeModeAndEntry) {
    const auto with = [&](const std::string& members) { return accept(other(members)); };
    EXPECT_EQ(with(R"("time":"2026-11-23T10:15:30.123+01:00")").time, "2026-11-23T10:15:30.123+01:00");
    EXPECT_EQ(with(R"("time":"2026-11-23t10:15:30z")").time, "2026-11-23T10:15:30Z");
    EXPECT_EQ(with(R"("time":"10:15")").time, "");
    EXPECT_EQ(with(R"("time":"10:15")").quality.text(), "time:/time");
    EXPECT_EQ(with(R"("time":1795425331)").quality.text(), "time:/time");
    EXPECT_EQ(with("\"a\":1").quality.text(), "ok");
    EXPECT_EQ(with(R"("mode":"training")").mode, "training");
    EXPECT_EQ(with(R"("mode":null)").mode, "production");
    EXPECT_EQ(with(R"("mode":"Training")").mode, "production");
    EXPECT_EQ(with(R"("mode":"Training")").quality.text(), "mode:/mode");
    EXPECT_EQ(with(R"("mode":7)").quality.text(), "wrong_type:/mode");
    EXPECT_EQ(with("\"a\":1").entry, "pos");
    const auto from_file = intake.parse(other("\"a\":1"), "file");
    EXPECT_EQ(std::get<Event>(from_file).entry, "file");
}

TEST_F(IntakeTest, ForgetsALineBeforeTheNext) {
    accept(other(R"("lines":[{"amount":"1"},{"amount":"2"}],"mode":"test",)" + key));
    const Event event = accept(R"({"type":"other"})");
    EXPECT_EQ(event.subject, "");
    EXPECT_EQ(event.mode, "production");
    EXPECT_EQ(event.data, R"({"type":"other"})");
    EXPECT_TRUE(event.quality.ok());
}

// Every cut and every flipped byte of a real line: an answer, no crash (ASan, UBSan), and data that is what came.
TEST_F(IntakeTest, SurvivesEveryCutAndEveryChangedByte) {
    const std::string line =
        R"({"type":"sale",)" + key +
        R"(,"lines":[{"line":1,"amount":-1.5e1,"discounts":[{"amount":"x"}],"tax":{"rate":null},)"
        R"("original":{"number":"1"}},7,[],null],"tenders":[{}],"totals":{"gross":"\u00e9"},"q":[[{}]]})";
    for (std::size_t size = 0; size < line.size(); ++size) EXPECT_EQ(reject(line.substr(0, size)).rule, "not_json");
    for (std::size_t at = 0; at < line.size(); ++at) {
        for (const char byte : {'\0', '"', '\\', '{', '}', '[', ']', ',', ':', '0', ' ', '\xff'}) {
            std::string changed = line;
            changed[at] = byte;
            const auto result = intake.parse(changed);
            if (std::holds_alternative<Rejection>(result)) continue;
            EXPECT_EQ(std::get<Event>(result).data, changed);
        }
    }
}

}  // namespace
