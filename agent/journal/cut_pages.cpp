// SPDX-License-Identifier: Apache-2.0
#include "agent/journal/cut_pages.hpp"

#include <set>
#include <string_view>

#include "agent/journal/page_rows.hpp"
#include "platform/sqlite_file.hpp"

namespace tillpost {
namespace {

// fileformat2, 1.3 "The Database Header" and 4.1 "WAL File Format".
constexpr std::string_view magic("SQLite format 3\0", 16);
constexpr std::size_t header_size = 100;
constexpr std::size_t page_size_at = 16, changes_at = 24, page_count_at = 28, valid_for_at = 92;
constexpr std::size_t wal_header = 32, salts_at = 16, salts_size = 8;
constexpr std::size_t frame_header = 24, commit_at = 4, frame_salts_at = 8;
constexpr std::int64_t frame_size = frame_header + page_size;

std::uint32_t number_at(std::string_view bytes, std::size_t offset, std::size_t size = 4) {
    std::uint32_t value = 0;
    for (const char byte : bytes.substr(offset, size)) value = value << 8 | static_cast<unsigned char>(byte);
    return value;
}

/// 0: its header does not say it. The number is of the version that wrote it, if the change counter beside it is.
std::uint32_t pages_named_in(std::string_view header) {
    if (header.size() < header_size || !header.starts_with(magic)) return 0;
    if (number_at(header, page_size_at, 2) != page_size) return 0;
    return number_at(header, changes_at) == number_at(header, valid_for_at) ? number_at(header, page_count_at) : 0;
}

struct Committed {
    std::uint32_t pages = 0;        ///< Of the database behind the last commit; 0: there is no commit.
    std::set<std::uint32_t> above;  ///< Those of its pages, above a number, that are here.
};

/// What its WAL has of pages above that number.
Committed committed_above(std::uint32_t there, const std::string& wal) {
    Committed all;
    if (!holds_bytes(wal)) return all;
    const auto file = SideFile::open(wal, SideFile::Use::read);
    const auto size = file ? (*file)->size() : Result<std::int64_t>(file.error());
    const auto header = size ? (*file)->read(0, wal_header) : Result<std::string>(size.error());
    if (!header) return all;
    const std::string_view salts = std::string_view(*header).substr(salts_at, salts_size);
    std::set<std::uint32_t> since;  // the last commit
    for (std::int64_t at = wal_header; at + frame_size <= *size; at += frame_size) {
        const auto frame = (*file)->read(at, frame_header);
        if (!frame || std::string_view(*frame).substr(frame_salts_at, salts_size) != salts) break;
        if (number_at(*frame, 0) > there) since.insert(number_at(*frame, 0));
        const std::uint32_t pages = number_at(*frame, commit_at);
        if (pages == 0) continue;
        all.pages = pages;
        all.above.merge(since);
        since.clear();
    }
    all.above.erase(all.above.upper_bound(all.pages), all.above.end());
    return all;
}

}  // namespace

std::optional<CutPages> cut_pages_of(const std::string& path) {
    const auto file = SideFile::open(path, SideFile::Use::read);
    const auto size = file ? (*file)->size() : Result<std::int64_t>(file.error());
    const auto header = size ? (*file)->read(0, header_size) : Result<std::string>(size.error());
    if (!header) return std::nullopt;
    CutPages cut;
    cut.there = static_cast<std::uint32_t>(*size / static_cast<std::int64_t>(page_size));
    cut.named = pages_named_in(*header);
    if (cut.named <= cut.there) return std::nullopt;
    const Committed log = committed_above(cut.there, path + "-wal");
    if (log.pages != 0) cut.named = log.pages;
    if (cut.named <= cut.there) return std::nullopt;
    cut.gone = cut.named - cut.there - static_cast<std::uint32_t>(log.above.size());
    return cut.gone == 0 ? std::nullopt : std::optional(cut);
}

}  // namespace tillpost
