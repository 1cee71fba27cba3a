// SPDX-License-Identifier: Apache-2.0
// [intact-1] The database's header (fileformat2, 1.3): whichever of its bits is flipped, the journal goes on.
#include "tests/support/sanitized.hpp"
#include "tests/support/temp_dir.hpp"
#include "tests/unit/salvage_fixture.hpp"

namespace tillpost {
namespace {

constexpr int events = 5;

class HeaderTest : public StoreSalvageTest {
protected:
    HeaderTest() {
        settings.path = memory.file("journal.db");  // 800 starts: no disk is to wait for
        open();
    }
    ~HeaderTest() override { store.reset(); }
    void put_back(const std::string& file, const std::string& witness) {
        store.reset();
        for (const auto& each : fs::directory_iterator(memory.path())) fs::remove_all(each.path());
        std::ofstream(settings.path, std::ios::binary) << file;
        std::ofstream(settings.path + ".witness", std::ios::binary) << witness;
    }
    /// As a start does it: opened, or set aside as damaged and salvaged.
    void start() {
        auto opened = Store::open(settings, clock);
        if (opened) store = std::move(*opened);
        if (opened) return;
        ASSERT_EQ(opened.error().code, Errc::corrupt) << opened.error().message;
        ASSERT_TRUE(was_ours(settings.path));
        ASSERT_NO_FATAL_FAILURE(salvage());
    }

    test::TempDir memory = test::TempDir::in_memory();
};

TEST_F(HeaderTest, EachFlippedBitIsHarmlessOrSalvaged) {
    settings.ballast_bytes = 0;
    add_many(events);
    settle();
    const std::string whole = test::content_of(settings.path);
    const std::string witness = test::content_of(settings.path + ".witness");
    for (std::size_t bit = 0; bit < 800; bit += test::sanitized ? 15 : 1) {
        SCOPED_TRACE("byte " + std::to_string(bit / 8) + ", bit " + std::to_string(bit % 8));
        std::string flipped = whole;
        flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << bit % 8));
        put_back(flipped, witness);
        ASSERT_NO_FATAL_FAILURE(start());
        ASSERT_EQ(numbers().size(), static_cast<std::size_t>(events));
        ASSERT_EQ(said_lost(), 0);
        add(draft("", "{\"n\":99}"));
        ASSERT_EQ(numbers().size(), static_cast<std::size_t>(events) + 1);
    }
}

TEST_F(HeaderTest, ANewerProgramsFileIsRefused) {
    tamper("CREATE TABLE of_a_newer_program (x); PRAGMA user_version=14");
    const auto opened = Store::open(settings, clock);
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, Errc::invalid);
    EXPECT_NE(opened.error().message.find("install the newer Tillpost again"), std::string::npos)
        << opened.error().message;
}

TEST_F(HeaderTest, AnotherProgramsDatabaseIsForeignAndKeptWithItsLog) {
    store.reset();
    const std::string file = dir.file("foreign.db");
    {
        auto made = Database::open({file, 0x1234});
        ASSERT_TRUE((*made)->execute("CREATE TABLE x(a); INSERT INTO x VALUES(1)"));
    }
    EXPECT_TRUE(is_foreign(file));
    EXPECT_FALSE(is_foreign(settings.path));
    EXPECT_NE(not_a_journal(file).value_or("").find("another program's database"), std::string::npos);
    EXPECT_NE(not_a_journal(dir.write("notes.txt", "mine")).value_or("").find("no database"), std::string::npos);
    for (const std::string& fine : {settings.path, dir.file("none.db"), dir.write("empty.db", "")})
        EXPECT_EQ(not_a_journal(fine), std::nullopt) << fine;
    const std::string before = test::content_of(file);
    const auto moved = set_aside(file, clock.now().wall, ".foreign-");
    ASSERT_TRUE(moved);
    EXPECT_NE(moved->find("foreign.db.foreign-"), std::string::npos);
    EXPECT_EQ(test::content_of(*moved), before);
    EXPECT_TRUE(files_set_aside(file).empty()) << "it is never salvaged";
}

}  // namespace
}  // namespace tillpost
