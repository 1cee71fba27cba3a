// SPDX-License-Identifier: Apache-2.0
// The kinds of transactions of the journal. Small ones: what is found is found with few events, and each more makes
// each of some hundred thousand checks longer.
#include "tests/fault/rig.hpp"

namespace tillpost::test {
namespace {

constexpr std::size_t overflowing = 5'000;  // does not fit a page of the file
/// Some hundred thousand checks open the journal: the real key would take most of their time.
class QuickSigner final : public MessageSigner {
public:
    Result<std::string> sign(std::string_view message) const override { return std::string(message.substr(0, 70)); }
    const std::string& certificate() const override { return certificate_; }

private:
    std::string certificate_ = std::string(400, 'c');
};

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

/// Killed between a commit and its seal, in the seal, and behind it.
void seals(Rig& rig) {
    rig.open();
    rig.append(rig.events(2));
    rig.enumerate_from_here();
    rig.append(rig.events(3));
    rig.seal();
    rig.append(rig.keyed("k"));
    rig.close();
    rig.open();
    rig.seal();
    rig.append(rig.event(overflowing));
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

// A file that the first release left: keys are all in their table, and no counter says so.
void leave_format_1(Rig& rig) {
    rig.open();
    rig.append({rig.keyed("k1"), rig.event(), rig.keyed("k2", 300), rig.rejected("?")});
    rig.confirm(2);
    rig.settle();
    rig.edit(
        "DELETE FROM counter WHERE name NOT IN ('quarantined', 'shed', 'lost'); DROP TABLE too_large; DROP TABLE "
        "dictionary; DROP TABLE "
        "waiting; DROP TABLE "
        "key_rules; "
        "DROP TABLE age; DROP TABLE passed; DROP TABLE day; DROP TABLE returned; "
        "DROP TABLE corrected;"
        "DROP INDEX quarantine_open; DROP INDEX quarantine_told; ALTER TABLE quarantine DROP COLUMN told;"
        "ALTER TABLE quarantine DROP COLUMN type; ALTER TABLE quarantine DROP COLUMN amount;"
        "ALTER TABLE quarantine DROP COLUMN decision; ALTER TABLE quarantine DROP COLUMN decided;"
        "ALTER TABLE quarantine DROP COLUMN user; ALTER TABLE quarantine DROP COLUMN actor;"
        "ALTER TABLE quarantine DROP COLUMN became; ALTER TABLE quarantine DROP COLUMN digest;"
        "PRAGMA user_version=1");
}

void migration(Rig& rig) {
    rig.open();
    rig.append({rig.keyed("k3"), rig.event()});
    rig.confirm(4);
    rig.append(rig.keyed("k4"));
    rig.open();
    rig.append(rig.event());
}

// The second epoch is closed before the first one has moved: two slices.
void fork_and_reissue(Rig& rig) {
    rig.open();
    const Draft sale = rig.keyed("k1");
    rig.append({sale, rig.event(300), rig.keyed("k2"), rig.rejected("?")});
    rig.confirm(2);
    rig.enumerate_from_here();
    rig.fork();
    rig.append({sale, rig.keyed("k3"), rig.event()});
    rig.advance(std::chrono::hours(1));
    rig.fork();
    rig.append(rig.keyed("k4"));
    rig.reissue();
    rig.append({rig.event(), sale});
    rig.reissue();
    rig.confirm(6);  // and no upkeep: on a full disk it would delete by what a moved event's first number is known
    rig.open();
    rig.append(rig.keyed("k5"));
}

void small_journal(JournalSettings& settings) {
    settings.most_bytes = 100'000;
    settings.ballast_bytes = 0;
    settings.remembered_keys = 1'000;
    settings.keys_in_memory = 1'024;
}

void shedding(Rig& rig) {
    rig.open();
    rig.settle();  // else the first upkeep writes the keys of a new epoch
    for (int i = 0; i < 3; ++i) {
        Draft scan = rig.event(overflowing, "scan");
        scan.event.subject = "scan/" + std::to_string(i);
        rig.append({std::move(scan), rig.event(overflowing, "markdown"), rig.event(overflowing, "sale")});
    }
    rig.append(rig.event(overflowing, "scan"));
    rig.enumerate_from_here();
    rig.maintain();
    rig.append(rig.keyed("k"));
    rig.open();
    rig.append(rig.event());
}

// Keys and the mark as late as they come, so that the bodies alone have the keys.
void late(JournalSettings& settings) {
    settings.remembered_keys = 1'000;
    settings.keys_in_memory = 1'024;
    settings.mark_lag = 1'024;
    settings.mark_age = std::chrono::hours(24 * 365);
}

void withheld(Rig& rig) {
    rig.open();
    const Draft sale = rig.keyed("k1", 900);
    rig.append({rig.event(), sale, rig.keyed("k2"), rig.event()});
    rig.enumerate_from_here();
    rig.note_largest_line(900);
    rig.withhold(2);
    rig.append({sale, rig.event(), rig.keyed("k4", 1'000)});
    rig.reject(3);
    rig.append(rig.keyed("k3"));
    rig.open();
    rig.append(rig.event());
}

void late_marks_and_keys(Rig& rig) {
    rig.open();
    rig.settle();
    rig.append({rig.keyed("k1"), rig.keyed("k2", 300), rig.event()});
    rig.append({rig.keyed("k3"), rig.event()});
    rig.enumerate_from_here();
    rig.confirm(4);
    rig.append({rig.keyed("k2"), rig.keyed("k4")});
    rig.advance(rig.settings().keep + std::chrono::seconds(1));
    rig.maintain();
    rig.append(rig.event());
    rig.confirm(6);
    rig.settle();
    rig.append({rig.keyed("k5"), rig.keyed("k1")});
    rig.open();
    rig.append(rig.event());
}

// The damaged row ends the first slice: the numbers behind it are probed one by one.
void leave_damaged(Rig& rig) {
    rig.open();
    rig.append({rig.keyed("k1"), rig.event(), rig.rejected("?")});
    rig.confirm(2);
    rig.settle();
    rig.append({rig.keyed("k2"), rig.event(300), rig.keyed("k3")});
    rig.append({rig.event(), rig.keyed("k4")});
    rig.damage(5);
    rig.set_aside();
}

void leave_pages(Rig& rig) {
    rig.open();
    rig.append({rig.keyed("k1"), rig.event(6'000)});
    rig.confirm(1);
    rig.settle();
    rig.append({rig.keyed("k2"), rig.event(300), rig.keyed("k3", 9'000)});
    rig.set_aside_without_header();
}

void salvage(Rig& rig) {
    rig.open();
    rig.append(rig.event());
    rig.salvage();
    rig.append(rig.keyed("new"));
    while (rig.salvage()) {
    }
    rig.append({rig.keyed("k5"), rig.event()});
    rig.open();
    rig.append(rig.event());
}

}  // namespace

const std::vector<Scenario>& scenarios() {
    static const std::vector<Scenario> all = {
        {"creation", &creation},
        {"single_events", &single_events},
        {"batches", &batches},
        {"quarantine", &quarantine},
        {"decisions", &decisions},
        {"business_keys", &business_keys},
        {"watermark", &watermark},
        {"retention", &retention},
        {"checkpoint", &checkpoint},
        {"reopening", &reopening},
        {"migration", &migration, &leave_format_1, &late},
        {"fork_and_reissue", &fork_and_reissue, nullptr, &late},
        {"shedding", &shedding, nullptr, &small_journal},
        {"withheld", &withheld, nullptr, &late},
        {"late_marks_and_keys", &late_marks_and_keys, nullptr, &late},
        {"salvage", &salvage, &leave_damaged, &late},
        {"salvage_by_pages", &salvage, &leave_pages, &late},
        {"seals", &seals},
    };
    return all;
}

JournalSettings scenario_settings(const std::string& folder, const Scenario& scenario) {
    JournalSettings settings;
    settings.path = folder + "/journal.db";
    settings.source = "urn:tillpost:acme:0042:till-01";
    settings.remembered_keys = remembered_keys;
    settings.keys_in_memory = keys_in_memory;
    settings.mark_lag = 0;
    settings.slice_now = [] { return std::chrono::steady_clock::time_point(); };  // The same slices each time.
    if (scenario.configure != nullptr) scenario.configure(settings);
    settings.signer = std::make_shared<QuickSigner>();
    return settings;
}

}  // namespace tillpost::test
