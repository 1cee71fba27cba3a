// SPDX-License-Identifier: Apache-2.0
// Opening the journal: a file that can be trusted, or a new one beside the damaged.
#include <algorithm>
#include <chrono>
#include <thread>
#include <utility>

#include "agent/journal/damage.hpp"
#include "agent/journal/journal.hpp"
#include "platform/files.hpp"
#include "platform/log.hpp"

namespace tillpost {
namespace {

constexpr Millis longest_farewell{500};
constexpr Millis between_tries{20};

/// Stops because the disk could not read the journal, between two rounds of the scrub: one may have passed. Behind the
/// last of these the file is set aside, so that what can be read of it goes on.
constexpr int most_unreadable = 3;

/// Above every ordinal that the damaged file has used: one order over all epochs.
std::uint32_t ordinal_above(const std::string& file, std::size_t files, const std::string& source) {
    const std::optional<DamageNote> note = known_of(file);
    auto ordinal = static_cast<std::uint32_t>(files);
    if (note) ordinal = std::max(ordinal, note->live.ordinal);
    if (const auto damaged = Salvage::open(file, note, source)) {
        ordinal = std::max(ordinal, (*damaged)->epochs().back().ordinal);
    }
    return ordinal + 1;
}

Result<std::unique_ptr<Store>> begin_anew(const JournalSettings& settings, const Clock& clock, const std::string& why) {
    const Result<std::string> file = set_aside(settings.path, clock.now().wall);
    if (!file) return file.error();
    log::error(
        "the journal is damaged, or cannot be read: it is set aside and salvaged, events go to a new file from now on",
        {{"set_aside", *file},
         {"why", why},
         {"what_to_do", "keep the file; check this machine's disk; central hears what could not be read"}});
    return Store::open(settings, clock, ordinal_above(*file, files_set_aside(settings.path).size(), settings.source));
}

/// A predecessor that was just killed holds its locks until the kernel is done with it.
Result<std::unique_ptr<Store>> open_when_free(const JournalSettings& settings, const Clock& clock) {
    const SteadyTime deadline = std::chrono::steady_clock::now() + longest_farewell;
    for (;;) {
        auto store = Store::open(settings, clock);
        const bool is_held = !store && store.error().code == Errc::rejected;
        if (!is_held || std::chrono::steady_clock::now() >= deadline) return store;
        std::this_thread::sleep_for(between_tries);
    }
}

/// What the disk cannot read now is unknown, not damaged.
Result<std::unique_ptr<Store>> open_patiently(const JournalSettings& settings, const Clock& clock) {
    auto store = open_when_free(settings, clock);
    for (const Millis pause : settings.read_again) {
        if (store || store.error().code != Errc::unreadable) break;
        log::warn("the disk cannot read the journal: it is read again",
                  {{"why", store.error().message}, {"what_to_do", "check this machine's disk"}});
        std::this_thread::sleep_for(pause);
        store = open_when_free(settings, clock);
    }
    return store;
}

Result<std::unique_ptr<Store>> open_store(const JournalSettings& settings, const Clock& clock) {
    if (set_aside_begun(settings.path)) return begin_anew(settings, clock, "found at an earlier start");
    if (const auto note = damage_noted(settings.path)) return begin_anew(settings, clock, note->why);
    if (times_unreadable(settings.path) >= most_unreadable) {
        return begin_anew(settings, clock, "the disk cannot read a part of it, again and again");
    }
    auto store = open_patiently(settings, clock);
    if (!store && store.error().code == Errc::unreadable) return begin_anew(settings, clock, store.error().message);
    if (!store && store.error().code == Errc::corrupt && is_foreign(settings.path)) {
        const Result<std::string> file = set_aside(settings.path, clock.now().wall, ".foreign-");
        if (!file) return file.error();
        log::error("the file at journal/path is another program's: it is set aside, and a new journal begun",
                   {{"set_aside", *file},
                    {"why", store.error().message},
                    {"what_to_do", "see whose it is; if it was the journal, restore the newest copy of it"}});
        return Store::open(settings, clock);
    }
    if (store || store.error().code != Errc::corrupt) return store;
    if (was_ours(settings.path)) return begin_anew(settings, clock, store.error().message);
    // Most likely journal/path names a file that somebody needs under that name.
    return Error{Errc::invalid, store.error().message +
                                    ": no journal, and no database; it is left as it is: move it away, or correct "
                                    "journal/path. If it was the journal, restore the newest copy of it"};
}

}  // namespace

Journal::Journal(asio::any_io_executor loop, const JournalSettings& settings, std::unique_ptr<Store> store)
    : loop_(std::move(loop)),
      settings_(settings),
      store_(std::move(store)),
      live_(store_->live()),
      shed_(store_->shed()),
      salvage_pause_(loop_),
      watch_(loop_),
      wake_(loop_) {
    refresh();
    unsealed_since_ = store_->unsealed_since();
    upkeep_due_ = true;
}

Journal::~Journal() = default;

Result<std::unique_ptr<Journal>> Journal::open(asio::any_io_executor loop, const JournalSettings& settings,
                                               const Clock& clock) {
    auto store = open_store(settings, clock);
    if (!store) return store.error();
    (*store)->set_salvaging(!files_set_aside(settings.path).empty());
    return std::unique_ptr<Journal>(new Journal(std::move(loop), settings, std::move(*store)));
}

}  // namespace tillpost
