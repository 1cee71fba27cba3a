// SPDX-License-Identifier: Apache-2.0
#include "platform/database_copy.hpp"

#include <gtest/gtest.h>

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
