// SPDX-License-Identifier: Apache-2.0
#include "platform/files.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

#include "tests/support/process.hpp"
#include "tests/support/temp_dir.hpp"

namespace tillpost {
namespace {

TEST(ReadFileTest, GivesAllBytesUpToItsLimit) {
    const test::TempDir folder;
    const std::string bytes = std::string(100'000, 'x') + std::string("\0\n\xff", 3);
    const std::string path = folder.write("file", bytes);
    EXPECT_EQ(read_file(path, bytes.size()).value(), bytes);
    EXPECT_EQ(read_file(folder.write("empty", ""), 0).value(), "");
    const auto larger = read_file(path, bytes.size() - 1);
    ASSERT_FALSE(larger);
    EXPECT_EQ(larger.error().code, Errc::invalid);
}

TEST(ReadFileTest, NamesTheFileThatIsMissing) {
    const auto content = read_file("/nonexistent/file", 10);
    ASSERT_FALSE(content);
    EXPECT_EQ(content.error().message, "open /nonexistent/file: No such file or directory");
    EXPECT_FALSE(read_file("/", 10));
    EXPECT_FALSE(sync_path("/nonexistent/file"));
}

TEST(ReadFileTest, BoundsAFileThatNeverEnds) {
    const auto content = read_file("/dev/zero", 1'000'000);
    ASSERT_FALSE(content);
    EXPECT_EQ(content.error().code, Errc::invalid);
}

TEST(WriteFileTest, LeavesNothingBehindWhereItDoesNotFit) {
    const test::TempDir folder;
    const std::string path = folder.write("file", "as it was");
    test::Process child([&] {
        (void)std::signal(SIGXFSZ, SIG_IGN);
        const rlimit most{100, 100};
        if (::setrlimit(RLIMIT_FSIZE, &most) != 0) ::_exit(2);
        ::_exit(write_file(path, std::string(1'000, 'x')) ? 1 : 0);
    });
    EXPECT_EQ(child.wait(), 0);
    EXPECT_EQ(files_beginning_with(path), std::vector<std::string>{path});
    EXPECT_EQ(test::content_of(path), "as it was");
}

TEST(SyncPathTest, SyncsFilesAndFolders) {
    const test::TempDir folder;
    EXPECT_TRUE(sync_path(folder.write("file", "x")));
    EXPECT_TRUE(sync_path(folder.path()));
}

TEST(WriteFileTest, HasItsModeWhateverAKillHasLeft) {
    const test::TempDir folder;
    const std::string path = folder.file("key");
    struct stat facts {};
    for (const mode_t mode : {0600, 0644}) {
        folder.write("key.new", "half a key that others can read");
        ASSERT_EQ(::chmod((path + ".new").c_str(), 0666), 0);
        ASSERT_TRUE(write_file(path, "whole", mode));
        ASSERT_EQ(::stat(path.c_str(), &facts), 0);
        EXPECT_EQ(facts.st_mode & 0777, mode);
        EXPECT_EQ(read_file(path, 100).value(), "whole");
    }
    ASSERT_TRUE(write_file(path, "again"));
    ASSERT_TRUE(keep_file_of_size(folder.file("ballast"), 4096));
    for (const std::string& each : {path, folder.file("ballast")}) {
        ASSERT_EQ(::stat(each.c_str(), &facts), 0);
        EXPECT_EQ(facts.st_mode & 0777, 0600U) << each;
    }
    EXPECT_FALSE(file_exists(path + ".new"));
}

TEST(DirectoryOfTest, IsThePartBeforeTheLastSlash) {
    EXPECT_EQ(directory_of("a"), ".");
    EXPECT_EQ(directory_of("/a"), "/");
    EXPECT_EQ(directory_of("a/b"), "a");
    EXPECT_EQ(directory_of("/a/b/c"), "/a/b");
    EXPECT_EQ(directory_of(""), ".");
}

TEST(FileDescriptorTest, ClosesOnceAndMovesAway) {
    int ends[2];
    ASSERT_EQ(::pipe(ends), 0);
    {
        FileDescriptor read_end(ends[0]);
        FileDescriptor moved(std::move(read_end));
        FileDescriptor write_end(ends[1]);
        moved = std::move(write_end);  // closes ends[0]
        EXPECT_EQ(::fcntl(ends[0], F_GETFD), -1);
        EXPECT_NE(::fcntl(ends[1], F_GETFD), -1);
        EXPECT_EQ(moved.get(), ends[1]);
    }
    EXPECT_EQ(::fcntl(ends[1], F_GETFD), -1);
}

TEST(SystemErrorTest, TellsAFullDiskFromTheRest) {
    EXPECT_EQ(system_error("write", ENOSPC).code, Errc::full);
    EXPECT_EQ(system_error("write", EDQUOT).code, Errc::full);
    EXPECT_NE(system_error("write", EFBIG).message.find("LimitFSIZE="), std::string::npos);
    EXPECT_EQ(system_error("write", EIO).code, Errc::io);
    EXPECT_EQ(system_error("write x", EIO).message, "write x: Input/output error");
    EXPECT_EQ(system_error("write x", EIO).with_context("store").message, "store: write x: Input/output error");
}

TEST(ErrcTest, HasASentenceForEachValue) {
    for (int code = static_cast<int>(Errc::cancelled); code <= static_cast<int>(Errc::unreadable); ++code) {
        EXPECT_NE(make_error_code(static_cast<Errc>(code)).message(), "unknown") << code;
    }
}

}  // namespace
}  // namespace tillpost
