// SPDX-License-Identifier: Apache-2.0
// The whole agent against a broker, and a central behind it, that misbehave. Whatever they do: the agent lives, frees
// nothing, stays small, and delivers everything once good ones answer at the same address.
#include <gtest/gtest.h>

#include <algorithm>
#include <iterator>
#include <list>
#include <map>

#include "tests/support/agent_rig.hpp"
#include "tests/support/footprint.hpp"
#include "tests/support/sanitized.hpp"
#include "tests/support/scripted_broker.hpp"

namespace tillpost::test {
namespace {

constexpr long most_kb = 64 * 1024;
constexpr long most_descriptors = 64;

using Packet = ScriptedBroker::Packet;
using Reply = ScriptedBroker::Reply;

struct Case {
    const char* name;
    ScriptedBroker::Script script;
    /// When the fault has shown itself often enough.
    std::function<bool(const ScriptedBroker&)> enough;
    const char* said = "";  ///< What the agent's log must say about it.
    int protocol = 5;
    const char* delivery = "";  ///< Members of the configuration's "delivery".
};

auto connections(std::size_t count) {
    return [count](const ScriptedBroker& broker) { return broker.connections() >= count; };
}
auto events(std::size_t count) {
    return [count](const ScriptedBroker& broker) { return broker.event_messages() >= count; };
}
auto hellos(std::size_t count) {
    return [count](const ScriptedBroker& broker) { return broker.hellos() >= count; };
}

/// Another answer to event messages, good ones to everything else.
ScriptedBroker::Script to_events(std::function<Reply(ScriptedBroker&, const Packet&)> answer) {
    return [answer](ScriptedBroker& broker, const Packet& packet) {
        return ScriptedBroker::is_events(packet) ? answer(broker, packet) : Reply(broker.good(packet));
    };
}

/// Another answer to packets of a type.
ScriptedBroker::Script to(int type, std::function<Reply(ScriptedBroker&, const Packet&)> answer) {
    return [type, answer](ScriptedBroker& broker, const Packet& packet) {
        return packet.type == type ? answer(broker, packet) : Reply(broker.good(packet));
    };
}

/// Another receipt than the good one.
ScriptedBroker::Script to_hello(std::function<std::string(ScriptedBroker&, const Packet&)> receipt) {
    return [receipt](ScriptedBroker& broker, const Packet& packet) {
        if (!ScriptedBroker::is_hello(packet)) return Reply(broker.good(packet));
        return Reply(broker.puback(packet.id) + receipt(broker, packet));
    };
}

ScriptedBroker::Script always(std::string bytes, bool close) {
    return [bytes, close](ScriptedBroker&, const Packet&) { return Reply(bytes, close); };
}

ScriptedBroker::Script refuses_events(int reason) {
    return to_events([reason](ScriptedBroker& b, const Packet& p) { return Reply(b.puback(p.id, reason)); });
}

ScriptedBroker::Script refuses_connections(int reason) {
    return to(FakeBroker::connect,
              [reason](ScriptedBroker& b, const Packet&) { return Reply(b.connack(reason), true); });
}

ScriptedBroker::Script disconnects_with(int reason) {
    return to_events([reason](ScriptedBroker& b, const Packet&) { return Reply(b.server_disconnect(reason), true); });
}

/// What a second agent with the same names looks like by MQTT 3.1.1: a good connection is closed without a word.
ScriptedBroker::Script takes_over_soon() {
    return to_events([](ScriptedBroker& b, const Packet& p) {
        return b.event_messages() % 2 == 1 ? Reply(b.good(p)) : Reply("", true);
    });
}

std::string other_id(const std::string& id) { return std::string(1, static_cast<char>(id[0] ^ 0x40)) + id.substr(1); }

/// Acknowledges late, and counts the most messages that wait for it at a time.
ScriptedBroker::Script receive_maximum_one(std::shared_ptr<std::atomic<int>> most) {
    auto open = std::make_shared<int>(0);
    return [most, open](ScriptedBroker& broker, const Packet& packet) {
        if (packet.type == FakeBroker::connect) {
            *open = 0;
            return Reply(broker.connack(0, false, std::string("\x21\x00\x01", 3)));
        }
        if (packet.type != FakeBroker::publish) return Reply(broker.good(packet));
        ++*open;
        *most = std::max(most->load(), *open);
        broker.send_later(packet, broker.good(packet), Millis(30));
        broker.run_later([open] { --*open; }, Millis(29));
        return Reply();
    };
}

/// The events that a broker took, in their order.
struct TakenEvents {
    std::vector<std::uint64_t> all;  ///< The broker's, until it has ended
    std::atomic<bool> again{};       ///< One of them came a second time.
};

/// What came behind the last refusal had still to go again when the broker ended.
void cut_behind_last_refusal(std::vector<std::uint64_t>& taken) {
    const auto leap = std::adjacent_find(taken.rbegin(), taken.rend(),
                                         [](std::uint64_t next, std::uint64_t before) { return next != before + 1; });
    if (leap != taken.rend() && *leap > *std::next(leap)) taken.erase(std::next(leap).base(), taken.end());
}

void note_events(const std::string& payload, TakenEvents& taken) {
    constexpr std::string_view name = R"("sequence":")";
    for (std::size_t line = 0; line != std::string::npos; line = payload.find('\n', line + 1)) {
        const std::size_t at = payload.find(name, line);
        if (at == std::string::npos) continue;
        const std::uint64_t sequence = std::stoull(payload.substr(at + name.size(), 16));
        if (!taken.all.empty() && sequence <= taken.all.back()) taken.again = true;
        taken.all.push_back(sequence);
    }
}

/// Answers late, so that several are on their way, and refuses each seventh message.
ScriptedBroker::Script refuses_now_and_then(std::shared_ptr<TakenEvents> taken) {
    return to_events([taken](ScriptedBroker& broker, const Packet& packet) {
        if (broker.event_messages() % 7 == 0) return Reply(broker.puback(packet.id, 0x97));
        note_events(packet.payload, *taken);
        broker.send_later(packet, broker.good(packet), Millis(40));
        return Reply();
    });
}

/// Each kind of answer that is no MQTT at all.
std::string garbage() {
    std::string bytes;
    for (int i = 0; i < 4096; ++i) bytes += static_cast<char>(i * 151 + (i >> 3));
    return bytes;
}

std::string huge_header() { return ScriptedBroker::header(0x30, 268'435'455) + std::string("\0\1a\0", 4); }

/// One agent with its store, first in bad company, then in good.
class Trial {
public:
    explicit Trial(Case what) : case_(std::move(what)), rig_(options(case_)), port_(rig_.broker().port()) {
        bad_ = std::make_unique<ScriptedBroker>(port_, case_.protocol, case_.script);
        rig_.start_agent();
        store_ = rig_.start_store({"--seed", "11", "--rate", "20", "--in-flight", "32", "--seconds", "600"});
    }
    std::string name() const { return case_.name; }

    void wait_for_the_fault() {
        ASSERT_TRUE(wait_until([this] { return rig_.told() >= 100 && case_.enough(*bad_); }))
            << bad_->connections() << " connections, " << bad_->event_messages() << " event messages, "
            << bad_->hellos() << " hellos\n"
            << rig_.status() << rig_.agent().errors();
    }
    void expect_unharmed() {
        ASSERT_TRUE(rig_.agent().running()) << rig_.agent().errors();
        EXPECT_EQ(rig_.number("confirmed"), 0) << "only a receipt that fits frees anything";
        EXPECT_TRUE(wait_until([this] { return rig_.agent().errors().find(case_.said) != std::string::npos; }))
            << "not said: " << case_.said << "\n"
            << rig_.agent().errors();
        const Footprint footprint = footprint_of(rig_.agent().pid());
        if (!sanitized) {
            EXPECT_LT(footprint.peak_kb, most_kb);
        }
        EXPECT_LT(footprint.descriptors, most_descriptors);
    }
    void bring_good_ones() {
        bad_.reset();
        rig_.broker().start();
        ASSERT_EQ(rig_.broker().port(), port_);
        rig_.start_central();
    }
    void expect_all_delivered() { rig_.expect_all_delivered(store_.get(), name()); }

private:
    static AgentRig::Options options(const Case& what) {
        AgentRig::Options options;
        options.delivery = what.delivery;
        options.broker_keys = R"(,"keep_alive_s":5,"connect_timeout_s":1)";
        if (what.protocol != 5) options.broker_keys += R"(,"protocol":"3.1.1")";
        return options;
    }

    const Case case_;
    AgentRig rig_;
    const int port_;
    std::unique_ptr<ScriptedBroker> bad_;
    std::unique_ptr<Process> store_;
};

struct Group {
    const char* name;
    std::vector<Case> cases;
};

void PrintTo(const Group& group, std::ostream* out) { *out << group.name; }

/// Agents mostly wait here, so the cases of a group run side by side.
class ScriptedBrokerTest : public ::testing::TestWithParam<Group> {
protected:
    static void run(const std::vector<Case>& cases) {
        std::list<Trial> trials;
        for (const Case& each : cases) trials.emplace_back(each);
        for (void (Trial::*step)() : {&Trial::wait_for_the_fault, &Trial::expect_unharmed, &Trial::bring_good_ones,
                                      &Trial::expect_all_delivered}) {
            for (Trial& trial : trials) {
                SCOPED_TRACE(trial.name());
                ASSERT_NO_FATAL_FAILURE((trial.*step)());
            }
        }
    }
};

TEST_P(ScriptedBrokerTest, LosesAndFreesNothingAndDeliversWhenAGoodBrokerComesBack) {  // [durable-2] [end-1]
    run(GetParam().cases);
}

std::vector<Case> acknowledgements() {
    return {
        {"puback_0x10_nobody_listens", refuses_events(0x10), events(20)},
        {"puback_0x87_not_authorized", refuses_events(0x87), events(3), "0x87 not authorized"},
        {"puback_0x97_quota", refuses_events(0x97), events(3), "0x97 quota exceeded"},
        {"double_ack", to_events([](ScriptedBroker& b, const Packet& p) { return Reply(b.good(p) + b.good(p)); }),
         events(30)},
        {"unknown_ack",
         to_events([](ScriptedBroker& b, const Packet& p) { return Reply(b.puback(other_id(p.id)) + b.good(p)); }),
         events(30)},
        {"unknown_ack_only",
         to_events([](ScriptedBroker& b, const Packet& p) { return Reply(b.puback(other_id(p.id))); }), events(3)},
        {"ack_out_of_order", to_events([](ScriptedBroker& b, const Packet& p) {
             b.send_later(p, b.good(p), Millis(1 + static_cast<int>(b.event_messages() * 37 % 50)));
             return Reply();
         }),
         events(30)},
    };
}

std::vector<Case> sessions() {
    return {
        {"session_lost", to_events([](ScriptedBroker&, const Packet&) { return Reply("", true); }), connections(3)},
        {"session_present_lie",
         to(FakeBroker::connect, [](ScriptedBroker& b, const Packet&) { return Reply(b.connack(0, true)); }),
         events(10)},
        {"takeover", disconnects_with(0x8e), connections(3),
         "0x8e session taken over: another client uses the same client id (a cloned box?)"},
        {"takeover_mqtt3", takes_over_soon(), connections(5), "another agent may have the same names (a cloned box?)",
         3},
        {"server_busy", disconnects_with(0x89), connections(2), "0x89 server busy"},
        {"server_shutting_down", disconnects_with(0x8b), connections(2), "0x8b server shutting down"},
        {"packet_too_large", disconnects_with(0x95), connections(2), "0x95 packet too large"},
        {"use_another_server", disconnects_with(0x9c), connections(2), "0x9c use another server"},
    };
}

std::vector<Case> silences() {
    return {
        {"no_ack", to_events([](ScriptedBroker&, const Packet&) { return Reply(); }), connections(2),
         "the broker acknowledges no events, though it answers"},
        {"no_ack_mqtt3", to_events([](ScriptedBroker&, const Packet&) { return Reply(); }), connections(2),
         "the broker acknowledges no events, though it answers", 3},
        {"goes_silent",
         [](ScriptedBroker& b, const Packet& p) { return b.event_messages() < 3 ? Reply(b.good(p)) : Reply(); },
         connections(2)},
    };
}

std::vector<Case> entrances() {
    return {
        {"connack_never", to(FakeBroker::connect, [](ScriptedBroker&, const Packet&) { return Reply(); }),
         connections(2), "no answer within 1000 ms: this is no MQTT broker, or it hangs"},
        {"connack_0x88", refuses_connections(0x88), connections(2), "0x88 server unavailable"},
        {"connack_0x86", refuses_connections(0x86), connections(2), "0x86 bad"},
        {"connack_mqtt3_3", refuses_connections(3), connections(2), "server unavailable", 3},
        {"closes_at_once", always("", true), connections(3), "this is no MQTT broker, or it turns us away"},
        {"suback_0x87",
         to(FakeBroker::subscribe, [](ScriptedBroker& b, const Packet& p) { return Reply(b.suback(p.id, 0x87)); }),
         connections(2), "0x87 not authorized"},
        {"suback_never", to(FakeBroker::subscribe, [](ScriptedBroker&, const Packet&) { return Reply(); }),
         connections(2), "subscribe to receipts"},
    };
}

std::vector<Case> nonsense() {
    return {
        {"garbage_to_connect", always(garbage(), false), connections(2), "this is no MQTT broker, or"},
        {"garbage_to_events", to_events([](ScriptedBroker&, const Packet&) { return Reply(garbage()); }),
         connections(2)},
        {"captive_portal", always("HTTP/1.1 302 Found\r\nLocation: http://portal/\r\n\r\n", true), connections(2),
         "this is no MQTT broker, or"},
        {"huge_header", to_events([](ScriptedBroker&, const Packet&) { return Reply(huge_header()); }), events(2)},
        {"huge_header_to_connect", always(ScriptedBroker::header(0x20, 268'435'455), false), connections(2),
         "this is no MQTT broker, or"},
    };
}

/// Each of these closes an epoch.
std::vector<Case> forks() {
    const std::string other_hash(64, '7');
    return {
        {"receipt_with_another_hash",
         to_hello([other_hash](ScriptedBroker& b, const Packet& p) { return b.receipt(p, std::nullopt, other_hash); }),
         hellos(1), "another chain hash than ours"},
        {"receipt_beyond_our_last",
         to_hello([other_hash](ScriptedBroker& b, const Packet& p) { return b.receipt(p, 9'000'000, other_hash); }),
         hellos(1), "beyond our last event"},
    };
}

std::vector<Case> receipts() {
    const std::string other_hash(64, '7');
    return {
        {"receipt_never", to_hello([](ScriptedBroker&, const Packet&) { return std::string(); }), hellos(2)},
        {"receipt_that_is_no_json", to_hello([](ScriptedBroker& b, const Packet& p) {
             return b.message(p.topic.substr(0, p.topic.size() - 5) + "receipt", garbage());
         }),
         hellos(1), "a receipt that cannot be read"},
        {"receipt_thousandfold", to_hello([](ScriptedBroker& b, const Packet& p) {
             std::string all;
             for (int i = 0; i < 10'000; ++i) all += b.receipt(p);
             return all;
         }),
         events(16)},
        {"also_with_another_hash", to_hello([other_hash](ScriptedBroker& b, const Packet& p) {
             return b.receipt(p, std::nullopt, "", R"(,"also":[{"from":2,"to":3,"hash":")" + other_hash + "\"}]");
         }),
         events(16)},
        {"need_of_what_never_was", to_hello([](ScriptedBroker& b, const Packet& p) {
             return b.receipt(p, std::nullopt, "", R"(,"need":[{"from":1000000,"to":9000000}])");
         }),
         events(16)},
    };
}

INSTANTIATE_TEST_SUITE_P(Of, ScriptedBrokerTest,
                         ::testing::Values(Group{"acknowledgements", acknowledgements()}, Group{"sessions", sessions()},
                                           Group{"silences", silences()}, Group{"entrances", entrances()},
                                           Group{"nonsense", nonsense()}, Group{"receipts", receipts()}),
                         [](const auto& which) { return std::string(which.param.name); });

// [fork-1] An epoch that is only just born is not closed again: else each hello would leave one behind.
TEST_F(ScriptedBrokerTest, SurvivesACentralThatForksItAgainAndAgain) { run(forks()); }

// [order-1] What went behind a message that is refused goes again behind it: so the last copy of each is in order.
TEST_F(ScriptedBrokerTest, KeepsTheOrderThroughRefusalsWhereItIsStrict) {
    auto taken = std::make_shared<TakenEvents>();
    const auto enough = [taken](const ScriptedBroker& broker) { return events(60)(broker) && taken->again; };
    run({{"strict", refuses_now_and_then(taken), enough, "0x97 quota exceeded", 5, R"("order":"strict")"}});
    ASSERT_TRUE(taken->again);
    cut_behind_last_refusal(taken->all);
    std::map<std::uint64_t, std::size_t> last;
    for (std::size_t i = 0; i < taken->all.size(); ++i) last[taken->all[i]] = i;
    ASSERT_GT(last.size(), 20U);
    std::size_t before = 0;
    for (const auto& [sequence, at] : last) {
        if (sequence > taken->all.back()) break;  // it had still to go again, too
        EXPECT_GE(at, before) << sequence << " was sent behind a later event, which did not go again behind it";
        before = at;
    }
}

TEST_F(ScriptedBrokerTest, KeepsToAReceiveMaximumOfOne) {
    auto most = std::make_shared<std::atomic<int>>(0);
    run({{"receive_maximum_one", receive_maximum_one(most), events(10)}});
    EXPECT_EQ(most->load(), 1);
}

/// A bad broker first in the list, a good one second: whatever the first does, the second has everything soon.
class FailOver {
public:
    explicit FailOver(const Case& what) : name_(what.name), bad_(free_port(), what.protocol, what.script) {
        good_.start();
        AgentRig::Options options;
        options.broker_keys = R"(,"keep_alive_s":5,"connect_timeout_s":1)";
        if (what.protocol != 5) options.broker_keys += R"(,"protocol":"3.1.1")";
        options.other_broker = good_.address();
        options.agent_broker = bad_.address();
        options.more_addresses = ",\"" + good_.address() + "\"";
        rig_ = std::make_unique<AgentRig>(options);
        rig_->start_central();
        rig_->start_agent();
        store_ = rig_->start_store({"--seed", "12", "--rate", "20", "--in-flight", "32", "--events", "100"});
    }
    void expect_all_delivered(Millis within) {
        SCOPED_TRACE(name_);
        ASSERT_TRUE(wait_until([this] { return rig_->told() >= 100 && rig_->everything_confirmed(); }, within))
            << rig_->status() << rig_->agent().errors();
        EXPECT_GE(bad_.connections(), 1U);
        rig_->expect_all_delivered(store_.get(), name_);
    }

private:
    std::string name_;
    ScriptedBroker bad_;
    Broker good_;
    std::unique_ptr<AgentRig> rig_;
    std::unique_ptr<Process> store_;
};

TEST_F(ScriptedBrokerTest, LeavesABadBrokerForTheNextOne) {
    std::list<FailOver> all;
    for (const auto& cases : {entrances(), nonsense(), silences()}) {
        for (const Case& each : cases) all.emplace_back(each);
    }
    for (FailOver& each : all) ASSERT_NO_FATAL_FAILURE(each.expect_all_delivered(2 * long_time));
}

// It may be the quota of the moment: for up to a minute it is asked again.
TEST_F(ScriptedBrokerTest, LeavesABrokerThatRefusesAllEventsForTheNextOne) {
    std::list<FailOver> all;
    for (const int reason : {0x87, 0x97}) all.emplace_back(Case{"refuses", refuses_events(reason), events(1)});
    for (FailOver& each : all) ASSERT_NO_FATAL_FAILURE(each.expect_all_delivered(2 * long_time));
}

}  // namespace
}  // namespace tillpost::test
