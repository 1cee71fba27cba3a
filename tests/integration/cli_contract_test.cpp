// SPDX-License-Identifier: Apache-2.0
#include <filesystem>
#include <string>

#include "tests/integration/cli_command.hpp"

namespace tillpost::test {
namespace {

const std::string right = R"({"type":"scan","code":"4006381333931"})";
const std::string marked = R"({"type":"void","till":"T01","business_date":"2026-11-23","time":"10:15","scope":"all",)"
                           R"("reason":"r","original":{"line":2}})";
const std::string rejected = R"({"type":"sale","till":"T01"})";

class ContractCommandTest : public CommandTest {
protected:
    struct Outcome {
        int code;
        std::string output;
        std::string errors;
    };
    Outcome run(std::vector<std::string> arguments) {
        const auto command = start(std::move(arguments));
        const int code = finish(*command);
        return {code, command->output(), command->errors()};
    }
    Outcome validate(const std::string& text, const std::string& option = "") {
        const std::string file = folder.write("events.jsonl", text);
        return option.empty() ? run({"validate", file}) : run({"validate", option, file});
    }
};

TEST_F(ContractCommandTest, SaysNothingOfRightLines) {
    const Outcome outcome = validate(right + "\n\r\n" + right);
    EXPECT_EQ(outcome.code, 0);
    EXPECT_EQ(outcome.output, "");
    EXPECT_TRUE(outcome.errors.starts_with("tillpost: 2 lines: 2 fine, 0 marked, 0 rejected\n")) << outcome.errors;
}

TEST_F(ContractCommandTest, NamesLineRuleAndPlaceOfEachFault) {
    const Outcome outcome = validate(right + "\n\n" + marked + "\n");
    EXPECT_EQ(outcome.code, 1);
    EXPECT_EQ(outcome.output,
              "line 3 marked: time at /time (no RFC 3339 time with offset such as 2026-11-23T10:15:30+01:00)\n"
              "line 3 marked: scope at /scope (neither line, transaction nor post)\n"
              "line 3 marked: required at /original/number (is missing)\n"
              "line 3 advice: incomplete at /origin (is missing from a complete record; it counts all the same)\n"
              "line 3 advice: incomplete at /offline (is missing from a complete record; it counts all the same)\n"
              "line 3 advice: incomplete at /approver (is missing from a complete record; it counts all the same)\n");
    EXPECT_TRUE(outcome.errors.starts_with("tillpost: 2 lines: 1 fine, 1 marked, 0 rejected\n")) << outcome.errors;
    EXPECT_TRUE(contains(outcome.errors, "judged without a configuration")) << outcome.errors;
}

// What only lacks something fails nothing, unless that is asked for: most of the contract's own examples are such.
TEST_F(ContractCommandTest, AdviceAloneIsNoFailureUnlessStrict) {
    const std::string small = R"({"type":"no_sale","till":"T01","business_date":"2026-11-23","number":"4717",)"
                              R"("time":"2026-11-23T10:15:30.123+01:00","reason":"change","drawer_opened":true})";
    const Outcome outcome = validate(small + "\n" + right);
    EXPECT_EQ(outcome.code, 0);
    EXPECT_EQ(outcome.output,
              "line 1 advice: incomplete at /origin (is missing from a complete record; it counts all the same)\n"
              "line 1 advice: incomplete at /offline (is missing from a complete record; it counts all the same)\n");
    EXPECT_TRUE(outcome.errors.starts_with("tillpost: 2 lines: 1 fine, 1 with advice, 0 marked, 0 rejected\n"))
        << outcome.errors;
    EXPECT_EQ(validate(small, "--strict").code, 1);
    EXPECT_EQ(validate(right, "--strict").code, 0);
    EXPECT_EQ(validate(small + "\n" + marked).code, 1);
    const Outcome json = validate(small, "--json");
    EXPECT_EQ(json.code, 0);
    EXPECT_TRUE(contains(json.output, R"({"line":1,"outcome":"advice","type":"no_sale")")) << json.output;
    EXPECT_TRUE(contains(json.output, R"({"lines":1,"fine":0,"advice":1,"marked":0,"rejected":0})")) << json.output;
}

TEST_F(ContractCommandTest, ShowsAllFaultsOfALine) {
    std::string lines;
    for (int i = 1; i <= 20; ++i) {
        lines += (i > 1 ? "," : "") + (R"({"line":)" + std::to_string(i)) + R"(,"item":"A","gtin":"4006381333930"})";
    }
    const std::string scan =
        R"({"type":"receiving","document":"7","business_date":"2026-11-23","lines":[)" + lines + "]}";
    const auto count = [](const std::string& text, const std::string& part) {
        std::size_t found = 0;
        for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++found;
        return found;
    };
    for (const char* option : {"", "--json"}) {
        const Outcome outcome = validate(scan, option);
        EXPECT_EQ(outcome.code, 1);
        EXPECT_EQ(count(outcome.output, "/gtin"), 20U) << outcome.output;
        EXPECT_FALSE(contains(outcome.output, "more")) << outcome.output;
    }
}

TEST_F(ContractCommandTest, SaysOfALineOfTheStreamWhatItIs) {
    const std::string line =
        R"({"id":"0123456789abcdef-0000000000000001","specversion":"1.0","type":"tillpost.scan.v1",)"
        R"("dataschema":"urn:tillpost:schema:scan:v1","data":{"type":"scan","code":"1"}})";
    const Outcome outcome = validate(line);
    EXPECT_EQ(outcome.code, 1);
    EXPECT_TRUE(contains(outcome.output, "an envelope")) << outcome.output;
    EXPECT_TRUE(contains(outcome.output, "validate the line as it came")) << outcome.output;
    EXPECT_TRUE(contains(validate(line, "--json").output, R"("detail":"this is an event)")) << outcome.output;
    EXPECT_TRUE(contains(validate(R"({"type":"tombola"})").output, "not one of the known types"));
}

// As `events` and exports have them, the agent's own types, too.
TEST_F(ContractCommandTest, JudgesTheDataOfLinesAsTheyAreSent) {
    const std::string id = R"({"id":"00c0ffee00c0ffee-0000000000000001","epoch":"00c0ffee00c0ffee",)"
                           R"("sequence":"0000000000000001","chain":")" +
                           std::string(64, '0') + "\",";
    const auto body = [](const std::string& type, const std::string& data) {
        return R"("specversion":"1.0","source":"urn:tillpost:a:b:c","type":"tillpost.)" + type +
               R"(.v1","time":"2026-11-23T10:15:30Z","datacontenttype":"application/json","dataschema":)"
               R"("urn:tillpost:schema:)" +
               type + R"(:v1","quality":"ok","data":)" + data + "}";
    };
    const std::string fine = id + body("scan", right) + "\n" + body("scan", right) + "\n" + id +
                             R"("lost":"damaged"})" + "\n" + id +
                             body("reissued", R"({"epoch":"00c0ffee00c0ffee","ordinal":1,"from":1,"to":2,)"
                                              R"("count":2,"cause":"salvage"})");
    const Outcome outcome = validate(fine);
    EXPECT_EQ(outcome.code, 0) << outcome.output;
    EXPECT_TRUE(outcome.errors.starts_with("tillpost: 4 lines: 4 fine")) << outcome.errors;
    const Outcome faulty =
        validate(id + body("void", marked) + "\n" + id + body("reissued", R"({"ordinal":true})") + "\n" + id +
                 body("sale", right) + "\n" + id + "\"x\":1}\n" + id + body("tombola", "{}"));
    EXPECT_EQ(faulty.code, 3);
    for (const char* part : {"line 1 marked: scope at /scope", "line 2 marked: required at /data/epoch (is missing)",
                             "line 2 marked: wrong_type at /data/ordinal", "line 3 rejected: type at /data/type",
                             "line 4 rejected: line (behind its prefix it is no event of ours)",
                             "line 5 rejected: line (there is no type \"tombola\")"}) {
        EXPECT_TRUE(contains(faulty.output, part)) << part << "\n" << faulty.output;
    }
    EXPECT_TRUE(
        contains(validate(id + body("reissued", "{}"), "--json").output, R"("rule":"required","path":"/data/)"));
    EXPECT_TRUE(
        contains(validate("{\"id\":\"00c0ffee00c0ffee-0000000000000001\",\"epoch\":\"" + std::string(200, 'x')).output,
                 "line 1 rejected: line ("))
        << "cut off";
}

TEST_F(ContractCommandTest, JudgesTheDataOfAnEventThatSomebodyHasWrittenAnew) {
    const auto event = [](const std::string& type, const std::string& data) {
        return "{\n  \"specversion\": \"1.0\",\n  \"type\": \"" + type +
               "\",\n  \"dataschema\": \"urn:tillpost:schema:x:v1\",\n  \"data\": " + data + "\n}\n";
    };
    const std::string weight = "{\n\"type\": \"weight\",\n\"net\": \"12345678901234567890\",\n\"unit\": \"KGM\"\n}";
    const Outcome outcome = validate(event("tillpost.scan.v1", R"({"type":"scan","code":"4006381333931"})") +
                                     event("tillpost.weight.v1", weight) + event("tillpost.reissued.v1", "{\n}"));
    EXPECT_TRUE(
        outcome.output.starts_with("line 13 marked: wrong_type at /net (more than 18 digits)\n"
                                   "line 21 marked: required at /data/"))
        << outcome.output;
    EXPECT_TRUE(contains(outcome.errors, "3 are events, not written as they were sent")) << outcome.errors;
    EXPECT_TRUE(contains(validate(event("tillpost.tombola.v1", "{}")).output, "there is no such type of events"));
    EXPECT_TRUE(contains(validate(event("tillpost.sale.v1", weight)).output, "line 5 rejected: type at /data/type"));
}

TEST_F(ContractCommandTest, KnowsASchemaByAllItsNames) {
    const Outcome plain = run({"schema", "sale"});
    EXPECT_EQ(plain.code, 0);
    for (const char* name : {"sale.v1", "tillpost.sale.v1", "urn:tillpost:schema:sale:v1", "sale.v1.json"}) {
        const Outcome outcome = run({"schema", name});
        EXPECT_EQ(outcome.code, 0) << name;
        EXPECT_EQ(outcome.output, plain.output) << name;
    }
    for (const char* name : {"sale.v2", "tillpost.sale", "v1", ".v1"}) {
        EXPECT_EQ(run({"schema", name}).code, std::string_view(name) == "tillpost.sale" ? 0 : 64) << name;
    }
}

TEST_F(ContractCommandTest, SaysThatANumberIsTooLong) {
    const Outcome outcome = validate(R"({"type":"weight","net":"1234567890123456789","unit":"KGM"})");
    EXPECT_EQ(outcome.output, "line 1 marked: wrong_type at /net (more than 18 digits)\n");
}

TEST_F(ContractCommandTest, ReadsObjectsOverSeveralLines) {
    const Outcome one = validate("\n{\n  \"type\": \"scan\",\n  \"code\": \"4006381333931\"\n}\n");
    EXPECT_EQ(one.code, 0) << one.output;
    EXPECT_TRUE(one.errors.starts_with("tillpost: 1 object: 1 fine")) << one.errors;
    const Outcome faulty = validate("{ \"type\": \"sale\",\n  \"till\": \"T01\" }");
    EXPECT_EQ(faulty.code, 3);
    EXPECT_TRUE(faulty.output.starts_with("line 1 rejected: required at /business_date")) << faulty.output;
    const std::string weight = "{\n\"type\": \"weight\",\n\"net\": \"12345678901234567890\",\n\"unit\": \"KGM\"\n}";
    EXPECT_EQ(validate(weight).output, "line 3 marked: wrong_type at /net (more than 18 digits)\n");
    for (const std::string& text :
         {"[\n" + right + ",\n" + weight + "\n]\n", right.substr(0, 1) + "\n" + right.substr(1) + "\n" + weight}) {
        const Outcome outcome = validate(text);
        EXPECT_EQ(outcome.output, "line 5 marked: wrong_type at /net (more than 18 digits)\n") << text;
        EXPECT_TRUE(outcome.errors.starts_with("tillpost: 2 objects: 1 fine, 1 marked")) << outcome.errors;
    }
    const Outcome json = validate("[" + weight + "]", "--json");
    EXPECT_TRUE(json.output.starts_with(R"({"line":1,"outcome":"marked","type":"weight")")) << json.output;
    EXPECT_TRUE(contains(json.output, R"("path":"/net","line":3,)")) << json.output;
}

TEST_F(ContractCommandTest, SaysWhereAFileOfSeveralLinesIsNeither) {
    struct Case {
        std::string text, says;
    };
    for (const Case& each :
         {Case{"{\n}x", "line 2 rejected: not_json (an object or a list is expected, not \"x\"; "},
          Case{"{\n\"a\":1,\n" + right, "line 1 rejected: not_json (the object that begins here is "},
          Case{"[\n1]", "line 2 rejected: not_json (an object is expected in the list, not \"1\"; "},
          Case{"{\n\"a\": 1\n\"b\": 2\n}", "line 3 rejected: not_json at /a (byte "},
          Case{"{\n\"a\":\"" + std::string(600'000, 'x') + "\"}", "line 1 rejected: line_too_long"}}) {
        const Outcome outcome = validate(each.text);
        EXPECT_EQ(outcome.code, 3);
        EXPECT_TRUE(contains(outcome.output, each.says)) << each.says << ": " << outcome.output.substr(0, 300);
    }
    EXPECT_TRUE(contains(validate("{\n}x").output, "one JSON object a line, as `jq -c .` writes them, or objects"));
}

TEST_F(ContractCommandTest, SearchesForTheCardNumbersOfTheConfiguration) {
    const std::string file = folder.write("log", "card 9012345678901238 ok");
    const std::string config = folder.write(
        "tillpost.json",
        R"({"agent":{"tenant":"t","store":"s","node":"n"},"broker":{"address":"tcp://127.0.0.1:1"},"journal":{"path":"/j/j.db"},)"
        R"("privacy":{"card_numbers":[{"prefix":"9012","digits":16}]}})");
    EXPECT_EQ(run({"pan-scan", "--config", config, file}).code, 1);
    EXPECT_EQ(run({"pan-scan", "--config", folder.file("none.json"), file}).code, 0);
    EXPECT_EQ(run({"pan-scan", "--config", folder.write("bad.json", "{"), file}).code, 2);
}

TEST_F(ContractCommandTest, SearchesWhatTheAgentWritesIfNothingIsNamed) {
    const test::TempDir keys;
    const std::string key = keys.write("till.key", "card 4111 1111 1111 1111");
    folder.write("journal.db", "nothing");
    const std::string config = folder.write(
        "tillpost.json",
        R"({"agent":{"tenant":"t","store":"s","node":"n"},"broker":{"address":"tcp://127.0.0.1:1"},"journal":{"path":")" +
            folder.file("journal.db") + R"("},"device":{"key_file":")" + key + R"(","certificate_file":")" +
            keys.file("none.pem") + R"("}})");
    const Outcome outcome = run({"pan-scan", "--config", config});
    EXPECT_EQ(outcome.code, 1) << outcome.output << outcome.errors;
    EXPECT_TRUE(contains(outcome.output, key)) << outcome.output;
}

TEST_F(ContractCommandTest, ErasingNeedsAReason) {
    const std::string journal = folder.file("none.db");
    const std::string id = "00c0ffee00c0ffee-0000000000000042";
    EXPECT_EQ(run({"journal", "erase", "--journal", journal, id}).code, 64);
    const Outcome blank = run({"journal", "erase", "--journal", journal, "--reason", "  ", id});
    EXPECT_EQ(blank.code, 2);
    EXPECT_TRUE(contains(blank.errors, "erase: /reason: expected words")) << blank.errors;
    const Outcome none = run({"journal", "erase", "--journal", journal, "--reason", "r", id});
    EXPECT_TRUE(contains(none.errors, "there is no journal")) << none.errors;
}

TEST_F(ContractCommandTest, TellsWhatWouldGoToQuarantine) {
    const Outcome outcome =
        validate(marked + "\n" + rejected + "\nno json\n" + std::string(530'000, 'x') + "\n" + right);
    EXPECT_EQ(outcome.code, 3);
    EXPECT_TRUE(
        contains(outcome.output, "line 2 rejected: required at /business_date (business_date is missing or empty)"))
        << outcome.output;
    EXPECT_TRUE(contains(outcome.output, "line 3 rejected: not_json (byte")) << outcome.output;
    EXPECT_TRUE(contains(outcome.output, "line 4 rejected: line_too_long (at most 524288 bytes a line)"))
        << outcome.output;
    EXPECT_TRUE(outcome.errors.starts_with("tillpost: 5 lines: 1 fine, 1 marked, 3 rejected\n")) << outcome.errors;
}

TEST_F(ContractCommandTest, JudgesAsAConfiguredDaemonWould) {
    const std::string config = folder.write(
        "tillpost.json",
        R"({"agent":{"tenant":"t","store":"s","node":"n"},"broker":{"address":"tcp://127.0.0.1:1"},"journal":{"path":"/j/j.db"},)"
        R"("keys":[{"types":["return"],"key":["/fiscal_id"]}],)"
        R"("rules":[{"rule":"scope","types":["void"],"severity":"quarantine"}]})");
    const std::string card = R"({"type":"other","text":"card 4111 1111 1111 1111"})";
    const std::string keyless = R"({"type":"return","till":"T01","business_date":"2026-11-23","number":"7"})";
    const std::string file = folder.write("events.jsonl", right + "\n" + marked + "\n" + card + "\n" + keyless + "\n");
    const Outcome outcome = run({"validate", "--config", config, file});
    EXPECT_EQ(outcome.code, 3) << outcome.errors;
    EXPECT_TRUE(contains(outcome.output, "line 2 rejected: scope at /scope (the rule scope is broken"))
        << outcome.output;
    EXPECT_TRUE(contains(outcome.output, "line 3 marked: redacted at /text")) << outcome.output;
    EXPECT_TRUE(contains(outcome.output, "line 4 rejected: required at /fiscal_id")) << outcome.output;
    EXPECT_EQ(outcome.errors, "tillpost: 4 lines: 1 fine, 1 marked, 2 rejected\n");
    const Outcome none = run({"validate", "--config", folder.file("none.json"), file});
    EXPECT_EQ(none.code, 2);
    EXPECT_TRUE(contains(none.errors, "none.json")) << none.errors;
}

TEST_F(ContractCommandTest, SpeaksJsonToPrograms) {
    const Outcome outcome = validate(right + "\n" + marked + "\n" + rejected, "--json");
    EXPECT_EQ(outcome.code, 3);
    EXPECT_EQ(outcome.output,
              R"({"line":2,"outcome":"marked","type":"void","subject":"","faults":[{"rule":"time","path":"/time"},)"
              R"({"rule":"scope","path":"/scope"},{"rule":"required","path":"/original/number"},)"
              R"({"rule":"incomplete","path":"/origin"},{"rule":"incomplete","path":"/offline"},)"
              R"({"rule":"incomplete","path":"/approver"}]})"
              "\n"
              R"({"line":3,"outcome":"rejected","detail":"business_date is missing or empty",)"
              R"("faults":[{"rule":"required","path":"/business_date"}]})"
              "\n"
              R"({"lines":3,"fine":1,"advice":0,"marked":1,"rejected":1})"
              "\n");
    EXPECT_EQ(outcome.errors, "");
}

TEST_F(ContractCommandTest, SaysWhatWasFoundAndWhatWasExpected) {
    const std::string sale =
        R"({"type":"sale","till":"T01","number":"7","business_date":"2026-11-23","time":"2026-11-23T10:00:00Z",)"
        R"("currency":"EUR","offline":false,"origin":{"adapter":"x"},"lines":[{"line":1,"kind":"service",)"
        R"("direction":"sale","amount":"1.99"}],"tenders":[{"type":"cash","amount":"2.00"}],)"
        R"("totals":{"net":"1.67","tax":"0.32","gross":"2.00"}})";
    EXPECT_EQ(
        validate(sale).output,
        "line 1 marked: totals at /totals/gross (2.00 not 1.99 by lines; gross is not the sum of the lines, or of "
        "net and tax)\n"
        "line 1 marked: totals at /totals/gross (2.00 not 1.99 by net and tax; gross is not the sum of the lines, "
        "or of net and tax)\n");
    EXPECT_TRUE(contains(validate(sale, "--json").output,
                         R"({"rule":"totals","path":"/totals/gross","compared":"2.00_not_1.99_by_lines"})"));
}

TEST_F(ContractCommandTest, ReadsStandardInputAndStaysHarmlessForATerminal) {
    const auto command = shell(R"(printf '{"type":"other","a\033[31m":1,"a\033[31m":2}' | "$TILLPOST" validate -)");
    EXPECT_EQ(finish(*command), 3);
    EXPECT_TRUE(contains(command->output(), "line 1 rejected: ")) << command->output();
    EXPECT_FALSE(contains(command->output(), "\033"));
    const auto escaped =
        shell(R"(printf '{"type":"other","a\\u001b[31m":1,"a\\u001b[31m":2}' | "$TILLPOST" validate -)");
    EXPECT_EQ(finish(*escaped), 3);
    EXPECT_TRUE(contains(escaped->output(), "duplicate_key at /a\\x1b[31m")) << escaped->output();
}

TEST_F(ContractCommandTest, SaysThatAFileCannotBeRead) {
    const Outcome missing = run({"validate", folder.file("none.jsonl")});
    EXPECT_EQ(missing.code, 2);
    EXPECT_TRUE(contains(missing.errors, "none.jsonl")) << missing.errors;
    for (const char* nothing : {"", "\n\r\n", "[]\n"}) {
        const Outcome empty = validate(nothing);
        EXPECT_EQ(empty.code, 2) << nothing;
        EXPECT_EQ(empty.errors, "tillpost: no lines: nothing was checked\n");
    }
    const Outcome a_folder = run({"validate", folder.path()});
    EXPECT_EQ(a_folder.code, 2);
    EXPECT_TRUE(contains(a_folder.errors, "directory")) << a_folder.errors;
    EXPECT_FALSE(contains(a_folder.errors, "0 lines")) << a_folder.errors;
    EXPECT_EQ(run({"validate"}).code, 64);
}

TEST_F(ContractCommandTest, PrintsEverySchemaAsItsFileSays) {
    const Outcome list = run({"schema"});
    EXPECT_EQ(list.code, 0);
    EXPECT_TRUE(contains(list.output, "sale                    A sale; may have returned lines\n")) << list.output;
    std::size_t files = 0;
    for (const auto& entry : std::filesystem::directory_iterator(TILLPOST_SCHEMA_FOLDER)) {
        const std::string name = entry.path().filename();
        if (!name.ends_with(".v1.json")) continue;
        ++files;
        const std::string stem = name.substr(0, name.size() - std::string(".v1.json").size());
        const Outcome shown = run({"schema", stem});
        EXPECT_EQ(shown.code, 0) << stem;
        EXPECT_EQ(shown.output, content_of(entry.path())) << stem;
    }
    EXPECT_EQ(static_cast<std::size_t>(std::count(list.output.begin(), list.output.end(), '\n')), files);
}

TEST_F(ContractCommandTest, KnowsNoOtherSchema) {
    const Outcome outcome = run({"schema", "../sale"});
    EXPECT_EQ(outcome.code, 64);
    EXPECT_EQ(outcome.output, "");
    EXPECT_EQ(outcome.errors,
              "tillpost: there is no schema \"../sale\"; `tillpost schema` lists those that there are\n");
}

TEST_F(ContractCommandTest, ExplainsItself) {
    for (const char* name : {"schema", "validate"}) {
        const Outcome help = run({name, "--help"});
        EXPECT_EQ(help.code, 0);
        EXPECT_TRUE(contains(help.output, std::string("tillpost ") + name)) << help.output;
        EXPECT_TRUE(contains(run({"--help"}).output, std::string("  ") + name)) << name;
    }
}

}  // namespace
}  // namespace tillpost::test
