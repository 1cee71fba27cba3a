// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <utility>

#include "agent/central/program.hpp"
#include "agent/central/schema.hpp"
#include "platform/database_copy.hpp"
#include "platform/files.hpp"

namespace tillpost {
namespace {

/// Whatever comes in between, nothing half-written stays.
class Part {
public:
    explicit Part(std::string path) : path_(std::move(path)) {}
    ~Part() { ::unlink(path_.c_str()); }
    Part(const Part&) = delete;
    Part& operator=(const Part&) = delete;
    /// Empty, and nobody else's to read while it is written.
    Result<void> begin() {
        ::unlink(path_.c_str());
        const FileDescriptor file(::open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
        if (file.get() < 0) return system_error("create " + path_, errno);
        return {};
    }
    /// Unlike rename(2) it replaces nothing that somebody has put there meanwhile.
    Result<void> become(const std::string& target) {
        if (::renameat2(AT_FDCWD, path_.c_str(), AT_FDCWD, target.c_str(), RENAME_NOREPLACE) == 0) return {};
        return system_error("name it " + target, errno);
    }
    const std::string& path() const { return path_; }

private:
    std::string path_;
};

/// One file, without a WAL, on stable storage under its name only when it is whole.
Result<void> write_backup(const DatabaseCopy& copy, const std::string& target) {
    Part part(target + ".part");
    if (auto done = part.begin(); !done) return done;
    auto database = Database::open({copy.path(), central_application_id});
    if (!database) return database.error();
    auto vacuum = (*database)->prepare("VACUUM INTO ?1");
    if (!vacuum) return vacuum.error();
    if (auto done = vacuum->begin().bind_text(1, part.path()).run(); !done) {
        return done.error().with_context("write " + part.path());
    }
    if (auto done = sync_path(part.path()); !done) return done;
    if (auto done = part.become(target); !done) return done;
    return sync_path(directory_of(target));
}

Result<void> back_up(const CentralOptions& options) {
    const std::string& target = options.backup_file;
    if (!file_exists(options.database)) {
        return Error{Errc::invalid, options.database + " is not there: --db names the receiver's database"};
    }
    if (file_exists(target)) {
        return Error{Errc::invalid, target + " is there already: name a new file, so that an older backup stays whole"};
    }
    const std::string work = options.work.empty() ? directory_of(target) : options.work;
    const auto copy = DatabaseCopy::make({options.database, work, "the receiver"});
    if (!copy) return copy.error();
    return write_backup(**copy, target);
}

}  // namespace

int run_backup(const CentralOptions& options) {
    const Result<void> done = back_up(options);
    return done ? 0 : complain(done.error().with_context("backup"));
}

}  // namespace tillpost
