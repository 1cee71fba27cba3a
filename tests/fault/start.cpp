// SPDX-License-Identifier: Apache-2.0
// What scenarios are made of besides transactions: drafts, and what stands on the disk before they begin.
#include <limits>

#include "agent/journal/position.hpp"
#include "tests/fault/rig.hpp"
#include "tests/support/packed_text.hpp"
#include "tests/support/process.hpp"

namespace tillpost::test {

int next_fault(int n) {
    if (n < 24 || long_run()) return n + 1;
    return n < 100 ? n + 7 : n + 47;
}

Draft Rig::event(std::size_t size, const std::string& type) {
    Draft draft;
    draft.event.type = type;
    draft.event.data = "{\"n\":" + std::to_string(++drafts_) + ",\"x\":\"" + test::filler(size) + "\"}";
    draft.device = "feed";
    return draft;
}

Draft Rig::keyed(const std::string& key, std::size_t size) {
    Draft draft = event(size);
    draft.event.subject = key;
    return draft;
}

Draft Rig::rejected(const std::string& bytes) {
    Draft draft = event();
    draft.event.type = "quarantined";
    draft.quarantine = Draft::Quarantine{bytes, "not_json", ""};
    return draft;
}

std::vector<Draft> Rig::events(int count, std::size_t size) {
    std::vector<Draft> drafts;
    for (int i = 0; i < count; ++i) drafts.push_back(event(size));
    return drafts;
}

void Rig::edit(const std::string& sql) {
    close();
    auto database = Database::open({settings_.path, journal_application_id});
    if (!database) return stop(database.error());
    if (auto done = (*database)->execute(sql); !done) stop(done.error());
}

void Rig::damage(Sequence sequence) {
    const EpochSummary live = store_->live();
    history_.damaged({live.epoch, sequence});
    edit("UPDATE event SET body = x'00' WHERE position = " + std::to_string(position_at(live.ordinal, sequence)));
    history_.may_be_pruned(now(), live.epoch, live.confirmed);  // what is confirmed is not owed
}

void Rig::set_aside() {
    close();
    DiskImage image = disk_.image();
    const std::string aside = settings_.path + ".damaged-1";
    image[aside] = std::move(image[settings_.path]);
    image[settings_.path].clear();
    image[Witness::beside(aside)] = std::move(image[Witness::beside(settings_.path)]);
    image.erase(Witness::beside(settings_.path));
    disk_.load(std::move(image));
    history_.begin_anew();
}

void Rig::set_aside_without_header() {
    const EpochSummary live = store_->live();
    set_aside();
    history_.may_be_pruned(now(), live.epoch, live.confirmed);  // what is confirmed is not owed
    DiskImage image = disk_.image();
    image[settings_.path + ".damaged-1"].replace(0, 16, 16, '\0');
    disk_.load(std::move(image));
}

Start start_of(const Scenario& scenario, CrashDisk& disk, const JournalSettings& settings) {
    disk.load({{settings.path, ""}});
    if (scenario.prepare == nullptr) return {disk.image(), {}};
    Rig before(disk, settings);
    scenario.prepare(before);
    before.close();
    if (before.stopped()) return {{}, {}};  // the scenario cannot begin on this disk, and says so
    return {disk.image(), before.history().as_at(std::numeric_limits<History::When>::max())};
}

Start created_start_of(const Scenario& scenario, CrashDisk& disk, const JournalSettings& settings) {
    Scenario created = scenario;
    const bool creates = scenario.name == std::string_view("creation");
    if (scenario.prepare == nullptr && !creates) created.prepare = [](Rig& rig) { rig.open(); };
    return start_of(created, disk, settings);
}

Result<std::unique_ptr<Store>> open_store(const CrashDisk& disk, const JournalSettings& settings, const Clock& clock) {
    const bool salvages = disk.holds(settings.path + ".damaged-1");
    auto store = Store::open(settings, clock, salvages ? 2 : 1);
    if (store) (*store)->set_salvaging(salvages);
    return store;
}

std::optional<std::string> check(CrashDisk& disk, DiskImage image, const Rig& rig, std::size_t when) {
    disk.load(std::move(image));
    Rig started(disk, rig.settings());
    started.open();
    started.catch_up();
    if (started.stopped()) return "it does not start: " + started.stopped()->message;
    if (auto fault = rig.history().broken(started.store(), rig.settings().source, when)) return fault;
    started.close();
    return rig.history().broken_quarantine(rig.settings().path, when);
}

}  // namespace tillpost::test
