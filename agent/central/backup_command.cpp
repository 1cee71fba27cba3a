// SPDX-License-Identifier: Apache-2.0
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include "agent/central/program.hpp"
#include "agent/central/schema.hpp"
#include "platform/database_copy.hpp"
#include "platform/files.hpp"

namespace tillpost {
namespace {

/// As SQL writes a text.
std::string sql_text(const std::string& text) {
    std::string result = "'";
    for (const char c : text) result += c == '\'' ? std::string("''") : std::string(1, c);
    return result + "'";
}

/// One file, without a WAL, on stable storage under its name only when it is whole.
Result<void> write_backup(const DatabaseCopy& copy, const std::string& target) {
    const std::string part = target + ".part";
    ::unlink(part.c_str());
    auto database = Database::open({copy.path(), central_application_id});
    if (!database) return database.error();
    if (auto done = (*database)->execute("VACUUM INTO " + sql_text(part)); !done) {
        ::unlink(part.c_str());
        return done.error().with_context("write " + part);
    }
    ::chmod(part.c_str(), 0640);
    if (auto done = sync_path(part); !done) return done;
    // Not rename(2), which would replace what somebody has put there meanwhile.
    if (::link(part.c_str(), target.c_str()) != 0) return system_error("name it " + target, errno);
    ::unlink(part.c_str());
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
    if (done) return 0;
    std::fprintf(stderr, "tillpost-central: backup: %s\n", done.error().message.c_str());
    return 2;
}

}  // namespace tillpost
