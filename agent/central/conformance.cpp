// SPDX-License-Identifier: Apache-2.0
// The cases of the receiver conformance test; agent/central/README.md says what a receiver must do.
#include "agent/central/conformance.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>

#include "agent/central/conformance_play.hpp"

namespace tillpost {
namespace {

bool has(const std::vector<Range>& ranges, Range range) {
    return std::find(ranges.begin(), ranges.end(), range) != ranges.end();
}

void answers_hello(Play& play) {
    play.peer.hello({play.stream.summary()});
    play.expect_upto(0);
}

void quotes_the_last_hello(Play& play) {
    play.greet();
    play.greet();
    play.peer.forget();
    play.peer.send(play.stream.sales(3));
    play.expect_upto(3);
    const auto quotes = [&](const Receipt& receipt) { return receipt.hello == play.peer.number(); };
    const auto& receipts = play.peer.receipts();
    play.note(std::all_of(receipts.begin(), receipts.end(), quotes), "receipts that quote the last hello only");
}

void keeps_its_id(Play& play) {
    play.greet();
    play.greet();
    play.greet();
    const auto& receipts = play.peer.receipts();
    const auto same = [&](const Receipt& receipt) { return receipt.receiver == receipts.front().receiver; };
    play.note(std::all_of(receipts.begin(), receipts.end(), same), "the same receiver id in all receipts");
}

void takes_lines_in_order(Play& play) {
    play.greet();
    play.peer.send(play.stream.sales(5));
    play.peer.send(play.stream.sales(5));
    play.expect_upto(10);
}

void receipts_within_a_second(Play& play) {
    play.greet();
    for (int i = 0; i < 3; ++i) {
        play.peer.send(play.stream.sales(1));
        // A second from the commit, and time for the way and the commit itself.
        const auto start = std::chrono::steady_clock::now();
        play.expect_upto(play.stream.last());
        play.note(std::chrono::steady_clock::now() - start < Millis(2'500), "a receipt within a second of the commit");
    }
}

void names_gaps(Play& play) {
    play.greet();
    const Lines lines = play.stream.sales(5);
    play.peer.send({lines[0], lines[1], lines[4]});
    const Digest two = play.stream.chain(2);
    const Digest five = play.stream.chain(5);
    play.expect("upto 2 with its hash, also 5..5 with its hash, need 3..4", [&](const EpochReceipt& got) {
        const bool also = got.also.size() == 1 && got.also[0].range == Range{5, 5} && got.also[0].hash == five;
        return got.upto == 2 && got.hash == two && also && has(got.need, {3, 4});
    });
    play.peer.send({lines[2], lines[3]});
    play.expect_upto(5);
    play.expect("neither also nor need once the gap is closed",
                [](const EpochReceipt& got) { return got.also.empty() && got.need.empty(); });
}

void takes_repeats(Play& play) {
    play.greet();
    const Lines lines = play.stream.sales(4);
    play.peer.send(lines);
    play.expect_upto(4);
    play.peer.forget();
    play.peer.send({lines[1], lines[3], lines[0]});
    play.expect_upto(4);
}

void takes_a_repeat_before_its_original(Play& play) {
    play.greet();
    const std::string original = play.stream.event("sale", "{\"number\":1}");
    std::string repeat = original;
    repeat.replace(repeat.find("\"quality\":\"ok\""), 14, "\"quality\":\"possible_repeat\"");
    play.peer.send({play.stream.body(repeat), play.stream.body(original)});
    play.expect_upto(2);
}

void takes_any_order(Play& play) {
    play.greet();
    Lines lines = play.stream.sales(9);
    std::reverse(lines.begin(), lines.end());
    for (const std::string& line : lines) play.peer.send({line});
    play.expect_upto(9);
}

void keeps_epochs_apart(Play& play) {
    TestStream other(play.peer.source(), 1'000'000);
    play.peer.hello({play.stream.summary(), other.summary()});
    const Lines one = play.stream.sales(3);
    const Lines two = other.sales(2);
    play.peer.send({one[0], two[0], one[1], two[1], one[2]});
    play.expect_upto(3);
    play.peer.hello({play.stream.summary(), other.summary()});
    play.expect_upto(3);
    play.expect_upto_of(other, 2);
}

void answers_fork(Play& play) {
    play.greet();
    const Lines before = play.stream.sales(2);
    TestStream clone = play.stream.clone();
    play.peer.send(before);
    play.peer.send(play.stream.sales(2));
    play.expect_upto(4);
    play.peer.send(clone.sales(3));
    const Digest four = play.stream.chain(4);
    play.expect("fork 3; upto 4 with the first history's hash",
                [&](const EpochReceipt& got) { return got.fork == Sequence{3} && got.upto == 4 && got.hash == four; });
    play.peer.send({play.stream.sale()});
    const Digest five = play.stream.chain(5);
    play.expect("fork 3 still; upto 5: the first history goes on",
                [&](const EpochReceipt& got) { return got.fork == Sequence{3} && got.upto == 5 && got.hash == five; });
}

void refuses_a_broken_chain(Play& play) {
    play.greet();
    play.peer.send(play.stream.sales(3));
    play.expect_upto(3);
    const std::string good = play.stream.sale();
    std::string bad = good;
    bad[bad.size() - 4] = bad[bad.size() - 4] == '7' ? '8' : '7';
    play.peer.send({bad});
    play.peer.hello({play.stream.summary()});
    play.expect_upto(3);
    play.peer.send({good});
    play.expect_upto(4);
}

void fills_tombstones(Play& play) {
    play.greet();
    const std::string tombstone = play.stream.tombstone();
    const std::string content = play.stream.content();
    play.peer.send({tombstone, play.stream.sale()});
    play.expect_upto(2);
    play.peer.send({content});
    play.peer.send({play.stream.sale(), tombstone});
    play.expect_upto(3);
}

void passes_lost_lines(Play& play) {
    play.greet();
    Lines lines = play.stream.sales(1);
    lines.push_back(play.stream.lost());
    for (const std::string& line : play.stream.sales(2)) lines.push_back(line);
    play.peer.send(lines);
    play.expect_upto(4);
}

void survives_malformed_lines(Play& play) {
    play.greet();
    Lines lines{"garbage", play.stream.sale(), "", std::string("\0\xff{", 3)};
    lines.push_back(play.stream.sale().substr(0, 100));
    play.peer.send(lines);
    play.expect_upto(1);
}

void passes_what_it_rejects(Play& play) {
    play.greet();
    Lines lines = play.stream.sales(1);
    lines.push_back(play.stream.body("\"no json}"));
    lines.push_back(play.stream.sale());
    play.peer.send(lines);
    play.expect_upto(3);
    play.expect("rejected with sequence 2 and a code", [](const EpochReceipt& got) {
        return got.rejected.size() == 1 && got.rejected[0].sequence == 2 && !got.rejected[0].code.empty();
    });
    const std::string id = event_id(play.stream.epoch(), 2);
    const std::string data = "{\"event\":\"" + id + "\",\"rule\":\"rejected_by_central\"}";
    play.peer.send({play.stream.body(play.stream.event("quarantined", data))});
    play.expect("rejected no longer listed once a quarantined event names it",
                [](const EpochReceipt& got) { return got.upto == 4 && got.rejected.empty(); });
}

void bounds_also(Play& play) {
    play.greet();
    const Lines lines = play.stream.sales(161);
    Lines odd;
    for (std::size_t i = 0; i < lines.size(); i += 2) odd.push_back(lines[i]);
    play.peer.send(odd);
    play.expect("upto 1 and the 64 lowest ranges in also", [](const EpochReceipt& got) {
        return got.upto == 1 && got.also.size() == most_also_ranges && got.also.front().range == Range{3, 3} &&
               got.also.back().range == Range{129, 129};
    });
    play.peer.hello({play.stream.summary(131, 0)});
    play.expect("no range in also that ends before the first event that the agent holds", [](const EpochReceipt& got) {
        return !got.also.empty() && got.also.front().range == Range{131, 131};
    });
    play.greet();
    play.peer.send(lines);
    play.expect_upto(161);
}

std::string gone(Play& play, Range range, const Digest& before, const Digest& after) {
    const std::string data = "{\"epoch\":\"" + to_hex(play.stream.epoch()) +
                             "\",\"from\":" + std::to_string(range.from) + ",\"to\":" + std::to_string(range.to) +
                             ",\"before\":\"" + to_hex(before) + "\",\"after\":\"" + to_hex(after) + "\"}";
    return play.stream.body(play.stream.event("gone", data));
}

void passes_what_is_gone(Play& play) {
    (void)play.stream.sales(5);
    Lines lines = play.stream.sales(3);
    play.peer.hello({play.stream.summary(6, 5)});
    play.peer.send(lines);
    play.expect("need 1..5, which the agent believes confirmed", [](const EpochReceipt& got) {
        return got.upto == 0 && has(got.need, {1, 5});
    });
    play.peer.send({gone(play, {1, 5}, play.stream.chain(0), play.stream.chain(5))});
    play.expect_upto(9);
}

void passes_what_is_partly_gone(Play& play) {
    const Lines lines = play.stream.sales(8);
    play.peer.hello({play.stream.summary(6, 5)});
    play.peer.send({lines[2], lines[5], lines[6], lines[7]});
    play.expect("upto 0", [](const EpochReceipt& got) { return got.upto == 0; });
    play.peer.send({gone(play, {1, 5}, play.stream.chain(0), play.stream.chain(5))});
    play.expect_upto(9);
}

void answers_fork_to_wrong_gone(Play& play) {
    const Lines lines = play.stream.sales(8);
    play.greet();
    play.peer.send({lines[0], lines[1], lines[5], lines[6], lines[7]});
    play.expect_upto(2);
    play.peer.send({gone(play, {3, 5}, play.stream.chain(1), play.stream.chain(5))});
    play.expect("fork 3, and upto 2 still",
                [](const EpochReceipt& got) { return got.fork == Sequence{3} && got.upto == 2; });
}

void takes_compressed_messages(Play& play) {
    if (!play.peer.can_compress()) return play.skip("MQTT 3.1.1 has no user properties");
    play.greet();
    play.peer.send_compressed(play.stream.sales(20));
    play.expect_upto(20);
    play.peer.send(play.stream.sales(1));
    play.expect_upto(21);
}

void retains_nothing(Play& play) {
    play.greet();
    play.peer.send(play.stream.sales(1));
    play.expect_upto(1);
    const Result<void> done = play.peer.subscribe_again();
    play.peer.hello({play.stream.summary()});
    play.expect_upto(1);
    play.note(done && play.peer.retained() == 0, "no retained message on the receipt topic");
    if (play.peer.retained() != 0) play.result.came = "a retained receipt";
}

bool run_command(Play& play, const char* step) {
    const bool done = std::system((play.settings.restore_command + " " + step).c_str()) == 0;
    play.note(done, std::string("--restore-command succeeds with ") + step);
    if (!done) play.result.came = "another exit code than 0";
    return done;
}

void goes_on_after_a_restore(Play& play) {
    if (play.settings.restore_command.empty()) return play.skip("no --restore-command");
    play.greet();
    const Lines old = play.stream.sales(4);
    play.peer.send(old);
    play.expect_upto(4);
    if (play.failed || !run_command(play, "backup")) return;
    const Lines lines = play.stream.sales(6);
    play.peer.hello({play.stream.summary(1, 4)});
    play.peer.send(lines);
    play.expect_upto(10);
    if (play.failed) return;
    const std::string id = play.peer.receipts().back().receiver;
    if (!run_command(play, "restore")) return;
    play.peer.forget();
    const Digest four = play.stream.chain(4);
    play.peer.hello({play.stream.summary(1, 10)});
    play.expect("upto 4 as at the backup, need 5..10, which the agent believes confirmed",
                [&](const EpochReceipt& got) {
                    return got.upto == 4 && got.hash == four && has(got.need, {5, 10});
                });
    if (play.failed) return;
    play.note(play.peer.receipts().back().receiver == id, "the same receiver id after the restore");
    play.peer.send(lines);
    play.expect_upto(10);
}

struct Case {
    const char* name;
    void (*play)(Play&);
};
constexpr std::array<Case, 22> cases{{{"answers_hello", answers_hello},
                                      {"quotes_the_last_hello", quotes_the_last_hello},
                                      {"keeps_its_id", keeps_its_id},
                                      {"takes_lines_in_order", takes_lines_in_order},
                                      {"receipts_within_a_second", receipts_within_a_second},
                                      {"names_gaps", names_gaps},
                                      {"takes_repeats", takes_repeats},
                                      {"takes_a_repeat_before_its_original", takes_a_repeat_before_its_original},
                                      {"takes_any_order", takes_any_order},
                                      {"keeps_epochs_apart", keeps_epochs_apart},
                                      {"answers_fork", answers_fork},
                                      {"refuses_a_broken_chain", refuses_a_broken_chain},
                                      {"fills_tombstones", fills_tombstones},
                                      {"passes_lost_lines", passes_lost_lines},
                                      {"survives_malformed_lines", survives_malformed_lines},
                                      {"passes_what_it_rejects", passes_what_it_rejects},
                                      {"bounds_also", bounds_also},
                                      {"passes_what_is_gone", passes_what_is_gone},
                                      {"passes_what_is_partly_gone", passes_what_is_partly_gone},
                                      {"answers_fork_to_wrong_gone", answers_fork_to_wrong_gone},
                                      {"takes_compressed_messages", takes_compressed_messages},
                                      {"retains_nothing", retains_nothing}}};
constexpr Case restore_case{"goes_on_after_a_restore", goes_on_after_a_restore};

}  // namespace

std::vector<std::string> conformance_case_names() {
    std::vector<std::string> names;
    for (const Case& each : cases) names.emplace_back(each.name);
    names.emplace_back(restore_case.name);
    return names;
}

void run_conformance(ConformancePeer& peer, const ConformanceSettings& settings,
                     const std::function<void(const CaseResult&)>& report) {
    const auto& only = settings.cases;
    const auto run = [&](const Case& each) {
        if (!only.empty() && std::find(only.begin(), only.end(), each.name) == only.end()) return;
        peer.forget();
        Play play(peer, settings);
        play.result.name = each.name;
        each.play(play);
        if (play.failed) play.result.verdict = CaseResult::Verdict::failed;
        report(play.result);
    };
    for (const Case& each : cases) run(each);
    run(restore_case);
}

}  // namespace tillpost
