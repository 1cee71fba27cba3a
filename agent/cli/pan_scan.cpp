// SPDX-License-Identifier: Apache-2.0
#include "agent/cli/pan_scan.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <system_error>

#include "agent/status/text.hpp"

namespace tillpost::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t block = 256 * 1024;
// What belongs together is within this many bytes: a number with its label, a track.
constexpr std::size_t overlap = 4 * 1024;
constexpr std::size_t shown_digits = 4;

std::string what_of(const Finding& finding) {
    switch (finding.kind) {
        case Finding::Kind::track: return "track";
        case Finding::Kind::secret: return "security code, PIN or track";
        case Finding::Kind::number: break;
    }
    return finding.brand.empty() ? "card number" : std::string(finding.brand);
}

/// Why a search of its bytes would say nothing; "" if it says something.
std::string unsearchable(std::string_view begin, const std::string& path) {
    if (begin.starts_with("\x1f\x8b")) return "compressed (gzip): unpack it and search that";
    if (begin.starts_with("\x28\xb5\x2f\xfd")) return "compressed (zstd): unpack it and search that";
    if (begin.starts_with("PK\x03\x04")) return "compressed (zip): unpack it and search that";
    if (begin.starts_with("\xfd"
                          "7zXZ"))
        return "compressed (xz): unpack it and search that";
    if (path.ends_with(".tillpost")) return "encrypted for central (export): search central's file";
    return "";
}

/// By its header (fileformat2, 1.3): the magic string, and the application's id, which may still be in the WAL.
bool is_database_of(std::string_view begin, std::string_view application) {
    constexpr std::size_t id_at = 68;
    return begin.starts_with("SQLite format 3") &&
           (begin.substr(id_at) == application || begin.substr(id_at) == std::string_view("\0\0\0\0", 4));
}

bool is_set_aside(const std::string& path) {
    return path.find(".db.damaged-") != std::string::npos || path.find(".db.salvaged-") != std::string::npos;
}

std::string last_of(const Finding& finding) {
    return finding.digits.substr(finding.digits.size() - std::min(shown_digits, finding.digits.size()));
}

std::string shown(const std::string& what, const std::string& last) {
    return what + (last.empty() ? "" : " ************" + last);
}

/// A place near the end at which nothing is cut in two: the start of an object or line, or a void. A line that begins
/// with a blank or quote is one of what is written over several: what names its value stands before it.
std::size_t place_to_cut(std::string_view text) {
    const std::size_t last = text.size() - overlap;
    const std::string_view starts("{\n\0", 3);
    const auto goes_on = [text](std::size_t at) {
        return text[at] == '\n' && std::string_view(" \t\r\n\"]").find(text[at + 1]) != std::string_view::npos;
    };
    const auto is_near = [last](std::size_t at) { return at != std::string_view::npos && at >= last / 2; };
    const std::size_t nearest = text.substr(0, last).find_last_of(starts);
    std::size_t found = nearest;
    while (is_near(found) && goes_on(found)) found = text.substr(0, found).find_last_of(starts);
    if (is_near(found)) return found;
    return is_near(nearest) ? nearest : last;
}

}  // namespace

void PanScan::scan(const std::string& path) {
    if (path == "-") return scan_stream(std::cin, "standard input");
    std::error_code error;
    const fs::file_status status = fs::status(path, error);
    if (status.type() != fs::file_type::directory) {
        if (fs::exists(status) && !named_.insert(path).second) return;
        if (fs::exists(status)) {
            scan_file(path);
            if (may_be_database(path) && fs::exists(path + "-wal", error)) scan(path + "-wal");
            return;
        }
        report_.unread.push_back({path, error ? error.message() : "is not there"});
        return;
    }
    fs::recursive_directory_iterator entry(path, error);
    if (error) {
        report_.unread.push_back({path, error.message()});
        return;
    }
    while (entry != fs::recursive_directory_iterator()) {
        const std::string name = entry->path();
        const fs::file_status each = entry->symlink_status(error);
        if (fs::is_symlink(each)) {
            report_.skipped.push_back({name, "a link"});
        } else if (fs::is_regular_file(each)) {
            scan_file(name);
        } else if (!fs::is_directory(each)) {
            report_.skipped.push_back({name, "a socket or device"});
        }
        entry.increment(error);
        if (error) {
            report_.unread.push_back({name, "what comes behind it: " + error.message()});
            return;
        }
    }
}

bool PanScan::may_be_database(const std::string& path) const {
    const auto last_is = [&path](const std::vector<std::string>& files) {
        return !files.empty() && files.back() == path;
    };
    return last_is(report_.journals) || last_is(report_.centrals) || last_is(report_.set_aside);
}

void PanScan::scan_file(const std::string& path) {
    std::error_code error;
    if (!fs::is_regular_file(fs::status(path, error))) {
        report_.skipped.push_back({path, "a socket or device"});
        return;
    }
    std::ifstream file(path, std::ios::binary);
    if (!file) {
        report_.unread.push_back({path, std::generic_category().message(errno)});
        return;
    }
    std::string begin(72, '\0');
    file.read(begin.data(), static_cast<std::streamsize>(begin.size()));
    const std::string why = unsearchable(begin, path);
    if (!why.empty()) {
        report_.closed.push_back({path, why});
        return;
    }
    if (is_database_of(begin, "TILL")) (is_set_aside(path) ? report_.set_aside : report_.journals).push_back(path);
    if (is_database_of(begin, "TILC")) report_.centrals.push_back(path);
    file.clear();
    file.seekg(0);
    scan_stream(file, path);
}

void PanScan::scan_stream(std::istream& stream, const std::string& name) {
    std::string text;
    std::uint64_t offset = 0;
    for (bool more = true; more;) {
        const std::size_t kept = text.size();
        text.resize(kept + block);
        stream.read(text.data() + kept, static_cast<std::streamsize>(block));
        text.resize(kept + static_cast<std::size_t>(stream.gcount()));
        report_.bytes += text.size() - kept;
        more = static_cast<bool>(stream);
        const std::size_t size = more ? place_to_cut(text) : text.size();
        const std::size_t next = take(text, size, offset, name);
        text.erase(0, next);
        offset += next;
    }
    if (stream.bad()) {
        report_.unread.push_back({name, "could not be read to its end"});
    } else {
        ++report_.files;
    }
    std::fill(text.begin(), text.end(), '\0');
    finder_.forget();
    packed_.forget();
}

void PanScan::note(const std::string& name, std::uint64_t offset, const Finding& finding) {
    ++report_.found_count;
    if (report_.found.size() == PanScanReport::most_listed) return;
    report_.found.push_back({name, offset, what_of(finding), last_of(finding)});
}

// In a page of a journal no body has more bytes than the text has behind the place where it is cut.
PanScan::Places PanScan::take_packed(std::string_view text, std::size_t size, std::uint64_t offset,
                                     const std::string& name) {
    Places places;
    for (std::size_t at = PackedFinder::next(text, 0); at < size; at = PackedFinder::next(text, at + 1)) {
        const PackedFinder::Found body = packed_.unpack(text.substr(at));
        if (!body.whole) report_.cut_off.insert(name);
        if (body.whole) places.emplace_back(at, at + body.bytes);
        for (const Finding& finding : finder_.find(body.text)) note(name, offset + at, finding);
    }
    return places;
}

std::size_t PanScan::take(std::string_view text, std::size_t size, std::uint64_t offset, const std::string& name) {
    const Places packed = take_packed(text, size, offset, name);
    const auto is_packed = [&packed](const Finding& finding) {
        return std::any_of(packed.begin(), packed.end(), [&finding](const auto& place) {
            return finding.begin >= place.first && finding.end <= place.second;
        });
    };
    std::size_t next = packed.empty() ? size : std::max(size, packed.back().second);
    for (const Finding& finding : finder_.find(text)) {
        if (finding.begin >= size) break;
        if (is_packed(finding)) continue;
        next = std::max(next, finding.end);
        note(name, offset + finding.begin, finding);
    }
    return std::min(next, text.size());
}

bool PanScan::found_in(const std::string& database) const {
    if (report_.cut_off.count(database) + report_.cut_off.count(database + "-wal") > 0) return true;
    return std::any_of(report_.found.begin(), report_.found.end(), [&database](const PanScanReport::Found& each) {
        return each.file == database || each.file == database + "-wal";
    });
}

void PanScan::look_into(const std::string& database, Of of, const std::string& id, std::string_view content) {
    const std::vector<Finding>& found = finder_.find(content);
    if (found.empty() || report_.holders.size() == PanScanReport::most_listed) return;
    report_.holders.push_back(
        {database, of == Of::central, of == Of::set_aside, id, what_of(found.front()), last_of(found.front())});
    finder_.forget();
}

void PanScan::look_into_day(const std::string& journal, std::string business_date, std::string till,
                            std::string_view state) {
    const bool is_till = !finder_.find(till).empty();
    finder_.forget();
    const std::vector<Finding>& found = finder_.find(is_till ? std::string_view(till) : state);
    if (found.empty() || report_.days.size() == PanScanReport::most_listed) return;
    const std::string last = last_of(found.front());
    report_.days.push_back({journal, std::move(business_date), is_till ? "************" + last : std::move(till),
                            what_of(found.front()), last});
    finder_.forget();
}

int exit_code_of(const PanScanReport& report) {
    constexpr int found = 1;
    constexpr int not_done = 2;
    if (report.count() > 0) return found;
    return report.unread.empty() && report.closed.empty() && report.files > 0 ? 0 : not_done;
}

namespace {

/// What to give to `tillpost journal erase` or `tillpost-central erase`; found bytes that no row has any more are in
/// free pages and in the WAL, which erasing writes anew.
std::string holders_text(const PanScanReport& report) {
    std::string text;
    std::string of_journals;
    std::set<std::string> dates;
    std::map<std::string, std::string> of_centrals;
    for (const PanScanReport::Holder& each : report.holders) {
        text += "IN " + each.id + " of " + printable(each.database) + ": " + shown(each.what, each.last) + "\n";
        if (!each.set_aside) (each.of_central ? of_centrals[each.database] : of_journals) += " " + each.id;
    }
    for (const PanScanReport::Day& each : report.days) {
        const std::string of =
            each.business_date.empty() || each.till.empty()
                ? "of all business days"
                : "of the business day " + printable(each.business_date) + " of till " + printable(each.till);
        text += "IN what is kept " + of + " beside the events of " + printable(each.database) + ": " +
                shown(each.what, each.last) + "\n";
        if (!each.business_date.empty() && !each.till.empty()) dates.insert(printable(each.business_date));
    }
    for (const std::string& date : dates) of_journals += " day:" + date;
    if (!of_journals.empty()) {
        text += "to take that out, with tillpostd stopped: tillpost journal erase --reason WHY" + of_journals + "\n";
    }
    for (const auto& [database, ids] : of_centrals) {
        text +=
            "to take that out of what the box has deleted, with the receiver stopped: tillpost-central erase --db " +
            printable(database) + " --reason WHY" + ids + "\n";
    }
    return text;
}

}  // namespace

std::string text_of(const PanScanReport& report) {
    std::string text;
    for (const PanScanReport::Found& found : report.found) {
        text += "FOUND " + printable(found.file) + " at byte " + std::to_string(found.offset) + ": " +
                shown(found.what, found.last) + "\n";
    }
    if (report.found_count > report.found.size()) {
        text += "and " + thousands(report.found_count - report.found.size()) + " more\n";
    }
    text += holders_text(report);
    for (const PanScanReport::Skipped& each : report.skipped) {
        text += "not searched: " + printable(each.file) + ": " + each.why + "\n";
    }
    for (const PanScanReport::Skipped& each : report.closed) {
        text += "COULD NOT BE SEARCHED: " + printable(each.file) + ": " + each.why + "\n";
    }
    for (const PanScanReport::Skipped& each : report.unread) {
        text += "COULD NOT BE READ: " + printable(each.file) + ": " + each.why + "\n";
    }
    return text + "searched: " + counted(report.files, "file", "files") + ", " +
           byte_size(static_cast<std::int64_t>(report.bytes)) + "; found: " + thousands(report.count()) +
           "; not searched: " + thousands(report.skipped.size()) +
           "; could not be searched: " + thousands(report.closed.size()) +
           "; could not be read: " + thousands(report.unread.size()) + "\n";
}

std::string json_of(const PanScanReport& report) {
    using nlohmann::ordered_json;
    const auto skipped = [](const std::vector<PanScanReport::Skipped>& list) {
        ordered_json all = ordered_json::array();
        for (const auto& each : list) all.push_back(ordered_json{{"file", each.file}, {"why", each.why}});
        return all;
    };
    ordered_json document{{"files", report.files}, {"bytes", report.bytes}, {"found", report.count()}};
    document["list"] = ordered_json::array();
    for (const PanScanReport::Found& found : report.found) {
        document["list"].push_back(
            ordered_json{{"file", found.file}, {"offset", found.offset}, {"what", found.what}, {"last", found.last}});
    }
    document["rows"] = ordered_json::array();
    for (const PanScanReport::Holder& each : report.holders) {
        document["rows"].push_back(
            ordered_json{{"file", each.database}, {"id", each.id}, {"what", each.what}, {"last", each.last}});
    }
    document["days"] = ordered_json::array();
    for (const PanScanReport::Day& each : report.days) {
        document["days"].push_back(ordered_json{{"file", each.database},
                                                {"business_date", each.business_date},
                                                {"till", each.till},
                                                {"what", each.what},
                                                {"last", each.last}});
    }
    document["not_searched"] = skipped(report.skipped);
    document["closed"] = skipped(report.closed);
    document["unread"] = skipped(report.unread);
    return document.dump(-1, ' ', true, ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace tillpost::cli
