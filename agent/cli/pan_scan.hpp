// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <iosfwd>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "agent/event/redaction/card_finder.hpp"
#include "agent/journal/packed_body.hpp"

/// Search for card data in files, for the auditor and for whoever wants to know (agent/event/redaction/README.md says
/// what is found, and what is not).
namespace tillpost::cli {

struct PanScanReport {
    struct Found {
        std::string file;
        std::uint64_t offset = 0;  ///< Of the event's body where that lies packed
        std::string what;          ///< "visa", "card number", "track", "security code, PIN or track"
        std::string last;          ///< At most the last four digits; nothing else of a finding is kept.
    };
    struct Skipped {
        std::string file;
        std::string why;
    };
    /// An event, a record in quarantine or a line set aside that has some of what was found in a database's bytes.
    struct Holder {
        std::string database;
        bool of_central = false;  ///< A receiver's
        bool set_aside = false;   ///< A damaged journal: nothing is erased there.
        std::string id;           ///< As `tillpost journal erase` or `tillpost-central erase` takes it
        std::string what;         ///< As above, of the first finding …
        std::string last;
    };
    /// What a journal keeps of a till's business day beside the events has some of it.
    struct Day {
        std::string database;
        std::string business_date, till;  ///< Both "": of all days
        std::string what, last;
    };
    static constexpr std::size_t most_listed = 10'000;

    std::vector<Found> found;       ///< The first ones, most_listed at most.
    std::uint64_t found_count = 0;  ///< All.
    std::vector<Skipped> skipped;   ///< Links, sockets: what is behind them is no file of that folder.
    std::vector<Skipped> closed;    ///< Compressed and encrypted files: what is in them is not known.
    std::vector<Skipped> unread;    ///< That could not be read.
    /// Files that were searched and may be journals, but for those set aside, or receivers' databases: where the
    /// header does not say it yet, both.
    std::vector<std::string> journals, centrals;
    std::vector<std::string> set_aside;  ///< Damaged journals among the files
    std::set<std::string> cut_off;       ///< Files with packed bodies that go on elsewhere: their rows have all of it.
    std::vector<Holder> holders;         ///< At most most_listed
    std::vector<Day> days;               ///< The same
    std::uint64_t files = 0;
    std::uint64_t bytes = 0;

    /// In the bytes of files; if there is nothing, in rows: what lies packed there on several pages.
    std::uint64_t count() const { return found_count > 0 ? found_count : holders.size() + days.size(); }
};

class PanScan {
public:
    /// `own`: card numbers that the configuration adds.
    explicit PanScan(std::vector<OwnCards> own = {}) : finder_(std::move(own)) {}
    /// A file (a database with its WAL), or a folder with all that is in it, links not followed. "-" is standard input.
    void scan(const std::string& path);
    /// Whether something was found in the database's file or WAL, or may be in what lies packed there.
    bool found_in(const std::string& database) const;
    /// Content that a database holds, by its id: noted if there is something in it.
    enum class Of { journal, central, set_aside };
    void look_into(const std::string& database, Of of, const std::string& id, std::string_view content);
    void look_into_day(const std::string& journal, std::string business_date, std::string till, std::string_view state);
    /// Why the rows of a database could not be looked into.
    void note_unread(const std::string& database, const std::string& why) { report_.unread.push_back({database, why}); }
    const PanScanReport& report() const { return report_; }

private:
    void scan_file(const std::string& path);
    void scan_stream(std::istream& stream, const std::string& name);
    /// Notes what begins in the first `size` bytes; gives where to go on.
    std::size_t take(std::string_view text, std::size_t size, std::uint64_t offset, const std::string& name);
    /// The same of what is packed. Gives where that lies: parts of it may lie there as they are.
    using Places = std::vector<std::pair<std::size_t, std::size_t>>;
    Places take_packed(std::string_view text, std::size_t size, std::uint64_t offset, const std::string& name);
    void note(const std::string& name, std::uint64_t offset, const Finding& finding);

    bool may_be_database(const std::string& path) const;

    CardFinder finder_;
    PackedFinder packed_;
    PanScanReport report_;
    std::set<std::string> named_;  ///< Files: each is searched once.
};

/// 0 all was searched and nothing found, 1 card data found, 2 something could not be searched, or there was nothing to
/// search; 1 if both.
int exit_code_of(const PanScanReport& report);
/// What the report says in words, for the auditor's file.
std::string text_of(const PanScanReport& report);
/// One line of JSON.
std::string json_of(const PanScanReport& report);

struct PanScanOptions {
    std::string config;
    std::vector<std::string> paths;  ///< None: the folder of the configuration's journal.
    std::string work;                ///< Folder for the copy of a journal; "": beside it
    bool json = false;
};

/// `tillpost pan-scan`. Gives the report's exit code, 2 if it could not begin.
int pan_scan(const PanScanOptions& options);

}  // namespace tillpost::cli
