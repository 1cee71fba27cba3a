// SPDX-License-Identifier: Apache-2.0
// The programs of config/README.md one behind the other: what they count of a day of repeats, conflicts, corrections, a
// lost journal and a salvage is what the box certifies and tillpost-central gives effect.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "platform/clock.hpp"
#include "tests/contract/consumer_rig.hpp"
#include "tests/unit/central_line_maker.hpp"

namespace tillpost::test {
namespace {

using nlohmann::json;

constexpr const char* effects_program = R"(
import sqlite3, sys
consumer = sqlite3.connect(sys.argv[1]).execute("SELECT digest FROM effect WHERE repeats IS NULL").fetchall()
central = sqlite3.connect(sys.argv[2]).execute("SELECT lower(hex(digest)) FROM event WHERE effect = 1").fetchall()
print(len(set(consumer) ^ set(central)), "differ", "of some" if central else "of none")
)";

constexpr const char* count_program = R"(
import sqlite3, sys
try: print(*sqlite3.connect(sys.argv[1]).execute(sys.argv[2]).fetchone())
except sqlite3.OperationalError as why: print(why)  # not there yet
)";

constexpr const char* speak_program = R"(
import sys
import paho.mqtt.client as mqtt
client = mqtt.Client("somebody")
client.connect("127.0.0.1", int(sys.argv[1]))
client.loop_start()
client.publish("tillpost/v1/acme/0042/" + sys.argv[2] + "/events", sys.argv[3].encode(), qos=1).wait_for_publish()
)";

class CountsTest : public ConsumerRig {
protected:
    json sale(int number, const std::string& amount) const {
        return {{"type", "sale"},
                {"till", "T01"},
                {"number", number},
                {"business_date", date},
                {"time", rfc3339(SystemClock().now().wall)},
                {"currency", "EUR"},
                {"lines", {{{"line", 1}, {"kind", "service"}, {"direction", "sale"}, {"amount", amount}}}},
                {"tenders", {{{"type", "cash"}, {"amount", amount}}}},
                {"totals", {{"net", amount}, {"tax", "0"}, {"gross", amount}}}};
    }
    static json correcting(json record, const std::string& id, const char* kind) {
        record.update({{"corrects", id}, {"corrects_kind", kind}, {"reason", "wrong"}, {"actor", "p-1"}});
        return record;
    }
    json post_void(int number, int of) const {
        return {{"type", "void"},
                {"till", "T01"},
                {"number", number},
                {"business_date", date},
                {"time", rfc3339(SystemClock().now().wall)},
                {"scope", "post"},
                {"reason", "wrong"},
                {"original", {{"number", of}}}};
    }
    static json in_training(json record) {
        record["mode"] = "training";
        return record;
    }
    /// The id of its event.
    std::string send(const json& record) {
        FeedClient feed(rig.path("feed.sock"));
        const json answer = json::parse(feed.ask(record.dump() + "\n"), nullptr, false);
        EXPECT_TRUE(answer.is_object() && answer.contains("accepted")) << answer;
        if (!answer.is_object() || !answer.contains("accepted")) return "";
        const std::string digits = std::to_string(answer["accepted"]["sequence"].get<std::uint64_t>());
        return answer["accepted"]["epoch"].get<std::string>() + "-" + std::string(16 - digits.size(), '0') + digits;
    }
    std::string counted(const std::string& sql) { return said_by(count_program, {database, sql}); }
    /// What is published now comes to the consumer.
    void wait_for_consumer() {
        const std::string port = std::to_string(rig.broker().port());
        const auto hears = [&] {
            (void)said_by(speak_program, {port, "nobody", "nonsense"});
            return counted("SELECT count(*) > 0 FROM bad") == "1\n";
        };
        ASSERT_TRUE(wait_until(hears)) << consumer->errors();
    }
    void wait_for(const std::string& sql, const std::string& count) {
        EXPECT_TRUE(wait_until([&] { return counted(sql) == count + "\n"; }))
            << sql << ": " << counted(sql) << rig.status() << "\nthe agent: " << rig.agent().errors()
            << "\nthe consumer: " << consumer->errors();
    }
    void lose_journal() const {
        std::vector<std::filesystem::path> files;
        for (const auto& each :
             std::filesystem::directory_iterator(std::filesystem::path(rig.journal()).parent_path())) {
            if (each.path().string().starts_with(rig.journal())) files.push_back(each.path());
        }
        EXPECT_FALSE(files.empty());
        for (const auto& each : files) std::filesystem::remove(each);
    }
    json day_at_box() {
        Process process({program_path("tillpost"), {"--socket", rig.path("control.sock"), "day", date, "--json"}});
        EXPECT_LE(process.wait().value_or(-1), 1) << process.errors();  // 1: it is not complete
        const json said = json::parse(process.output(), nullptr, false);
        return said.is_object() ? said["day"]["tills"][0] : json();
    }
    static std::string gross_in(const json& day, const char* list) {
        const json sums = day.is_object() ? day.value(list, json::array()) : json::array();
        return sums.empty() ? "" : sums[0].value("totals", json::object()).value("gross", "");
    }
    std::string summed() { return said_by(sums, {database}); }
    std::string sum(const std::string& amount_and_rest) const {
        return "urn:tillpost:acme:0042:till-01 " + date + " T01 EUR " + amount_and_rest + "\n";
    }

    const std::string date = rfc3339(SystemClock().now().wall).substr(0, 10);
};

TEST_F(CountsTest, AgreeWithTheCertificateAndWithCentralAlsoWhenTheJournalIsLost) {
    rig.broker().start();
    rig.start_central();
    start_consumer();
    wait_for_consumer();
    rig.start_agent();
    const std::string first = send(sale(1, "1.00"));
    const json second = sale(2, "2.00");
    const std::string id_of_second = send(second);
    EXPECT_EQ(send(second), id_of_second);
    (void)send(sale(2, "2.50"));
    (void)send(correcting(sale(1, "3.00"), first, "replace"));
    const std::string third = send(sale(3, "4.00"));
    (void)send(correcting(sale(3, "4.00"), third, "reverse"));
    json training = sale(4, "9.00");
    training["mode"] = "training";
    (void)send(training);
    (void)send(correcting(sale(5, "1.00"), id_of_second, "supplement"));
    wait_for("SELECT count(*) FROM effect WHERE subject LIKE 'pos/%'", "8");
    EXPECT_EQ(summed(), sum("7.50 conflict:2"));
    const json certified = day_at_box();
    EXPECT_EQ(gross_in(certified, "corrected_sums"), "7.50") << certified;
    EXPECT_EQ(certified["counts"]["conflicts"], 1) << certified;

    EXPECT_TRUE(confirmed());
    EXPECT_EQ(rig.stop_agent().value_or(-1), 0);
    lose_journal();
    rig.start_agent();
    const std::string repeat = send(second);  // of before this journal was born
    wait_for("SELECT count(*) FROM effect WHERE repeats IS NOT NULL", "1");
    EXPECT_EQ(summed(), sum("7.50 conflict:2"));
    (void)send(correcting(sale(2, "2.10"), repeat, "replace"));
    wait_for("SELECT count(*) FROM effect WHERE subject LIKE 'pos/%'", "10");
    EXPECT_EQ(summed(), sum("7.60 conflict:2"));
    EXPECT_EQ(rig.stop_agent().value_or(-1), 0);
    rig.stop_central();
    EXPECT_EQ(said_by(effects_program, {database, rig.path("central.db")}), "0 differ of some\n");
}

TEST_F(CountsTest, VoidsTrainingAndSupplementsCountTheSameAtBoth) {
    rig.broker().start();
    start_consumer();
    wait_for_consumer();
    rig.start_agent();
    const std::string replaced = send(sale(1, "6.00"));
    (void)send(correcting(sale(2, "40.00"), replaced, "replace"));
    (void)send(post_void(3, 2));
    const std::string reversed = send(sale(4, "7.00"));
    (void)send(correcting(sale(5, "7.00"), reversed, "reverse"));
    (void)send(post_void(6, 5));
    const std::string kept = send(sale(7, "1.00"));
    (void)send(in_training(correcting(sale(8, "1.00"), kept, "reverse")));
    (void)send(in_training(post_void(9, 7)));
    const std::string words = send(correcting(sale(10, "9.00"), kept, "supplement"));
    (void)send(correcting(sale(11, "30.00"), words, "replace"));
    wait_for("SELECT count(*) FROM effect WHERE subject LIKE 'pos/%'", "11");
    EXPECT_EQ(summed(), sum("8.00"));
    const json certified = day_at_box();
    EXPECT_EQ(gross_in(certified, "corrected_sums"), "8.00") << certified;
    EXPECT_EQ(certified["counts"]["unapplied"], 3) << certified;
    EXPECT_EQ(rig.stop_agent().value_or(-1), 0);
}

// [once-2] The till corrects by the id that it was told, and that nobody has sent yet.
TEST_F(CountsTest, ACorrectionByAnIdOfBeforeASalvageCounts) {
    rig.broker().start();
    rig.start_agent();
    (void)send(sale(1, "1.00"));
    const std::string told = send(sale(2, "2.00"));
    const std::string reversed = send(sale(3, "4.00"));
    EXPECT_EQ(rig.stop_agent().value_or(-1), 0);
    {
        std::fstream file(rig.journal(), std::ios::in | std::ios::out | std::ios::binary);
        file << std::string(100, '\x5a');
    }
    rig.start_agent();
    EXPECT_TRUE(wait_until([this] { return gross_in(day_at_box(), "sums") == "7.00"; })) << day_at_box();
    (void)send(correcting(sale(2, "5.00"), told, "replace"));
    (void)send(correcting(sale(3, "4.00"), reversed, "reverse"));
    const json certified = day_at_box();
    EXPECT_EQ(certified.count("unapplied"), 0U) << certified;
    EXPECT_EQ(gross_in(certified, "corrected_sums"), "6.00") << certified;
    start_consumer();
    EXPECT_TRUE(confirmed()) << consumer->errors();
    EXPECT_EQ(summed(), sum("6.00 possible_repeat:2")) << "behind a salvage the agent doubts for a day";
    EXPECT_EQ(rig.stop_agent().value_or(-1), 0);
}

// [once-2] Behind a salvage what the POS sent again meanwhile comes first.
TEST_F(CountsTest, ARepeatThatComesBeforeItsOriginalCountsOnce) {
    rig.broker().start();
    rig.start_central();
    start_consumer();
    wait_for_consumer();
    LineMaker box("urn:tillpost:acme:0042:till-01", 0xe2);
    const std::string first = sale(1, "1.00").dump();
    const auto sold = [&box](const std::string& subject, const std::string& data, const std::string& quality = "") {
        Event event;
        event.type = "sale";
        event.entry = "pos";
        event.subject = subject;
        event.data = data;
        if (!quality.empty()) event.quality.mark(quality);
        return box.body(box.body_of(event));
    };
    Event voids;
    voids.type = "void";
    voids.entry = "pos";
    voids.subject = "pos/3";
    voids.data =
        json{
            {"till", "T01"}, {"number", 3}, {"business_date", date}, {"scope", "post"}, {"original", {{"number", "2"}}}}
            .dump();
    const std::string voided = box.body_of(voids);
    voids.quality.mark("possible_repeat");
    std::string lines;
    for (const std::string& line :
         {sold("pos/1", first, "possible_repeat"), box.body(box.body_of(voids)), sold("pos/1", first),
          sold("pos/1", first, "conflict"), sold("pos/2", sale(2, "2.00").dump()), box.body(voided)}) {
        lines += line + "\n";
    }
    (void)said_by(speak_program, {std::to_string(rig.broker().port()), "till-01", lines});
    wait_for("SELECT count(*) FROM effect", "6");
    EXPECT_EQ(counted("SELECT count(*) FROM effect WHERE repeats IS NULL"), "3\n");
    EXPECT_EQ(summed(), sum("1.00 possible_repeat:1")) << "the second sale is voided, by the void that came behind it";
    rig.stop_central();
    EXPECT_EQ(said_by(effects_program, {database, rig.path("central.db")}), "0 differ of some\n");
}

TEST_F(CountsTest, WhatIsErasedIsGoneFromTheConsumerToo) {
    rig.broker().start();
    start_consumer();
    rig.start_agent();
    const std::string id = send(sale(1, "1.00"));
    (void)send(sale(2, "2.00"));
    EXPECT_TRUE(confirmed()) << consumer->errors();
    EXPECT_EQ(summed(), sum("3.00"));
    EXPECT_EQ(rig.stop_agent().value_or(-1), 0);
    Process erase({program_path("tillpost"),
                   {"--config", rig.path("tillpost.json"), "journal", "erase", id, "--reason", "a card number"}});
    ASSERT_EQ(erase.wait().value_or(-1), 0) << erase.errors();
    rig.start_agent();
    wait_for("SELECT count(*) FROM erased", "1");
    EXPECT_EQ(counted("SELECT count(*) FROM line WHERE body LIKE '%\"gross\":\"1.00\"%'"), "0\n");
    EXPECT_EQ(counted("SELECT count(*) FROM effect WHERE event LIKE '%\"gross\":\"1.00\"%'"), "0\n");
    EXPECT_EQ(summed(), sum("2.00"));
    EXPECT_EQ(rig.stop_agent().value_or(-1), 0);
}

}  // namespace
}  // namespace tillpost::test
