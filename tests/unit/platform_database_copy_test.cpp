// SPDX-License-Identifier: Apache-2.0
#include "platform/database_copy.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>

#include "tests/support/small_disk.hpp"
#include "tests/support/temp_dir.hpp"

namespace tillpost::test {
namespace {

const std::string content(1'000'003, 'x');  // several parts, and a rest

TEST(DatabaseCopyTest, HasTheWholeFileAndItsLog) {
    TempDir dir;
    const std::string database = dir.write("a.db", content);
    (void)dir.write("a.db-wal", "log");
    const auto copy = DatabaseCopy::make({database, dir.path(), "tillpostd"});
    ASSERT_TRUE(copy) << copy.error().message;
    EXPECT_EQ((*copy)->bytes(), static_cast<std::int64_t>(content.size()));
    EXPECT_EQ(content_of((*copy)->path()), content);
    EXPECT_EQ(content_of((*copy)->path() + "-wal"), "log");
}

// Of a link only the file was read, without the log; a pipe was read for ever.
TEST(DatabaseCopyTest, ReadsNothingButAFile) {
    TempDir dir;
    const std::string database = dir.write("a.db", content);
    std::filesystem::create_symlink(database, dir.file("link.db"));
    const auto link = DatabaseCopy::make({dir.file("link.db"), dir.path(), "tillpostd"});
    ASSERT_FALSE(link);
    EXPECT_NE(link.error().message.find("link.db is a symbolic link"), std::string::npos) << link.error().message;
    EXPECT_NE(link.error().message.find("name that, " + database), std::string::npos) << link.error().message;
    ASSERT_EQ(::mkfifo(dir.file("pipe.db").c_str(), 0600), 0);
    for (const std::string& other : {dir.file("pipe.db"), dir.path(), std::string("/dev/zero")}) {
        const auto copy = DatabaseCopy::make({other, dir.path(), "tillpostd"});
        ASSERT_FALSE(copy) << other;
        EXPECT_EQ(copy.error().message, other + " is no file");
    }
}

TEST(DatabaseCopyTest, SaysThatTheDiskIsFullWhenItIsOnTheWay) {
    const SmallDisk disk(8, 1024);
    if (!disk.mounted()) GTEST_SKIP() << disk.why_not();
    TempDir dir;
    const std::string database = dir.write("a.db", content);
    disk.fill_up_to(content.size() / 2);
    const auto copy = DatabaseCopy::make({database, disk.path(), "tillpostd"});
    ASSERT_FALSE(copy);
    EXPECT_EQ(copy.error().code, Errc::full) << copy.error().message;
    EXPECT_NE(copy.error().message.find("No space left on device; make room"), std::string::npos)
        << copy.error().message;
    EXPECT_EQ(remove_left_copies(disk.path()), 0) << "nothing of it is left";
}

}  // namespace
}  // namespace tillpost::test
