// SPDX-License-Identifier: Apache-2.0
// The receiver conformance test passes for our own receiver, and finds each fault of a deliberately wrong one.
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>

#include "agent/central/store.hpp"
#include "agent/mqtt/paho_connection.hpp"
#include "tests/support/broker.hpp"
#include "tests/support/loop_test.hpp"
#include "tests/support/process.hpp"
#include "tests/support/temp_dir.hpp"

namespace tillpost {
namespace {

class CentralConformanceTest : public test::LoopTest {
protected:
    CentralConformanceTest() {
        std::signal(SIGPIPE, SIG_IGN);
        broker.start();
    }
    std::unique_ptr<test::Process> conformance(std::vector<std::string> more) {
        return conformance(broker, std::move(more));
    }
    static std::unique_ptr<test::Process> conformance(const test::Broker& at, std::vector<std::string> more) {
        std::vector<std::string> arguments{"conformance", "--against", at.address()};
        arguments.insert(arguments.end(), more.begin(), more.end());
        return std::make_unique<test::Process>(
            test::Process::Command{test::program_path("tillpost-central"), std::move(arguments)});
    }

    test::TempDir folder;
    test::Broker broker;
};

/// Starts, stops, backs up and restores our receiver, as an operator's script would.
std::string operators_script(const std::string& program, const std::string& broker) {
    return "#!/bin/sh\nset -e\ncd \"$(dirname \"$0\")\"\n"
           "if [ \"$1\" != start ]; then kill -TERM \"$(cat pid)\"; tail -s 0.05 --pid=\"$(cat pid)\" -f /dev/null; "
           "fi\n"
           "case \"$1\" in\n"
           "  backup) cp central.db backup.db ;;\n"
           "  restore) rm -f central.db-wal; cp backup.db central.db ;;\n"
           "esac\n[ \"$1\" != stop ] || exit 0\nrm -f log; touch log\n" +
           program + " --broker " + broker +
           " --db central.db --summary </dev/null >out 2>log &\necho $! >pid\n"
           "tail -s 0.05 --pid=$! -n +1 -f log | grep -q -m 1 'connected; waiting'\n";
}

TEST_F(CentralConformanceTest, OurOwnReceiverPassesAllCases) {
    const std::string script =
        folder.write("operator.sh", operators_script(test::program_path("tillpost-central"), broker.address()));
    test::Process start({"/bin/sh", {script, "start"}});
    ASSERT_EQ(start.wait(), 0) << start.errors();
    const auto run = conformance({"--restore-command", "sh " + script});
    EXPECT_EQ(run->wait(Millis(120'000)), 0) << run->output() << run->errors();
    EXPECT_NE(run->output().find("23 passed, 0 failed, 0 not run"), std::string::npos) << run->output();
    EXPECT_NE(run->output().find("takes_a_repeat_before_its_original  passed"), std::string::npos) << run->output();
    const auto all = conformance({"--case", "names_gaps", "--case", "goes_on_after_a_restore", "--all"});
    EXPECT_EQ(all->wait(), 1) << "not run is not passed: " << all->output() << all->errors();
    const auto some = conformance({"--case", "names_gaps", "--case", "goes_on_after_a_restore", "--json"});
    EXPECT_EQ(some->wait(), 0) << some->output() << some->errors();
    EXPECT_NE(some->output().find("{\"case\":\"names_gaps\",\"verdict\":\"passed\""), std::string::npos);
    EXPECT_NE(some->output().find("no --restore-command"), std::string::npos) << some->output();
    test::Process stop({"/bin/sh", {script, "stop"}});
    EXPECT_EQ(stop.wait(), 0) << stop.errors();
}

TEST_F(CentralConformanceTest, KeepsToTheBrokersPacketLimit) {
    test::Broker::Options options;
    options.extra = "max_packet_size 60000\n";
    test::Broker limited(options);
    limited.start();
    const std::string script =
        folder.write("operator.sh", operators_script(test::program_path("tillpost-central"), limited.address()));
    test::Process start({"/bin/sh", {script, "start"}});
    ASSERT_EQ(start.wait(), 0) << start.errors();
    const auto run = conformance(limited, {"--case", "bounds_also", "--case", "passes_what_is_gone"});
    EXPECT_EQ(run->wait(), 0) << run->output() << run->errors();
    test::Process stop({"/bin/sh", {script, "stop"}});
    EXPECT_EQ(stop.wait(), 0) << stop.errors();
}

TEST_F(CentralConformanceTest, SaysWhatIsMissing) {
    EXPECT_EQ(conformance({"--case", "none"})->wait(), 2);
    EXPECT_EQ(conformance({"--tenant", "a/b"})->wait(), 2);
    const auto run = conformance({"--patience", "1"});
    EXPECT_EQ(run->wait(Millis(5'000)), 2) << "nobody answers";
    EXPECT_NE(run->errors().find("no receiver answers a hello on tillpost/v1/"), std::string::npos) << run->errors();
    broker.stop(SIGKILL);
    EXPECT_EQ(conformance({})->wait(), 2) << "no broker";
}

/// One thing that a receiver may get wrong: with its receipts, or with the lines it takes.
struct Fault {
    const char* name;
    const char* found_by;
    void (*spoil)(EpochReceipt&);
    bool (*takes)(std::string_view line, Sequence upto);
};
void PrintTo(const Fault& fault, std::ostream* out) { *out << fault.name; }

void nothing_wrong(EpochReceipt&) {}
bool take_all(std::string_view, Sequence) { return true; }
bool contains(std::string_view line, std::string_view text) { return line.find(text) != std::string_view::npos; }

/// The wrong receiver: our store behind a connection of the test's, and one fault.
class WrongReceiverTest : public CentralConformanceTest, public ::testing::WithParamInterface<Fault> {
protected:
    void TearDown() override {
        if (connection) await(connection->disconnect());
        CentralConformanceTest::TearDown();
        connection.reset();
    }
    bool is(std::string_view name) const { return name == GetParam().name; }

    void start() {
        auto opened = CentralStore::open(folder.file("wrong.db"), CentralStore::Missing::create, clock);
        ASSERT_TRUE(opened) << opened.error().message;
        store = std::move(*opened);
        MqttSettings settings;
        settings.address = broker.address();
        settings.client_id = "wrong-receiver";
        connection = make_paho_connection(loop.get_executor(), settings);
        MqttConnection::Events events;
        events.on_lost = [](const Error&) {};
        events.on_message = [this](const MqttMessage& message) { take(message); };
        connection->set_events(std::move(events));
        ASSERT_TRUE(await(connection->connect()));
        ASSERT_TRUE(await(connection->subscribe({"tillpost/v1/+/+/+/events", "tillpost/v1/+/+/+/hello"})));
    }
    void take(const MqttMessage& message) {
        const auto name = AgentName::from_topic(message.topic);
        if (name->second == "hello") {
            hello = decode_hello(message.payload).value();
            if (first_number.empty()) first_number = hello.number;
        } else {
            commit(name->first, message.payload);
            if (is("answers_hellos_only")) return;
        }
        answer(name->first);
    }
    void commit(const AgentName& agent, std::string_view payload) {
        if (is("drops_messages_with_garbage") && contains(payload, "garbage")) return;
        while (!payload.empty()) {
            const auto end = std::min(payload.find('\n'), payload.size());
            const auto line = payload.substr(0, end);
            payload.remove_prefix(std::min(end + 1, payload.size()));
            if (!GetParam().takes(line, upto)) continue;
            ASSERT_TRUE(store->commit({{agent, std::string(line)}}, false));
            upto = store->receipt(agent, hello, {}, CentralStore::Scope::all)->epochs.at(0).upto;
        }
    }
    void answer(const AgentName& agent) {
        if (is("says_nothing")) return;
        Receipt receipt = store->receipt(agent, hello, {}, CentralStore::Scope::all).value();
        for (EpochReceipt& epoch : receipt.epochs) GetParam().spoil(epoch);
        if (is("quotes_the_first_hello")) receipt.hello = first_number;
        if (is("has_a_new_id_each_time")) receipt.receiver = to_hex(random_number()) + to_hex(random_number());
        if (is("answers_for_one_epoch")) receipt.epochs.resize(1);
        connection->publish({agent.topic("receipt"), encode(receipt), is("retains_receipts")},
                            [](const Result<void>&) {});
    }

    SystemClock clock;
    std::unique_ptr<CentralStore> store;
    std::unique_ptr<MqttConnection> connection;
    Hello hello;
    std::string first_number;
    Sequence upto = 0;
};

TEST_P(WrongReceiverTest, IsFound) {
    start();
    const auto run = conformance({"--case", GetParam().found_by, "--patience", is("none") ? "10" : "2"});
    ASSERT_TRUE(run_until([&] { return !run->running(); }));
    const bool silent = is("says_nothing");
    EXPECT_EQ(run->wait(), is("none") ? 0 : silent ? 2 : 1) << run->output() << run->errors();
    EXPECT_EQ(contains(run->output(), "FAILED"), !is("none") && !silent) << run->output();
    EXPECT_EQ(contains(run->errors(), "no receiver answers"), silent) << run->errors();
}

INSTANTIATE_TEST_SUITE_P(
    Faults, WrongReceiverTest,
    ::testing::Values(
        Fault{"none", "names_gaps", nothing_wrong, take_all},
        Fault{"says_nothing", "answers_hello", nothing_wrong, take_all},
        Fault{"quotes_the_first_hello", "quotes_the_last_hello", nothing_wrong, take_all},
        Fault{"has_a_new_id_each_time", "keeps_its_id", nothing_wrong, take_all},
        Fault{"answers_hellos_only", "receipts_within_a_second", nothing_wrong, take_all},
        Fault{"answers_for_one_epoch", "keeps_epochs_apart", nothing_wrong, take_all},
        Fault{"retains_receipts", "retains_nothing", nothing_wrong, take_all},
        Fault{"drops_messages_with_garbage", "survives_malformed_lines", nothing_wrong, take_all},
        Fault{"wrong_hash", "takes_lines_in_order", [](EpochReceipt& it) { it.hash[0] ^= 1; }, take_all},
        Fault{"acknowledges_gaps", "names_gaps",
              [](EpochReceipt& it) {
                  if (it.also.empty()) return;
                  it.upto = it.also.back().range.to;
                  it.hash = it.also.back().hash;
                  it.also.clear();
              },
              take_all},
        Fault{"no_also", "names_gaps", [](EpochReceipt& it) { it.also.clear(); }, take_all},
        Fault{"no_need", "names_gaps", [](EpochReceipt& it) { it.need.clear(); }, take_all},
        Fault{"short_also", "bounds_also",
              [](EpochReceipt& it) { it.also.resize(std::min<std::size_t>(it.also.size(), 8)); }, take_all},
        Fault{"no_fork", "answers_fork", [](EpochReceipt& it) { it.fork.reset(); }, take_all},
        Fault{"forks_for_damage", "refuses_a_broken_chain",
              [](EpochReceipt& it) {
                  if (it.upto == 3) it.fork = 4;
              },
              take_all},
        Fault{"goes_over_to_the_second_history", "answers_fork",
              [](EpochReceipt& it) {
                  if (it.fork) it.hash[0] ^= 1;
              },
              take_all},
        Fault{"no_rejected", "passes_what_it_rejects", [](EpochReceipt& it) { it.rejected.clear(); }, take_all},
        Fault{"stops_at_what_it_rejects", "passes_what_it_rejects", nothing_wrong,
              [](std::string_view line, Sequence) { return !contains(line, "no json"); }},
        Fault{"takes_the_next_line_only", "takes_any_order", nothing_wrong,
              [](std::string_view line, Sequence upto) {
                  return line.size() < 97 || std::stoull(std::string(line.substr(81, 16))) <= upto + 1;
              }},
        Fault{"does_not_know_tombstones", "fills_tombstones", nothing_wrong,
              [](std::string_view line, Sequence) { return !contains(line, "\"withheld\":"); }},
        Fault{"does_not_know_lost_lines", "passes_lost_lines", nothing_wrong,
              [](std::string_view line, Sequence) { return !contains(line, "\"lost\":"); }},
        Fault{"does_not_know_gone", "passes_what_is_gone",
              [](EpochReceipt& it) {
                  if (it.upto == 9) it.upto = 0;
              },
              take_all},
        Fault{"wants_all_of_it_gone", "passes_what_is_partly_gone",
              [](EpochReceipt& it) {
                  if (it.upto == 9) it.upto = 0;
              },
              take_all},
        Fault{"sets_another_gone_aside", "answers_fork_to_wrong_gone", [](EpochReceipt& it) { it.fork.reset(); },
              take_all}),
    [](const auto& which) { return which.param.name; });

}  // namespace
}  // namespace tillpost
