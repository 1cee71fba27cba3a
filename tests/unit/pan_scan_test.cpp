// SPDX-License-Identifier: Apache-2.0
#include "agent/cli/pan_scan.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "agent/event/redaction/redactor.hpp"
#include "agent/journal/packed_body.hpp"
#include "tests/support/packed_text.hpp"
#include "tests/support/temp_dir.hpp"
#include "tests/unit/packed_with.hpp"
#include "tests/unit/redaction_corpus.hpp"

namespace tillpost::test {
namespace {

using cli::PanScan;
using cli::PanScanReport;

PanScanReport scanned(const std::string& path) {
    PanScan scan;
    scan.scan(path);
    return scan.report();
}

TEST(PanScanTest, FindsTheWholeCorpusInBinaryFiles) {
    const TempDir folder;
    for (const auto& corpus : {planted_numbers(), planted_labelled()}) {
        for (const Planted& planted : corpus) {
            const std::string before("SQLite format 3\0\x01\x02\x03\0\0", 21);
            const std::string file = folder.write("journal.db", before + planted.text + std::string("\0\0\xff", 3));
            const PanScanReport report = scanned(file);
            ASSERT_GE(report.found_count, 1U) << planted.name;
            EXPECT_EQ(report.found.front().file, file);
            EXPECT_GE(report.found.front().offset, 21U) << planted.name;
            EXPECT_LT(report.found.front().offset, 21U + planted.text.size()) << planted.name;
            folder.write("clean", before + planted.clean);
            EXPECT_EQ(scanned(folder.file("clean")).found_count, 0U) << planted.name;
        }
    }
}

TEST(PanScanTest, FindsEachOnceAtEveryPlaceOfALargeFile) {
    const TempDir folder;
    const std::string number = "\"a\":\"4111 1111 1111 1111\",";
    std::string text;
    std::vector<std::size_t> places;
    std::uint64_t spread = 1;
    while (text.size() < 2'000'000) {
        spread = spread * 6364136223846793005U + 1442695040888963407U;
        text.append((spread >> 33) % 3000, 'x');
        places.push_back(text.size() + 5);
        text += number;
    }
    const PanScanReport report = scanned(folder.write("large", text));
    ASSERT_EQ(report.found_count, places.size());
    for (std::size_t i = 0; i < places.size(); ++i) EXPECT_EQ(report.found[i].offset, places[i]) << i;
    EXPECT_EQ(report.bytes, text.size());
}

// Bodies lie packed in a journal, in any of its pages, and in whatever is a copy of one.
TEST(PanScanTest, FindsWhatLiesPackedInAnyFile) {
    const TempDir folder;
    Packer packer;
    std::string text;
    std::vector<std::size_t> places;
    // In the shorter ones of the first dictionary it lies there as it is, in the others it does not.
    const std::string body = filler(400) + R"("memo":"4268 6563 5515 0580")";
    for (int i = 0; i < 500; ++i) {
        text += std::string(1'000 + static_cast<std::size_t>(i) * 7, static_cast<char>(i));
        places.push_back(text.size());
        const std::string event =
            R"({"specversion":"1.0","source":"urn:tillpost:acme:0042:till-01","data":{"type":"sale",)" +
            body.substr(static_cast<std::size_t>(i)) + R"(,"mode":"production","lines":[]}})";
        text += i % 2 == 0 ? packed_with(1, event) : packer.pack(filler(1'300) + event);
    }
    std::size_t seen = 0;
    for (auto at = text.find("4268 6563"); at != std::string::npos; at = text.find("4268 6563", at + 1)) ++seen;
    EXPECT_GT(seen, 0U);
    EXPECT_LT(seen, places.size());
    const PanScanReport report = scanned(folder.write("pages", text));
    ASSERT_EQ(report.found_count, places.size());
    for (std::size_t i = 0; i < places.size(); ++i) EXPECT_EQ(report.found[i].offset, places[i]) << i;
    EXPECT_EQ(report.found.front().last, "0580");
    EXPECT_TRUE(report.cut_off.empty());
    const std::string large(packer.pack(R"({"memo":"4111 1111 1111 1111","x":")" + filler(20'000) + "\"}"));
    const std::string cut = folder.write("cut", large.substr(0, 4'000));
    EXPECT_EQ(scanned(cut).cut_off.count(cut), 1U) << "its row has the rest of it";
    EXPECT_EQ(scanned(folder.write("whole", large)).found_count, 1U);
    EXPECT_EQ(scanned(folder.write("dictionary", std::string(packing_dictionary(2)))).found_count, 0U)
        << "it is in every journal";
}

TEST(PanScanTest, CountsWhatRowsAloneHave) {
    PanScan scan;
    scan.look_into("journal.db", PanScan::Of::journal, "0123456789abcdef-0000000000000001", "4111111111111111");
    scan.look_into("journal.db.damaged-1", PanScan::Of::set_aside, "event 7 of epoch 1", "4111111111111111");
    EXPECT_EQ(exit_code_of(scan.report()), 1);
    const std::string text = text_of(scan.report());
    for (const char* words : {"found: 2", "IN event 7 of epoch 1 of journal.db.damaged-1: visa ************1111\n",
                              "tillpost journal erase --reason WHY 0123456789abcdef-0000000000000001\n"}) {
        EXPECT_NE(text.find(words), std::string::npos) << words << " in:\n" << text;
    }
}

TEST(PanScanTest, TellsGs1NumbersOfTypedFieldsFromCards) {
    const TempDir folder;
    const std::string sscc = "440123450000000007";  // right as an SSCC and as an 18-digit Visa
    const std::string line =
        R"({"type":"receiving","ssccs":["X","X"],"code":"X","sscc" : "X","gs1":{"00":"X","21":"S"}})";
    std::string typed = line;
    for (auto at = typed.find('X'); at != std::string::npos; at = typed.find('X')) typed.replace(at, 1, sscc);
    EXPECT_EQ(scanned(folder.write("typed", typed)).found_count, 0U);
    EXPECT_EQ(scanned(folder.write("untyped", R"({"note":")" + sscc + "\"}")).found_count, 1U);
}

TEST(PanScanTest, TellsThemInAListHoweverItIsWritten) {
    const TempDir folder;
    const std::string ssccs = R"("340123450000000017"%"422567113937726117"%"440123450000000007")";
    const std::string gtins = R"("4871912235363"%"36029440035514"%"36910237409543")";
    const std::string indented = "\n" + std::string(40, ' ');
    Redactor redactor;
    for (const std::string& comma : {std::string(","), std::string(", "), std::string(" , "), std::string("\t,\t"),
                                     std::string(",\n"), ",\r" + indented, "," + indented, indented + ", "}) {
        const std::string open = comma.substr(comma.find(',') + 1);
        const auto list = [&](const std::string& name, std::string items) {
            for (auto at = items.find('%'); at != std::string::npos; at = items.find('%')) items.replace(at, 1, comma);
            return R"({"type":"receiving",")" + name + R"(" : [)" + open + items + open + "]}";
        };
        for (const std::string& json : {list("ssccs", ssccs), list("gtin", gtins), list("barcodes", gtins)}) {
            EXPECT_FALSE(redactor.redact_line(json).changed) << json;
            EXPECT_FALSE(redactor.redact_line("oops " + json).changed) << json;
            EXPECT_EQ(scanned(folder.write("kept", json)).found_count, 0U) << json;
            const std::string within = nlohmann::json{{"text", json}}.dump();
            EXPECT_FALSE(redactor.redact_line(within).changed) << within;
            EXPECT_EQ(scanned(folder.write("within", within)).found_count, 0U) << within;
        }
        for (const std::string& json :
             {list("notes", ssccs), list("sscc18", gtins), list("ssccs", ssccs + "%\"4111111111111111\"")}) {
            EXPECT_TRUE(redactor.redact_line(json).changed) << json;
            EXPECT_GT(scanned(folder.write("found", json)).found_count, 0U) << json;
        }
        EXPECT_EQ(scanned(folder.write("memo", list("ssccs", ssccs) + "\n36029440035514")).found_count, 1U);
    }
    EXPECT_EQ(scanned(folder.write("line", "gtin: 4871912235363\n36029440035514\n")).found_count, 1U) << "no list";
    const std::string far = R"({"ssccs":["340123450000000017",)" + std::string(300, ' ') + R"("422567113937726117"]})";
    EXPECT_EQ(scanned(folder.write("far", far)).found_count, 1U) << "bounded";
}

// A list that goes on where a block of the file ends keeps its name.
TEST(PanScanTest, TellsThemInALargeFileThatIsIndented) {
    const TempDir folder;
    std::string text = "{\n";
    for (int i = 0; i < 400; ++i) {
        text += "  \"" + std::to_string(i) + "\": {\n    \"ssccs\": [\n";
        for (int j = 0; j < 100; ++j) text += "      \"422567113937726117\",\n";
        text += "      \"340123450000000017\"\n    ]\n  },\n";
    }
    EXPECT_EQ(scanned(folder.write("large", text + "}\n")).found_count, 0U);
    // Where each line goes on, as in a table of quoted values, lines are cut nowhere all the same.
    std::string table;
    while (table.size() < 1'000'000) table += "\"sscc=422567113937726117\",\"sscc=340123450000000017\"\n";
    EXPECT_EQ(scanned(folder.write("table", table)).found_count, 0U);
}

TEST(PanScanTest, TellsGs1NumbersOfScannedCodesFromCards) {
    const TempDir folder;
    const std::string gtin = "36910237409543";  // right as a GTIN and as a Diners card
    Redactor redactor;
    for (const std::string& code : {"(01)" + gtin + "(10)L1", "(01)" + gtin, "https://id.gs1.org/01/" + gtin,
                                    "https://example.com/a/01/" + gtin + "/10/L1?17=271231", gtin}) {
        const std::string line = R"({"type":"scan","code":")" + code + R"("})";
        EXPECT_FALSE(redactor.redact_line(line).changed) << line;
        EXPECT_EQ(scanned(folder.write("kept", line)).found_count, 0U) << line;
        EXPECT_EQ(scanned(folder.write("memo", R"({"memo":")" + code + R"("})")).found_count, 1U) << code;
    }
    for (const char* code : {"(21)4111111111111111", "(01)36910237409543(21)4111111111111111",
                             "https://id.gs1.org/01/36910237409543/21/4111111111111111"}) {
        const PanScanReport report = scanned(folder.write("found", R"({"code":")" + std::string(code) + R"("})"));
        ASSERT_EQ(report.found_count, 1U) << code;
        EXPECT_EQ(report.found.front().last, "1111");
    }
}

TEST(PanScanTest, FindsNothingInWhatAFiscalDeviceSigns) {
    const TempDir folder;
    const std::string tse =
        "V0;955002-00;Kassenbeleg-V1;Beleg^0.00_2.55_0.00_0.00_0.00^2.55:Bar;4111111111111111;112;"
        "2019-07-10T18:41:02.000Z;x;y;z;sig;key";
    const std::string hex = "ab4035501000000000006cdefabcdefabcdefabcdefabcdefab 4111111111111111";
    Redactor redactor;
    for (const std::string& member :
         {R"("qr_code":")" + tse + "\"", std::string(R"("certificate_serial":"4111111111111111")"),
          std::string(R"("Zertifikat-Seriennummer" : 4111111111111111)")}) {
        const std::string line = R"({"type":"sale","fiscal":{)" + member + "}}";
        EXPECT_FALSE(redactor.redact_line(line).changed) << line;
        EXPECT_EQ(scanned(folder.write("fiscal", line + std::string("\0\x01", 2))).found_count, 0U) << line;
    }
    for (const std::string& member :
         {R"("note":")" + tse + "\"", std::string(R"("qr_code":"4111111111111111")"), R"("signature":")" + hex + "\"",
          R"("qr_code":")" + tse + R"(","note":"4111111111111111")"}) {
        const std::string line = "{" + member + "}";
        EXPECT_TRUE(redactor.redact_line(line).changed) << line;
        EXPECT_GE(scanned(folder.write("found", line)).found_count, 1U) << line;
    }
}

TEST(PanScanTest, FindsTheCardNumbersOfTheConfiguration) {
    const TempDir folder;
    const std::string file = folder.write("log", "card 9012345678901238 ok");
    EXPECT_EQ(scanned(file).found_count, 0U);
    PanScan scan({{"9012", 16}});
    scan.scan(file);
    ASSERT_EQ(scan.report().found_count, 1U);
    EXPECT_EQ(scan.report().found.front().last, "1238");
}

TEST(PanScanTest, WalksFoldersAndSaysWhatItDidNotSearch) {
    const TempDir folder;
    std::filesystem::create_directory(folder.file("deep"));
    folder.write("deep/a.log", "card 4111111111111111\n");
    folder.write("deep/b.gz", "\x1f\x8b\x08 4111111111111111");
    folder.write("c.tillpost", "sealed");
    folder.write("d", "nothing");
    ASSERT_EQ(::symlink("/etc/passwd", folder.file("link").c_str()), 0);
    ASSERT_EQ(::mkfifo(folder.file("fifo").c_str(), 0600), 0);
    const PanScanReport report = scanned(folder.path());
    EXPECT_EQ(report.files, 2U);
    EXPECT_EQ(report.found_count, 1U);
    EXPECT_EQ(report.skipped.size(), 2U);
    EXPECT_EQ(report.closed.size(), 2U);
    EXPECT_NE(text_of(report).find("b.gz: compressed (gzip): unpack it"), std::string::npos);
    EXPECT_EQ(nlohmann::json::parse(json_of(report))["closed"].size(), 2U);
    EXPECT_TRUE(report.unread.empty());
    EXPECT_EQ(scanned(folder.file("missing")).unread.size(), 1U);
}

TEST(PanScanTest, SaysByItsExitCodeThatItDidNotSearch) {
    const TempDir folder;
    const std::string packed = folder.write("z.gz", std::string("\x1f\x8b\x08", 3));
    const std::string clean = folder.write("clean", "nothing");
    const std::string dirty = folder.write("dirty", "card 4111111111111111");
    std::filesystem::create_directory(folder.file("empty"));
    const std::vector<std::pair<std::vector<std::string>, int>> table{
        {{clean}, 0},
        {{dirty}, 1},
        {{packed}, 2},
        {{clean, packed}, 2},
        {{dirty, packed}, 1},
        {{folder.file("empty")}, 2},
        {{folder.file("missing")}, 2},
        {{folder.path()}, 1},
    };
    for (const auto& [paths, code] : table) {
        PanScan scan;
        for (const std::string& path : paths) scan.scan(path);
        EXPECT_EQ(exit_code_of(scan.report()), code) << paths.back();
    }
}

// Whatever is removed of a line would be found in a file that was not redacted.
TEST(PanScanTest, AgreesWithTheRedactionOnLists) {
    const TempDir folder;
    Redactor redactor;
    for (const char* line : {R"({"x":["4111","1111","1111","1111"]})", R"({"x": [ "4111", "1111", "1111", "1111" ]})",
                             R"({"x":["3782","822463","10005"]})", R"({"pan":["4111","1111","1111","1112"]})",
                             R"({"pan":["4111111111111112"]})", R"({"pan":[4111,1111,1111,1112]})",
                             R"({"memo":"{\"x\":[\"4111\",\"1111\",\"1111\",\"1111\"]}"})", R"({"cvv":["123"]})",
                             R"({"57":"4111111111111112D27122010000000F"})", R"({"F002":"4111111111111112"})",
                             R"({"tag57":"4111111111111112D2712201"})", R"({"tag5A":"4111111111111112"})"}) {
        EXPECT_GE(scanned(folder.write("line", line)).found_count, 1U) << line;
        const Redaction& redaction = redactor.redact_line(line);
        ASSERT_TRUE(redaction.changed) << line;
        const std::string clean = redaction.bytes;
        EXPECT_EQ(scanned(folder.write("clean", clean)).found_count, 0U) << clean;
    }
    for (const char* line : {R"({"x":["4111","1111","1111","1112"]})", R"({"57":"123456789012"})",
                             R"({"F002":"12345678901"})", R"({"x":["4111","1111","1111"],"y":["1111"]})"}) {
        EXPECT_EQ(scanned(folder.write("line", line)).found_count, 0U) << line;
        EXPECT_FALSE(redactor.redact_line(line).changed) << line;
    }
}

TEST(PanScanTest, ReportsNoMoreThanTheLastFourDigits) {
    const TempDir folder;
    const PanScanReport report = scanned(folder.write("log", "4111111111111111 CVV: 123 ;5555555555554444=2712101?"));
    ASSERT_EQ(report.found_count, 3U);
    const std::string text = text_of(report);
    for (const char* words : {"at byte 0: visa ************1111\n", ": security code, PIN or track\n",
                              ": track ************4444\n", "searched: 1 file,", "found: 3"}) {
        EXPECT_NE(text.find(words), std::string::npos) << words << " in:\n" << text;
    }
    const auto json = nlohmann::json::parse(json_of(report));
    EXPECT_EQ(json["found"], 3);
    EXPECT_EQ(json["list"][0]["last"], "1111");
    EXPECT_EQ(json.dump().find("411111"), std::string::npos);
}

TEST(PanScanTest, NamesTheBusinessDaysThatHaveIt) {
    PanScan scan;
    scan.look_into_day("journal.db", "2026-11-23", "T01",
                       R"({"numbers":"{\"said\":{\"\":[[4111111111111111,4111111111111111]]}}"})");
    scan.look_into_day("journal.db", "2026-11-24", "4111111111111111", R"({"till":"4111111111111111"})");
    scan.look_into_day("journal.db", "", "", R"({"sealed_upto":{"4111111111111111":"2026-11-23"}})");
    scan.look_into_day("journal.db", "2026-11-25", "T01", R"({"numbers":"{}"})");
    const std::string text = text_of(scan.report());
    for (const char* words :
         {"IN what is kept of the business day 2026-11-23 of till T01 beside the events of journal.db: visa "
          "************1111\n",
          "of the business day 2026-11-24 of till ************1111 beside", "IN what is kept of all business days",
          "tillpost journal erase --reason WHY day:2026-11-23 day:2026-11-24\n"}) {
        EXPECT_NE(text.find(words), std::string::npos) << words << " in:\n" << text;
    }
    EXPECT_EQ(text.find("411111"), std::string::npos) << text;
    const auto json = nlohmann::json::parse(json_of(scan.report()));
    ASSERT_EQ(json["days"].size(), 3U);
    EXPECT_EQ(json["days"][1]["till"], "************1111");
}

}  // namespace
}  // namespace tillpost::test
