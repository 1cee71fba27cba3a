// SPDX-License-Identifier: Apache-2.0
#include <iostream>
#include <utility>

#include "agent/cli/commands.hpp"
#include "agent/cli/pan_scan.hpp"
#include "agent/control/configuration.hpp"
#include "agent/journal/offline/journal_file.hpp"
#include "platform/database_copy.hpp"
#include "platform/files.hpp"
#include "platform/sqlite.hpp"

namespace tillpost::cli {
namespace {

/// Bytes say where in a file; to take something out its event or record must be known. And what lies packed on several
/// pages of the file is whole in its row alone. The journal is copied for that (a daemon has it locked), which is why
/// it is done only for one in whose bytes something was found or is cut off.
Result<void> name_holders(PanScan& scan, const std::string& journal, const std::string& work) {
    auto file = JournalFile::open_copy(journal, work.empty() ? directory_of(journal) : work);
    if (!file) return file.error();
    const auto epochs = (*file)->epochs();
    if (!epochs) return epochs.error();
    for (const JournalFile::FileEpoch& epoch : *epochs) {
        const auto visit = [&](const JournalFile::Row& row) -> Result<void> {
            scan.look_into(journal, PanScan::Of::journal, event_id(epoch.summary.epoch, row.sequence), row.body);
            return {};
        };
        if (auto done = (*file)->each(epoch.summary.ordinal, {1, last_sequence}, visit); !done) return done;
    }
    auto held = (*file)->each_held([&](const JournalFile::HeldRow& row) {
        scan.look_into(journal, PanScan::Of::journal, row.id, row.content.bytes);
    });
    if (!held) return held;
    return (*file)->each_day([&](const JournalFile::DayRow& row) {
        scan.look_into_day(journal, std::string(row.business_date), std::string(row.till), row.state);
    });
}

Result<void> look_into_set_aside(PanScan& scan, const std::string& file, const std::string&) {
    return each_of_damaged(file, [&](std::uint32_t ordinal, const StoredRow& row) {
        const std::string id = "event " + std::to_string(row.sequence) + " of epoch " + std::to_string(ordinal);
        scan.look_into(file, PanScan::Of::set_aside, id, row.body);
    });
}

constexpr std::int64_t central_id = 0x54494c43;  // "TILC": agent/central/schema.hpp

/// The same of a receiver's database: its events' bodies, and the lines that it has set aside.
Result<void> name_holders_at_central(PanScan& scan, const std::string& path, const std::string& work) {
    const auto copy = DatabaseCopy::make({path, work.empty() ? directory_of(path) : work, "the receiver"});
    if (!copy) return copy.error();
    const auto database = Database::open_damaged((*copy)->path());
    if (!database) return database.error();
    const Result<std::int64_t> id = (*database)->integer("PRAGMA application_id");
    if (!id) return id.error();
    if (*id != central_id) return Error{Errc::invalid, path + " is no receiver's database"};
    auto rows = (*database)->prepare(
        "SELECT lower(hex(epoch.epoch)) || '-' || printf('%016d', position & 17592186044415), body FROM event "
        "JOIN epoch ON epoch.id = position >> 44 WHERE body IS NOT NULL UNION ALL "
        "SELECT 'A' || lower(substr(hex(digest), 1, 16)), line FROM set_aside");
    if (!rows) return rows.error();
    rows->begin();
    return rows->each([&](const Statement& row) {
        scan.look_into(path, PanScan::Of::central, std::string(row.bytes(0)), row.bytes(1));
    });
}

/// For each database in whose bytes something was found, or is cut off.
void name_all_holders(PanScan& scan, const std::string& work) {
    const auto name = [&scan, &work](const std::vector<std::string>& files, auto name_in) {
        for (const std::string& file : files) {
            if (!scan.found_in(file)) continue;
            const Result<void> done = name_in(scan, file, work);
            if (!done && done.error().code != Errc::invalid)
                scan.note_unread(file, "its rows, to name the events: " + done.error().message);
        }
    };
    name(std::vector<std::string>(scan.report().journals), name_holders);
    name(std::vector<std::string>(scan.report().centrals), name_holders_at_central);
    name(std::vector<std::string>(scan.report().set_aside), look_into_set_aside);
}

/// The agent writes to the journal's folder, and its device's key and certificate, which may lie elsewhere.
std::vector<std::string> paths_written(const Configuration& configuration) {
    const std::string folder = directory_of(configuration.journal.path);
    std::vector<std::string> paths{folder};
    for (const std::string& file : {configuration.device.key, configuration.device.certificate}) {
        if (directory_of(file) != folder && file_exists(file)) paths.push_back(file);
    }
    return paths;
}

}  // namespace

int pan_scan(const PanScanOptions& options) {
    constexpr int not_done = 2;
    std::vector<std::string> paths = options.paths;
    std::vector<OwnCards> own;
    // Files can be searched on a machine that has none.
    if (paths.empty() || file_exists(options.config)) {
        auto configuration = read_configuration(options.config);
        if (!configuration) {
            complain(configuration.error().message + (paths.empty() ? "\nor name the files and folders to be searched"
                                                                    : "\nits card_numbers are to be searched for, "
                                                                      "too: mend it, or name another with --config"));
            return not_done;
        }
        own = std::move(configuration->privacy.card_numbers);
        if (paths.empty()) paths = paths_written(*configuration);
    }
    PanScan scan(std::move(own));
    for (const std::string& path : paths) scan.scan(path);
    name_all_holders(scan, options.work);
    const PanScanReport& report = scan.report();
    std::cout << (options.json ? json_of(report) : text_of(report)) << std::flush;
    if (!std::cout) {
        complain("the report could not be written");
        return not_done;
    }
    if (report.files == 0) complain("nothing was searched: this says nothing of what is there");
    return exit_code_of(report);
}

}  // namespace tillpost::cli
