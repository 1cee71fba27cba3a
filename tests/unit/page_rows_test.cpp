// SPDX-License-Identifier: Apache-2.0
// Rows in single pages: whatever a page holds, nothing outside of it is read, and nothing is invented.
#include "agent/journal/page_rows.hpp"

#include <random>

#include "tests/unit/salvage_fixture.hpp"

namespace tillpost {
namespace {

std::string no_page(std::uint32_t) { return {}; }

/// A leaf page of a table with these bytes at their offsets.
std::string leaf_page(std::initializer_list<std::pair<std::size_t, std::string>> parts) {
    std::string made(page_size, '\0');
    made[0] = '\x0d';
    for (const auto& [at, bytes] : parts) made.replace(at, bytes.size(), bytes);
    return made;
}

std::string bytes(std::initializer_list<int> values) {
    std::string text;
    for (const int value : values) text += static_cast<char>(value);
    return text;
}

TEST(PageRowsTest, BrokenPagesHaveNoRows) {
    struct Case {
        const char* name;
        std::string page;
        std::size_t cells = 0;
    };
    const std::string endless(9, '\xff');
    const Case cases[] = {
        {"empty", ""},
        {"too short", std::string(page_size - 1, '\x0d')},
        {"too long", std::string(page_size + 1, '\x0d')},
        {"all one byte", std::string(page_size, '\x0d')},
        {"no cells", leaf_page({})},
        {"an interior page", std::string(page_size, '\x05')},
        {"more pointers than a page has room for", leaf_page({{3, bytes({0xff, 0xff})}})},
        {"a cell in the header", leaf_page({{3, bytes({0, 1, 0, 0, 0, 0, 2})}})},
        {"a cell behind the page", leaf_page({{3, bytes({0, 1, 0, 0, 0, 0xff, 0xff})}})},
        {"a cell at the page's last byte", leaf_page({{3, bytes({0, 1, 0, 0, 0, 0x0f, 0xff})}, {4095, "\x7f"}})},
        {"a size of nine bytes", leaf_page({{3, bytes({0, 1, 0, 0, 0, 0x0f, 0})}, {0xf00, endless + endless}})},
        {"a record that ends behind the page",
         leaf_page({{3, bytes({0, 1, 0, 0, 0, 0x0f, 0xf0})}, {0xff0, "\x7f\x01"}})},
        {"a record of nothing", leaf_page({{3, bytes({0, 1, 0, 0, 0, 0x0f, 0xf0})}, {0xff0, bytes({0, 1})}}), 1},
        {"a header longer than the record",
         leaf_page({{3, bytes({0, 1, 0, 0, 0, 0x0f, 0xf0})}, {0xff0, "\x05\x01\x7f"}}), 1},
    };
    for (const Case& each : cases) {
        const auto cells = cells_of(each.page);
        EXPECT_EQ(cells.size(), each.cells) << each.name;
        for (const PageCell& cell : cells) {
            EXPECT_FALSE(event_in(each.page, cell, &no_page)) << each.name;
            EXPECT_FALSE(epoch_in(each.page, cell, {})) << each.name;
        }
    }
}

class RealPagesTest : public StoreSalvageTest {
protected:
    RealPagesTest() {
        for (int n = 0; n < 6; ++n) {
            add(draft("", "{\"n\":" + std::to_string(n) + ",\"x\":\"" + test::filler(n == 3 ? 9'000U : 200U) + "\"}"));
        }
        settle();
        file = test::content_of(settings.path);
    }
    std::string page_number(std::uint32_t number) const {
        const std::size_t at = (std::size_t{number} - 1) * page_size;
        return number == 0 || at >= file.size() ? std::string() : file.substr(at, page_size);
    }
    /// All events in a page's text, with their digests proven.
    int sound_rows(const std::string& text) {
        int sound = 0;
        for (const PageCell& cell : cells_of(text)) {
            (void)epoch_in(text, cell, {});
            const auto row = event_in(text, cell, [this](std::uint32_t n) { return page_number(n); });
            if (row && row->state == RowState::whole && sha(unpacker.unpacked(row->body)) == row->digest) ++sound;
        }
        return sound;
    }
    std::string file;
    Unpacker unpacker;
};

TEST_F(RealPagesTest, AreReadToTheLastEvent) {
    int found = 0;
    for (std::uint32_t number = 1; number <= file.size() / page_size; ++number)
        found += sound_rows(page_number(number));
    EXPECT_EQ(found, 6);
}

// Bits flipped, parts overwritten, chains that lead anywhere: what still has its digest is an event, all else is none.
TEST_F(RealPagesTest, WithDamageGiveNothingElse) {
    std::mt19937 random(1);
    const std::string whole = file;
    for (int round = 0; round < 20'000; ++round) {
        file = whole;
        const auto number = static_cast<std::uint32_t>(1 + random() % (whole.size() / page_size));
        const std::size_t begin = (number - 1) * page_size;
        for (std::size_t i = 0; i < 1 + random() % 8; ++i) {
            // Mostly where the structure is: the header, the pointers, the cells' beginnings.
            const std::size_t at = random() % 2 == 0 ? random() % 32 : random() % page_size;
            file[begin + at] = static_cast<char>(random());
        }
        EXPECT_LE(sound_rows(page_number(number)), 6);
    }
}

TEST_F(RealPagesTest, AChainThatLeadsBackEnds) {
    for (std::uint32_t number = 1; number <= file.size() / page_size; ++number) {
        for (const PageCell& cell : cells_of(page_number(number))) {
            const auto event = event_in(page_number(number), cell, [this](std::uint32_t n) { return page_number(n); });
            if (cell.overflow == 0 || !event) continue;
            const std::size_t next = (std::size_t{cell.overflow} - 1) * page_size;
            for (int i = 0; i < 4; ++i)
                file[next + static_cast<std::size_t>(i)] = static_cast<char>(cell.overflow >> (24 - 8 * i));
            EXPECT_FALSE(event_in(page_number(number), cell, [this](std::uint32_t n) { return page_number(n); }));
            return;
        }
    }
    FAIL() << "no event is larger than a page";
}

}  // namespace
}  // namespace tillpost
