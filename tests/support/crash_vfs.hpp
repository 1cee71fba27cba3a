// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

/// A disk in memory for SQLite, which writes down all that is done to it: crash_states.hpp makes of the log what may
/// stand on a real disk after a power cut.
namespace tillpost::test {

/// What a disk holds: name -> content.
using DiskImage = std::map<std::string, std::string>;

struct DiskOperation {
    enum class Kind {
        write,
        truncate,
        sync,
        sync_failed,  ///< What was written to the file and not synced may be read, but never comes to the disk.
        create,
        remove,
        sync_directory,         ///< After the sync of a new journal or WAL, as SQLite's unix VFS does it …
        sync_directory_remove,  ///< … and after an unlink that asked for it (synchronous=EXTRA).
    };
    Kind kind;
    int file = 0;             ///< A file's number outlives its name: first those of the image, in its order.
    std::string name{};       ///< create, remove
    std::int64_t offset = 0;  ///< write; truncate: the new size
    std::string bytes{};      ///< write
    bool main_file = false;   ///< Of the database, not of its WAL or rollback journal.
};
using DiskLog = std::vector<DiskOperation>;

/// Applies a write or a truncation.
void carry_out(const DiskOperation& operation, std::string& content);

/// SQLite's default VFS from install() on. One thread, no locks: one connection is all the journal has.
class CrashDisk {
public:
    /// What SQLite is told about the device; it writes more carefully the less it is promised.
    struct Device {
        const char* name;
        int sector_size;
        bool powersafe_overwrite;
    };

    static CrashDisk& install();

    /// Replaces everything; nothing may be open. The log goes on behind `log`, whose operations are done to the image.
    void load(DiskImage image, const DiskLog& log = {});
    void set_device(const Device& device) { device_ = device; }

    const DiskLog& log() const { return log_; }
    /// Without it nothing is written down.
    void record(bool on) { recording_ = on; }
    /// What a process sees.
    DiskImage image() const;
    bool holds(const std::string& name) const { return names_.count(name) != 0; }

    /// Durably, as the agent does it beside SQLite; nothing if there is none.
    void remove(const std::string& name);

    /// From now on no file grows: SQLITE_FULL.
    void fill() { full_ = true; }
    void make_space() { full_ = false; }

private:
    friend struct CrashDiskMethods;
    struct File {
        int number = 0;
        std::string name;
        std::string content;
    };
    void put_down(DiskOperation operation);
    void redo(const DiskOperation& operation);
    File* create(const std::string& name);
    File* find(const std::string& name);

    std::vector<std::unique_ptr<File>> files_;  ///< Removed ones too: they may be open.
    std::map<std::string, File*> names_;
    DiskLog log_;
    Device device_{"", 4096, true};
    bool recording_ = true;
    bool full_ = false;
    std::uint64_t random_ = 1;
};

/// The file control by which a fault VFS in front says that it has failed a sync (DiskOperation::Kind::sync_failed).
constexpr int fcntl_sync_failed = 0x54494c4c;

}  // namespace tillpost::test
