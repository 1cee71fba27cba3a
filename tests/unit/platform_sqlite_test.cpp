// SPDX-License-Identifier: Apache-2.0
#include "platform/sqlite.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <new>
#include <vector>

#include "tests/support/process.hpp"
#include "tests/support/temp_dir.hpp"

namespace {

struct SyncedFile {
    ino_t inode;
    off_t size;
    bool operator==(const SyncedFile&) const = default;
};
std::vector<SyncedFile>* syncs_noted = nullptr;

SyncedFile status_of(const std::string& path) {
    struct stat found {};
    return ::stat(path.c_str(), &found) == 0 ? SyncedFile{found.st_ino, found.st_size} : SyncedFile{};
}

}  // namespace

/// In the C library's place, for this program and for SQLite.
extern "C" int fsync(int descriptor) {
    struct stat found {};
    if (syncs_noted != nullptr && ::fstat(descriptor, &found) == 0)
        syncs_noted->push_back({found.st_ino, found.st_size});
    return static_cast<int>(::syscall(SYS_fsync, descriptor));
}

namespace tillpost {
namespace {

constexpr std::int32_t ours = 0x54494c4c;

class DatabaseTest : public ::testing::Test {
protected:
    Result<std::unique_ptr<Database>> open(std::int32_t application_id = ours) {
        return Database::open({path, application_id});
    }
    /// A file as another program left it: made by the given SQL, with no connection open.
    void make_foreign(const std::string& sql) {
        test::Process child([&] {
            auto made = Database::open({path, 0});
            if (!made || !(*made)->execute(sql)) ::_exit(1);
        });
        ASSERT_EQ(child.wait(), 0);
    }

    test::TempDir folder;
    std::string path = folder.file("journal.db");
};

TEST_F(DatabaseTest, IsSetUpForDurability) {
    const auto database = open();
    ASSERT_TRUE(database) << database.error().message;
    EXPECT_EQ((*database)->integer("PRAGMA synchronous").value(), 3);
    EXPECT_EQ((*database)->integer("PRAGMA application_id").value(), ours);
    EXPECT_EQ((*database)->integer("PRAGMA wal_autocheckpoint").value(), 0);
    ASSERT_TRUE((*database)->execute("CREATE TABLE t(x)"));
    EXPECT_TRUE(std::filesystem::exists(path + "-wal"));
    EXPECT_FALSE(std::filesystem::exists(path + "-shm")) << "EXCLUSIVE needs no shared memory";
}

// [durable-1] Before SQLite comes: it syncs no directory but behind its own journals' removal.
TEST_F(DatabaseTest, ANewFileAndItsNameAreOnTheDiskBeforeAnythingIsWritten) {
    std::vector<SyncedFile> synced;
    syncs_noted = &synced;
    const auto database = open();
    syncs_noted = nullptr;
    ASSERT_TRUE(database) << database.error().message;
    ASSERT_GE(synced.size(), 2U);
    EXPECT_EQ(synced[0], (SyncedFile{status_of(path).inode, 0}));
    EXPECT_EQ(synced[1].inode, status_of(folder.path()).inode);
}

TEST_F(DatabaseTest, AnOpeningWritesNothingOfItsOwn) {
    ASSERT_TRUE(open());
    const auto written = std::filesystem::last_write_time(path);
    const auto database = open();
    ASSERT_TRUE(database);
    EXPECT_EQ((*database)->wal_pages(), 0);
    EXPECT_EQ(std::filesystem::file_size(path + "-wal"), 0U);
    EXPECT_EQ(std::filesystem::last_write_time(path), written);
}

TEST_F(DatabaseTest, ReadsBackWhatWasBound) {
    const auto database = open();
    ASSERT_TRUE(database);
    ASSERT_TRUE((*database)->execute("CREATE TABLE t(n INTEGER, s TEXT, b BLOB, e BLOB, z TEXT) STRICT"));
    const std::string bytes("\0\xff'\"", 4);
    auto insert = (*database)->prepare("INSERT INTO t VALUES(?,?,?,?,?)");
    ASSERT_TRUE(insert);
    insert->begin().bind(1, INT64_MIN).bind_text(2, "Käse").bind_blob(3, bytes).bind_blob(4, {}).bind_null(5);
    ASSERT_TRUE(insert->run());
    EXPECT_EQ((*database)->last_rowid(), 1);
    EXPECT_EQ((*database)->changes(), 1);
    auto select = (*database)->prepare("SELECT n,s,b,e,z FROM t");
    ASSERT_TRUE(select);
    ASSERT_TRUE(select->begin().step().value());
    EXPECT_EQ(select->integer(0), INT64_MIN);
    EXPECT_EQ(select->bytes(1), "Käse");
    EXPECT_EQ(select->bytes(2), bytes);
    EXPECT_FALSE(select->is_null(3));
    EXPECT_EQ(select->bytes(3), "");
    EXPECT_TRUE(select->is_null(4));
    EXPECT_FALSE(select->step().value());
}

TEST_F(DatabaseTest, RefusesASecondOpener) {
    const auto database = open();
    ASSERT_TRUE(database);
    test::Process other([&] {
        const auto second = Database::open({path, ours});
        ::_exit(second ? 1 : second.error().code == Errc::rejected ? 0 : 2);
    });
    EXPECT_EQ(other.wait(), 0);
    const auto here = open();
    ASSERT_FALSE(here);
    EXPECT_EQ(here.error().code, Errc::rejected) << here.error().message;
    EXPECT_TRUE((*database)->execute("CREATE TABLE t(x)")) << "the first is not disturbed";
}

TEST_F(DatabaseTest, RefusesAFileThatIsNoDatabaseAndLeavesItAlone) {
    const std::string text = "a shopping list\n" + std::string(4096, 'x');
    folder.write("journal.db", text);
    const auto database = open();
    ASSERT_FALSE(database);
    EXPECT_EQ(database.error().code, Errc::corrupt) << database.error().message;
    EXPECT_TRUE(test::content_of(path) == text);
}

struct Foreign {
    const char* name;
    const char* sql;
};

class ForeignFileTest : public DatabaseTest, public ::testing::WithParamInterface<Foreign> {};

INSTANTIATE_TEST_SUITE_P(
    Files, ForeignFileTest,
    ::testing::Values(Foreign{"rollback_journal",
                              "PRAGMA journal_mode=DELETE; CREATE TABLE mail(x); INSERT INTO mail VALUES(1)"},
                      Foreign{"write_ahead_log", "CREATE TABLE mail(x); INSERT INTO mail VALUES(1)"},
                      Foreign{"other_application_id", "PRAGMA journal_mode=DELETE; PRAGMA application_id=99"},
                      Foreign{"other_id_and_tables", "PRAGMA application_id=99; CREATE TABLE mail(x)"}),
    [](const auto& which) { return which.param.name; });

TEST_P(ForeignFileTest, IsRefusedWithItsBytesUntouched) {
    make_foreign(GetParam().sql);
    const std::string before = test::content_of(path);
    ASSERT_FALSE(before.empty());
    const std::string log_before = test::content_of(path + "-wal");
    for (int i = 0; i < 2; ++i) {
        const auto database = open();
        ASSERT_FALSE(database);
        EXPECT_EQ(database.error().code, Errc::corrupt) << database.error().message;
        EXPECT_NE(database.error().message.find("another program"), std::string::npos) << database.error().message;
    }
    EXPECT_TRUE(test::content_of(path) == before);
    EXPECT_TRUE(test::content_of(path + "-wal") == log_before);
}

TEST_F(DatabaseTest, RefusesAForeignFileWhoseLogIsNotMovedYetAndKeepsTheLog) {
    test::Process child([&] {
        auto made = Database::open({path, 99});
        if (!made || !(*made)->execute("CREATE TABLE mail(x); INSERT INTO mail VALUES(1)")) ::_exit(1);
        ::kill(::getpid(), SIGKILL);
    });
    ASSERT_EQ(child.wait(), 128 + SIGKILL);
    const std::string before = test::content_of(path);
    const std::string log_before = test::content_of(path + "-wal");
    ASSERT_FALSE(log_before.empty());
    EXPECT_FALSE(open());
    EXPECT_TRUE(test::content_of(path) == before);
    EXPECT_TRUE(test::content_of(path + "-wal") == log_before);
}

TEST_F(DatabaseTest, RefusesASymbolicLink) {
    ASSERT_EQ(::symlink(folder.file("elsewhere").c_str(), path.c_str()), 0);
    EXPECT_FALSE(open());
    EXPECT_FALSE(std::filesystem::exists(folder.file("elsewhere")));
}

// A data disk, to which the usual folder is a link.
TEST_F(DatabaseTest, TakesAFolderBehindASymbolicLink) {
    ASSERT_EQ(::mkdir(folder.file("disk").c_str(), 0700), 0);
    ASSERT_EQ(::symlink(folder.file("disk").c_str(), folder.file("usual").c_str()), 0);
    Database::Settings settings;
    settings.path = folder.file("usual") + "/journal.db";
    auto opened = Database::open(settings);
    ASSERT_TRUE(opened) << opened.error().message;
    ASSERT_TRUE((*opened)->execute("CREATE TABLE t (a)"));
    EXPECT_TRUE((*opened)->in_place());
    opened->reset();
    EXPECT_TRUE(std::filesystem::exists(folder.file("disk") + "/journal.db"));
    EXPECT_TRUE(Database::open_damaged(settings.path));
}

TEST_F(DatabaseTest, NamesAFolderThatIsMissing) {
    const auto database = Database::open({folder.file("missing/journal.db"), ours});
    ASSERT_FALSE(database);
    EXPECT_NE(database.error().message.find("missing/journal.db"), std::string::npos);
}

constexpr Database::Migration steps[] = {
    {"first", "CREATE TABLE a(x); INSERT INTO a VALUES(1)"},
    {"second", "ALTER TABLE a ADD COLUMN y"},
    {"third", "CREATE TABLE b(x); UPDATE a SET y = 2"},
};

TEST_F(DatabaseTest, MigratesFromEachVersionToTheNewest) {
    for (int from = 0; from <= 3; ++from) {
        path = folder.file("from" + std::to_string(from));
        {
            const auto database = open();
            ASSERT_TRUE((*database)->migrate(steps, from));
            EXPECT_EQ((*database)->integer("PRAGMA user_version").value(), from);
        }
        const auto database = open();
        ASSERT_TRUE(database);
        const auto migrated = (*database)->migrate(steps, 3);
        ASSERT_TRUE(migrated) << migrated.error().message;
        EXPECT_EQ((*database)->integer("PRAGMA user_version").value(), 3);
        EXPECT_EQ((*database)->integer("SELECT y FROM a").value(), 2);
        EXPECT_EQ((*database)->integer("SELECT count(*) FROM a").value(), 1);
        EXPECT_TRUE((*database)->migrate(steps, 3)) << "again: nothing to do";
    }
}

TEST_F(DatabaseTest, RefusesAFileOfANewerProgram) {
    const auto database = open();
    ASSERT_TRUE((*database)->migrate(steps, 3));
    const auto older = (*database)->migrate(steps, 2);
    ASSERT_FALSE(older);
    EXPECT_EQ(older.error().code, Errc::invalid);
    EXPECT_EQ((*database)->integer("PRAGMA user_version").value(), 3);
}

TEST_F(DatabaseTest, UndoesAllStepsWhenOneFails) {
    const Database::Migration bad[] = {steps[0], {"bad", "CREATE TABLE b(x); INSERT INTO nowhere VALUES(1)"}, steps[2]};
    const auto database = open();
    const auto migrated = (*database)->migrate(bad, 3);
    ASSERT_FALSE(migrated);
    EXPECT_EQ(
        migrated.error().message,
        "bring the file to format 2, \"bad\" (it has format 0): no such table: nowhere (SQLite code 1); nothing is "
        "changed: keep a copy of the file, and start the former Tillpost again");
    EXPECT_EQ((*database)->integer("PRAGMA user_version").value(), 0);
    EXPECT_EQ((*database)->integer("SELECT count(*) FROM sqlite_schema").value(), 0);
    EXPECT_TRUE((*database)->migrate(steps, 3));
}

TEST_F(DatabaseTest, SaysWhenTheDiskIsFullAndGoesOnWhenItIsNot) {
    const auto database = open();
    ASSERT_TRUE((*database)->execute("CREATE TABLE t(x BLOB)"));
    (*database)->integer("PRAGMA max_page_count=20").value();
    auto insert = (*database)->prepare("INSERT INTO t VALUES(zeroblob(3000))");
    std::int64_t committed = 0;
    for (;;) {
        ASSERT_LT(committed, 100);
        ASSERT_TRUE((*database)->begin());
        const auto done = insert->begin().run();
        if (!done) {
            EXPECT_EQ(done.error().code, Errc::full) << done.error().message;
            break;
        }
        ASSERT_TRUE((*database)->commit());
        ++committed;
    }
    EXPECT_GT(committed, 0);
    EXPECT_TRUE((*database)->rollback());
    EXPECT_EQ((*database)->integer("SELECT count(*) FROM t").value(), committed);
    (*database)->integer("PRAGMA max_page_count=1000").value();
    ASSERT_TRUE((*database)->begin());
    EXPECT_TRUE(insert->begin().run());
    EXPECT_TRUE((*database)->commit());
    EXPECT_TRUE((*database)->rollback()) << "nothing to undo";
}

TEST_F(DatabaseTest, CountsTheLogsPagesUntilACheckpoint) {
    const auto database = open();
    ASSERT_TRUE((*database)->execute("CREATE TABLE t(x); INSERT INTO t VALUES(1)"));
    EXPECT_GT((*database)->wal_pages(), 0);
    ASSERT_TRUE((*database)->checkpoint());
    EXPECT_EQ((*database)->wal_pages(), 0);
    ASSERT_TRUE((*database)->execute("INSERT INTO t VALUES(2)"));
    EXPECT_GT((*database)->wal_pages(), 0);
}

// [durable-2] On a disk that is full by then, too: else nothing in the WAL could ever be moved, and nothing deleted.
TEST_F(DatabaseTest, HasThePlaceForACheckpointBeforeItCommits) {
    const auto database = open();
    ASSERT_TRUE(database);
    ASSERT_TRUE((*database)->execute("CREATE TABLE t(x BLOB)"));
    const auto on_disk = [this] {
        struct stat found {};
        EXPECT_EQ(::stat(path.c_str(), &found), 0);
        return found.st_blocks * 512;
    };
    const auto needed = [&] { return (*database)->integer("PRAGMA page_count").value() * 4096; };
    for (int round = 0; round < 3; ++round) {
        ASSERT_TRUE((*database)->begin());
        ASSERT_TRUE((*database)->execute("INSERT INTO t VALUES(zeroblob(3000000))"));
        ASSERT_TRUE((*database)->commit());
        EXPECT_GE(on_disk(), needed());
        EXPECT_LT(on_disk(), needed() + (2 << 20)) << "not much more than is needed";
        EXPECT_LT(std::filesystem::file_size(path), static_cast<std::size_t>(needed())) << "still in the WAL";
        if (round == 1) {
            ASSERT_TRUE((*database)->checkpoint());
        }
    }
}

// [durable-2] What deletes needs place, too: no other commit takes it, though it is free to be had.
TEST_F(DatabaseTest, KeepsPlaceForWhatDeletes) {
    Database::Settings settings{path, ours};
    settings.keeps_room = true;
    const auto database = Database::open(settings);
    ASSERT_TRUE(database) << database.error().message;
    const auto on_disk = [](const std::string& file) {
        struct stat found {};
        EXPECT_EQ(::stat(file.c_str(), &found), 0);
        return found.st_blocks * 512;
    };
    const auto needed = [&] { return (*database)->integer("PRAGMA page_count").value() * 4096; };
    EXPECT_GE(on_disk(path + "-wal"), 8 << 20);
    ASSERT_TRUE((*database)->execute("CREATE TABLE t(x BLOB)"));
    for (int round = 0; round < 3; ++round) {
        ASSERT_TRUE((*database)->begin());
        ASSERT_TRUE((*database)->execute("INSERT INTO t VALUES(zeroblob(3000000))"));
        ASSERT_TRUE((*database)->commit());
        EXPECT_GE(on_disk(path), needed() + (1 << 20)) << "behind what is committed";
        ASSERT_TRUE((*database)->checkpoint());
        EXPECT_GE(on_disk(path), needed() + (1 << 20)) << "a checkpoint cuts the file";
        EXPECT_GE(on_disk(path + "-wal"), 8 << 20);
    }
    ASSERT_TRUE((*database)->begin());
    ASSERT_TRUE((*database)->execute("INSERT INTO t VALUES(zeroblob(500000))"));
    const std::int64_t before = on_disk(path);
    ASSERT_TRUE((*database)->commit(Database::Spare::used));
    EXPECT_EQ(on_disk(path), before) << "it was there";
}

TEST_F(DatabaseTest, ChecksForeignKeys) {
    const auto database = open();
    ASSERT_TRUE((*database)->execute("CREATE TABLE a(id INTEGER PRIMARY KEY); CREATE TABLE b(a REFERENCES a(id))"));
    EXPECT_FALSE((*database)->execute("INSERT INTO b VALUES(7)"));
}

TEST_F(DatabaseTest, LosesNoCommitThatReturnedWhenItIsKilled) {
    std::int64_t acknowledged = 0;
    for (int round = 0; round < 5; ++round) {
        {
            test::Process child([this] {
                auto database = open();
                if (!database || !(*database)->execute("CREATE TABLE IF NOT EXISTS t(x INTEGER PRIMARY KEY)")) return;
                auto insert = (*database)->prepare("INSERT INTO t DEFAULT VALUES");
                for (;;) {
                    if (!(*database)->begin() || !insert->begin().run()) return;
                    if (!(*database)->commit()) return;
                    const std::string line = std::to_string((*database)->last_rowid()) + "\n";
                    if (::write(1, line.data(), line.size()) < 0) return;
                }
            });
            ASSERT_TRUE(test::wait_until([&] { return child.output().size() > 200; })) << child.errors();
            child.kill(SIGKILL);
            ASSERT_EQ(child.wait(), 128 + SIGKILL);
            std::string said = child.output();
            said.resize(said.rfind('\n'));
            const std::int64_t last = std::stoll(said.substr(said.rfind('\n') + 1));
            EXPECT_GT(last, acknowledged);
            acknowledged = last;
        }
        const auto database = open();
        ASSERT_TRUE(database) << database.error().message;
        const std::int64_t found = (*database)->integer("SELECT count(*) FROM t").value();
        EXPECT_GE(found, acknowledged);
        EXPECT_LE(found, acknowledged + 1) << "one commit may have returned to nobody";
    }
}

TEST_F(DatabaseTest, HasFunctionsOverBytesOfItsOwn) {
    auto database = open();
    ASSERT_TRUE(database);
    const auto size = [](std::string_view value) -> std::optional<std::size_t> {
        if (value == "no memory") throw std::bad_alloc();
        if (value == "too large") return std::size_t{1} << 62;
        return value.starts_with("keep") ? std::nullopt : std::optional(2 * value.size());
    };
    const auto twice = [](std::string_view value, char* to) {
        std::copy(value.begin(), value.end(), std::copy(value.begin(), value.end(), to));
        return value != "not after all";
    };
    ASSERT_TRUE((*database)->define({"twice", size, twice}));
    const auto is = [&database](const std::string& what) { return (*database)->integer("SELECT " + what); };
    EXPECT_EQ(is("twice(x'00ff') = x'00ff00ff'").value(), 1);
    EXPECT_EQ(is("twice(CAST('keep' AS BLOB)) = CAST('keep' AS BLOB)").value(), 1);
    EXPECT_EQ(is("twice('not after all') = 'not after all'").value(), 1);
    EXPECT_EQ(is("twice(NULL) IS NULL").value(), 1);
    EXPECT_EQ(is("twice(x'') IS x''").value(), 1) << "nothing is no NULL";
    for (const char* none : {"no memory", "too large"}) {
        const auto failed = is("twice('" + std::string(none) + "')");
        ASSERT_FALSE(failed) << none;
        EXPECT_EQ(failed.error().code, Errc::io) << "and not corrupt";
        EXPECT_NE(failed.error().message.find("out of memory"), std::string::npos) << failed.error().message;
    }
    EXPECT_EQ(is("twice('a') = CAST('aa' AS BLOB)").value(), 1) << "and goes on";
    EXPECT_FALSE((*database)->execute("CREATE TABLE t (a, b AS (twice(a)))")) << "no schema may name it";
}

}  // namespace
}  // namespace tillpost
