// SPDX-License-Identifier: Apache-2.0
// The kinds of transactions of the journal. Small ones: what is found is found with few events, and each more makes
// each of some hundred thousand checks longer.
#include "tests/fault/rig.hpp"

namespace tillpost::test {
namespace {

constexpr std::size_t overflowing = 5'000;  // does not fit a page of the file
constexpr std::int64_t remembered_keys = 12;
constexpr std::size_t keys_in_memory = 2;  // so that they are written now and then

void creation(Rig& rig) {
    rig.open();
    rig.append(rig.event());
    rig.append(rig.keyed("k1"));
}

void single_events(Rig& rig) {
    rig.open();
    rig.enumerate_from_here();
    for (const std::size_t size : {40U, 900U, 5'000U, 0U, 300U, 2'000U}) rig.append(rig.event(size));
}

void batches(Rig& rig) {
    rig.open();
    rig.append(rig.event());
    rig.enumerate_from_here();
    rig.append(rig.events(7));
    rig.append(rig.events(3, overflowing));
    rig.append(rig.events(12, 300));
}

void quarantine(Rig& rig) {
    rig.open();
    rig.append(rig.event());
    rig.enumerate_from_here();
    rig.append(rig.rejected(std::string("{\0\xff", 3)));
    std::vector<Draft> mixed = rig.events(2);
    mixed.push_back(rig.rejected(std::string(overflowing, '\x80')));
    mixed.push_back(rig.keyed("after"));
    mixed.push_back(rig.rejected(""));
    rig.append(std::move(mixed));
    rig.append(rig.rejected("x"));
}

void decisions(Rig& rig) {
    rig.open();
    rig.append(rig.rejected("{"));
    rig.append(rig.rejected(std::string(overflowing, '\x80')));
    rig.append(rig.event());
    rig.enumerate_from_here();
    rig.release(2);
    rig.append(rig.keyed("between"));
    rig.release(1);
}

void business_keys(Rig& rig) {
    rig.open();
    const Draft sale = rig.keyed("pos/1");
    const Draft other = rig.keyed("pos/1");
    const Draft third = rig.keyed("pos/3", 300);
    rig.append(sale);
    rig.enumerate_from_here();
    rig.append({rig.keyed("pos/2"), sale, rig.event(), third, third});
    rig.append(other);  // a conflict
    rig.append(sale);   // nothing to write
    rig.append({other, rig.keyed("pos/4"), sale});
    rig.append({rig.keyed("pos/3"), rig.keyed("pos/2")});
}

void watermark(Rig& rig) {
    rig.open();
    rig.append(rig.events(6));
    rig.enumerate_from_here();
    rig.confirm(2);
    rig.append(rig.keyed("k"));
    rig.confirm(5);
    rig.maintain();
    rig.confirm(3);  // central was restored from a backup
    rig.maintain();
    rig.confirm(7);
    rig.append(rig.event());
}

void retention(Rig& rig) {
    rig.open();
    for (int i = 0; i < 3; ++i) {
        std::vector<Draft> drafts = rig.events(2);
        for (int key = 0; key < 5; ++key) drafts.push_back(rig.keyed("k" + std::to_string(10 * i + key), 400));
        rig.append(std::move(drafts));
    }
    rig.confirm(10);
    rig.append(rig.rejected("?"));
    rig.advance(rig.settings().keep + std::chrono::seconds(1));
    rig.enumerate_from_here();
    rig.maintain();
    rig.append(rig.keyed("k30"));
    rig.confirm(23);
    rig.advance(rig.settings().keep + std::chrono::seconds(1));
    rig.maintain();
    rig.append(rig.events(2, 900));
}

// A full disk is what makes upkeep move so short a WAL; the next commit starts it anew.
void checkpoint(Rig& rig) {
    rig.open();
    rig.append(rig.events(5, 400));
    rig.enumerate_from_here();
    for (int round = 0; round < 2; ++round) {
        rig.append(rig.keyed("k" + std::to_string(round), 700));
        rig.fill_disk();
        rig.append(rig.events(3, overflowing));
        rig.make_space();
        rig.maintain();
        rig.append(rig.events(2, 400));
        rig.append(rig.rejected("?"));  // changes pages that this WAL does not hold yet
    }
}

void reopening(Rig& rig) {
    rig.open();
    rig.append(rig.events(4, 400));
    rig.enumerate_from_here();
    rig.close();
    rig.open();
    rig.append(rig.keyed("k", 900));
    rig.open();
    rig.append(rig.event(overflowing));
    rig.close();
}

}  // namespace

const std::vector<Scenario>& scenarios() {
    static const std::vector<Scenario> all = {
        {"creation", &creation},     {"single_events", &single_events}, {"batches", &batches},
        {"quarantine", &quarantine}, {"decisions", &decisions},         {"business_keys", &business_keys},
        {"watermark", &watermark},   {"retention", &retention},         {"checkpoint", &checkpoint},
        {"reopening", &reopening},
    };
    return all;
}

JournalSettings scenario_settings(const std::string& folder) {
    JournalSettings settings;
    settings.path = folder + "/journal.db";
    settings.source = "urn:tillpost:acme:0042:till-01";
    settings.remembered_keys = remembered_keys;
    settings.keys_in_memory = keys_in_memory;
    settings.mark_lag = 0;
    return settings;
}

DiskImage empty_disk(const JournalSettings& settings) { return {{settings.path, ""}}; }

}  // namespace tillpost::test
