// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <gtest/gtest.h>

#include <cstdlib>

#include "agent/journal/packed_column.hpp"
#include "agent/journal/store.hpp"
#include "tests/support/fixed_clock.hpp"
#include "tests/support/packed_text.hpp"
#include "tests/support/temp_dir.hpp"

namespace tillpost {

inline constexpr const char* source = "urn:tillpost:acme:0042:till-01";

inline Draft draft(const std::string& subject, const std::string& data) {
    Draft draft;
    draft.event.type = "sale";
    draft.event.subject = subject;
    draft.event.data = data;
    draft.device = "feed";
    return draft;
}

inline Draft rejected(const std::string& bytes) {
    Draft draft;
    draft.event.type = "quarantined";
    draft.event.data = R"({"rule":"not_json"})";
    draft.quarantine = Draft::Quarantine{bytes, "not_json", ""};
    return draft;
}

/// The number in a JSON text's member, -1 without it.
inline long long number_in(const std::string& text, const std::string& name) {
    const auto at = text.find("\"" + name + "\":");
    return at == std::string::npos ? -1 : std::atoll(text.c_str() + at + name.size() + 3);
}

class StoreTest : public ::testing::Test {
protected:
    StoreTest() {
        settings.path = dir.file("journal.db");
        settings.source = source;
        settings.slice_now = [] { return std::chrono::steady_clock::time_point(); };  // Slices as of an idle machine.
        const WallTime now = clock.now().wall;
        clock.set_wall(now - std::chrono::days(30));  // Born before whatever the tests record.
        open();
        clock.set_wall(now);
    }
    void open() {
        store.reset();
        auto opened = Store::open(settings, clock);
        ASSERT_TRUE(opened) << opened.error().message;
        store = std::move(*opened);
    }
    /// A number of the file itself; the store is opened anew behind it.
    std::int64_t in_file(const std::string& sql) {
        store.reset();
        auto database = Database::open({settings.path, 0x54494c4c});
        const auto number = (*database)->integer(sql);
        EXPECT_TRUE(number) << number.error().message;
        database->reset();
        open();
        return number ? *number : -1;
    }
    Recorded add(Draft one) {
        std::vector<Draft> drafts;
        drafts.push_back(std::move(one));
        const auto all = store->append(drafts);
        EXPECT_TRUE(all);
        return all ? all->front() : Recorded{};
    }
    void add_many(int count) {
        for (int i = 0; i < count; ++i) add(draft("", "{\"n\":" + std::to_string(i) + "}"));
    }
    EpochReceipt receipt(Sequence upto) {
        EpochReceipt receipt;
        receipt.epoch = store->live().epoch;
        receipt.upto = upto;
        receipt.hash = chain_at(upto);
        return receipt;
    }
    Digest chain_at(Sequence sequence) {
        if (sequence == 0) return chain_start(sha, source, store->live().epoch);
        const auto lines = store->read({sequence, sequence}, 1 << 20);
        return parse_line(sha, lines->line(0))->chain;
    }
    std::string line_at(Sequence sequence) {
        const auto lines = store->read({sequence, sequence}, 1 << 20);
        EXPECT_TRUE(lines) << lines.error().message;
        return lines && !lines->empty() ? std::string(lines->line(0)) : std::string();
    }
    /// Every line of the live epoch, checked: numbers, digests, chain.
    std::vector<std::string> all_lines() {
        std::vector<std::string> texts;
        Digest chain = store->live().before;
        bool anchored = true;
        for (Sequence n = store->live().first; n <= store->live().last; ++n) {
            texts.push_back(line_at(n));
            const auto line = parse_line(sha, texts.back());
            if (!line) ADD_FAILURE() << line.error().message << ": " << texts.back();
            if (!line) return texts;
            EXPECT_EQ(line->sequence, n);
            const bool lost = line->kind == Line::Kind::lost;
            if (anchored && !lost) {
                EXPECT_EQ(chain_next(sha, chain, store->live().epoch, n, line->digest), line->chain);
            }
            chain = line->chain;
            anchored = !lost;
        }
        return texts;
    }
    /// Changes the closed file as no program of ours would.
    void tamper(const std::string& sql) {
        store.reset();
        auto database = Database::open({settings.path, 0x54494c4c});
        ASSERT_TRUE(database) << database.error().message;
        ASSERT_TRUE(define_packing(**database));
        const auto done = (*database)->execute(sql);
        ASSERT_TRUE(done) << done.error().message;
    }
    void reissue() {
        for (;;) {
            const auto more = store->reissue();
            ASSERT_TRUE(more) << more.error().message;
            if (!*more) return;
        }
    }
    void maintain() {
        for (;;) {
            const auto more = store->maintain();
            ASSERT_TRUE(more) << more.error().message;
            if (!*more) return;
        }
    }

    test::TempDir dir;
    test::FixedClock clock;
    JournalSettings settings;
    Sha256 sha;
    std::unique_ptr<Store> store;
};

}  // namespace tillpost
