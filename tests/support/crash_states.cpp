// SPDX-License-Identifier: Apache-2.0
#include "tests/support/crash_states.hpp"

#include <algorithm>

namespace tillpost::test {
namespace {

using Kind = DiskOperation::Kind;

bool on_directory(const DiskOperation& operation) {
    return operation.kind == Kind::create || operation.kind == Kind::remove;
}

bool is_content_of(int file, const DiskOperation& operation) {
    return operation.file == file && !on_directory(operation);
}

void change(std::map<std::string, int>& names, const DiskOperation& operation) {
    if (operation.kind == Kind::create) {
        names[operation.name] = operation.file;
    } else {
        names.erase(operation.name);
    }
}

}  // namespace

bool every_sync(const DiskLog&, std::size_t) { return true; }

CrashStates::CrashStates(const DiskImage& start, const DiskLog& log, HonouredSync honoured)
    : log_(log), honoured_(honoured) {
    for (const auto& [name, content] : start) {
        names_[name] = static_cast<int>(contents_.size());
        contents_.push_back(content);
    }
}

bool CrashStates::advance() {
    if (prefix_ == log_.size()) return false;
    given_.clear();
    const std::size_t at = prefix_++;
    const DiskOperation& next = log_[at];
    switch (next.kind) {
        case Kind::create: contents_.resize(static_cast<std::size_t>(next.file) + 1); [[fallthrough]];
        case Kind::write:
        case Kind::truncate:
        case Kind::remove: pending_.push_back(at); break;
        case Kind::sync:
            if (honoured_(log_, at)) make_durable(next.file);
            break;
        case Kind::sync_failed:
            std::erase_if(pending_, [&](std::size_t each) { return is_content_of(next.file, log_[each]); });
            break;
        case Kind::sync_directory:
        case Kind::sync_directory_remove:
            if (honoured_(log_, at)) make_directory_durable();
            break;
    }
    return true;
}

void CrashStates::advance_to(std::size_t prefix) {
    while (prefix_ < prefix && advance()) {
    }
}

void CrashStates::make_durable(int file) {
    std::erase_if(pending_, [this, file](std::size_t at) {
        if (!is_content_of(file, log_[at])) return false;
        carry_out(log_[at], contents_[static_cast<std::size_t>(file)]);
        return true;
    });
}

void CrashStates::make_directory_durable() {
    std::erase_if(pending_, [this](std::size_t at) {
        if (!on_directory(log_[at])) return false;
        change(names_, log_[at]);
        return true;
    });
}

std::uint64_t CrashStates::Random::operator()() {
    std::uint64_t z = (state += 0x9e3779b97f4a7c15ULL);
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ z >> 27) * 0x94d049bb133111ebULL;
    return z ^ z >> 31;
}

CrashStates::Fate CrashStates::draw(const DiskOperation& operation, unsigned seed, Random& random) const {
    const bool extremes[] = {false, true, !on_directory(operation), on_directory(operation)};
    if (seed < std::size(extremes)) return {extremes[seed]};
    constexpr unsigned kept_of_ten[] = {5, 9, 1};
    Fate fate;
    fate.kept = random() % 10 < kept_of_ten[seed % 3];
    fate.rubbish = !fate.kept && random.one_of(4);
    if (fate.kept && operation.kind == Kind::write && random.one_of(4)) {
        fate.sectors = random();
    }
    return fate;
}

std::optional<DiskImage> CrashStates::state(unsigned seed) {
    Random random{std::uint64_t{seed} << 32 | prefix_};
    std::vector<Fate> fates;
    std::string summary;
    for (const std::size_t at : pending_) {
        fates.push_back(draw(log_[at], seed, random));
        const Fate& fate = fates.back();
        summary += fate.kept ? std::to_string(fate.sectors) : fate.rubbish ? "r" : "-";
        summary += ' ';
    }
    if (!given_.insert(std::move(summary)).second) return std::nullopt;

    std::vector<std::string> contents = contents_;
    std::map<std::string, int> names = names_;
    for (std::size_t i = 0; i < fates.size(); ++i) {
        const DiskOperation& operation = log_[pending_[i]];
        if (!on_directory(operation)) {
            leave(operation, fates[i], contents[static_cast<std::size_t>(operation.file)], random);
        } else if (fates[i].kept) {
            change(names, operation);
        }
    }
    DiskImage image;
    for (const auto& [name, file] : names) image[name] = std::move(contents[static_cast<std::size_t>(file)]);
    return image;
}

void CrashStates::leave(const DiskOperation& operation, const Fate& fate, std::string& content, Random& random) const {
    if (operation.kind == Kind::truncate) {
        if (fate.kept) carry_out(operation, content);
        return;
    }
    const auto offset = static_cast<std::size_t>(operation.offset);
    const std::size_t end = offset + operation.bytes.size();
    if (fate.rubbish && end > content.size()) {
        const std::size_t old_end = content.size();
        content.resize(end);
        for (std::size_t i = std::max(old_end, offset); i < end; ++i) content[i] = static_cast<char>(random());
    }
    if (!fate.kept) return;
    if (content.size() < end) content.resize(end);
    for (std::size_t from = offset; from < end;) {
        const std::size_t to = std::min(end, (from / sector + 1) * sector);
        const std::size_t number = from / sector - offset / sector;
        if (number >= 64 || (fate.sectors >> number & 1) != 0) {
            std::copy_n(operation.bytes.begin() + static_cast<std::ptrdiff_t>(from - offset), to - from,
                        content.begin() + static_cast<std::ptrdiff_t>(from));
        }
        from = to;
    }
}

}  // namespace tillpost::test
