// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <filesystem>
#include <fstream>

#include "agent/journal/damage.hpp"
#include "agent/journal/salvage.hpp"
#include "tests/unit/store_fixture.hpp"

namespace tillpost {

namespace fs = std::filesystem;
inline constexpr std::size_t page = 4096;

class StoreSalvageTest : public StoreTest {
protected:
    /// Everything out of the WAL into the file, so that damage to the file counts.
    void settle() {
        store.reset();
        auto database = Database::open({settings.path, 0x54494c4c});
        ASSERT_TRUE((*database)->checkpoint(true));
    }
    std::size_t pages() const { return fs::file_size(settings.path) / page; }
    void destroy_page(std::size_t number) {
        std::fstream file(settings.path, std::ios::in | std::ios::out | std::ios::binary);
        file.seekp(static_cast<std::streamoff>(number * page));
        const std::string noise(page, '\x5a');
        file.write(noise.data(), static_cast<std::streamsize>(noise.size()));
    }
    /// The damaged file aside, a new one begun, everything readable taken over.
    void salvage() {
        store.reset();
        const auto file = set_aside(settings.path, clock.now().wall);
        ASSERT_TRUE(file) << file.error().message;
        auto damaged = Salvage::open(*file, known_of(*file), settings.source);
        ASSERT_TRUE(damaged) << damaged.error().message;
        auto opened = Store::open(settings, clock, (*damaged)->epochs().back().ordinal + 1);
        ASSERT_TRUE(opened) << opened.error().message;
        store = std::move(*opened);
        store->set_salvaging(true);
        take_over(**damaged, *file);
        store->set_salvaging(false);
        ASSERT_TRUE(note_salvaged(*file));
    }
    void take_over(Salvage& damaged, const std::string& file) {
        for (std::int64_t at = store->salvage_progress(file)->rows;;) {
            auto rows = damaged.rows(at);
            ASSERT_TRUE(rows);
            if (!*rows) break;
            ASSERT_GT((*rows)->upto, at) << "it would never end";
            at = (*rows)->upto;
            ASSERT_TRUE(store->adopt(**rows));
        }
        for (std::int64_t at = store->salvage_progress(file)->keys;;) {
            const auto keys = damaged.keys(at);
            ASSERT_TRUE(keys);
            if (!*keys) break;
            ASSERT_GT((*keys)->upto, at) << "it would never end";
            at = (*keys)->upto;
            ASSERT_TRUE(store->adopt(**keys));
        }
        for (std::int64_t at = 0;;) {
            auto records = damaged.quarantine(at);
            if (!records || !*records) break;
            ASSERT_GT((*records)->upto, at) << "it would never end";
            at = (*records)->upto;
            ASSERT_TRUE(store->adopt(**records));
        }
        ASSERT_TRUE(store->salvage_done(file));
    }
    /// n of each `{"n":…}` in the live epoch, in order.
    std::vector<int> numbers() {
        std::vector<int> found;
        for (const std::string& line : all_lines()) {
            const auto n = number_in(line, "n");
            if (n >= 0) found.push_back(static_cast<int>(n));
        }
        return found;
    }
    /// The sum of all `loss` events.
    std::int64_t said_lost() {
        std::int64_t sum = 0;
        for (const std::string& line : all_lines()) {
            if (line.find("tillpost.loss.v1") != std::string::npos) sum += number_in(line, "count");
        }
        return sum;
    }
};

}  // namespace tillpost
