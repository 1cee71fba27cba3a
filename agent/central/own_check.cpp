// SPDX-License-Identifier: Apache-2.0
#include "agent/central/own_check.hpp"

#include <variant>

namespace tillpost {
namespace {

std::string range_words(Epoch epoch, Range range) {
    return event_id(epoch, range.from) + " to " + event_id(epoch, range.to);
}

std::string loss_words(Epoch epoch, Range range, std::string_view business_class, std::string_view reason) {
    return "loss of " + range_words(epoch, range) + ", " + std::string(business_class) + ", " + std::string(reason);
}

std::string gone_words(Epoch epoch, Range range, const Digest& before, const Digest& after) {
    return "gone are " + range_words(epoch, range) + ", before " + to_hex(before) + ", after " + to_hex(after);
}

std::string by_words(Epoch epoch, Sequence sequence) { return ", by " + event_id(epoch, sequence); }

}  // namespace

Result<void> OwnCheck::line(const CentralStore::Row& row) {
    if (row.source != source_) {
        if (auto done = finish(); !done) return done;
        source_ = row.source;
    }
    // A copy under another number repeats what the first one said.
    if (!row.effect || row.held.kind != Line::Kind::event || !is_own_type(row.type)) return {};
    if (const Result<OwnEvent> event = read_own_event(row.type, body_data(row.body))) say(row, *event);
    return {};
}

void OwnCheck::say(const CentralStore::Row& row, const OwnEvent& event) {
    const Place place{row.epoch, row.sequence};
    const std::string by = by_words(row.epoch, row.sequence);
    if (const auto* moved = std::get_if<Reissued>(&event); moved != nullptr && known_.contains(moved->former)) {
        said_.emplace("reissued are " + range_words(moved->former, moved->range) + ", " + moved->cause + by, place);
    } else if (const auto* loss = std::get_if<Loss>(&event); loss != nullptr && known_.contains(loss->epoch)) {
        if (loss->reason == "erased") erasing_.insert(place);
        for (const Range& range : loss->ranges) {
            said_.emplace(loss_words(loss->epoch, range, loss->business_class, loss->reason) + by, place);
        }
    } else if (const auto* gone = std::get_if<Gone>(&event)) {
        // What was held all the same became no row.
        optional_.insert(gone_words(gone->epoch, gone->range, gone->before, gone->after) + by);
    } else if (const auto* settled = std::get_if<Quarantined>(&event);
               settled != nullptr && known_.contains(settled->epoch)) {
        const std::string named = event_id(settled->epoch, settled->sequence);
        optional_.insert("settled is " + named + ", " + settled->rule + by);
        named_.emplace(named, place);
    }
}

Result<void> OwnCheck::finish() {
    if (source_.empty()) return {};
    auto done = store_.each_kept(source_, [this](const CentralStore::Kept& kept) { compare(kept); });
    if (!done) return done;
    for (const auto& [said, place] : said_) fault_missing(said, place);
    for (const auto& [named, place] : named_) fault_missing("settled is " + named, place);
    said_.clear();
    optional_.clear();
    erasing_.clear();
    named_.clear();
    return {};
}

void OwnCheck::fault_missing(const std::string& said, Place place) {
    fault_(place.first, place.second,
           event_id(place.first, place.second) + " says: " + said + ", and central's tables do not have it");
}

void OwnCheck::compare(const CentralStore::Kept& kept) {
    const Place by{kept.by_epoch, kept.by_sequence};
    std::string words;
    switch (kept.table) {
        case CentralStore::Kept::Table::reissue:
            words = "reissued are " + range_words(kept.epoch, kept.range) + ", " + std::string(kept.word);
            break;
        case CentralStore::Kept::Table::loss: words = loss_words(kept.epoch, kept.range, kept.word, kept.reason); break;
        case CentralStore::Kept::Table::gone:
            words = gone_words(kept.epoch, kept.range, kept.before, kept.after);
            break;
        case CentralStore::Kept::Table::settled:
            named_.erase(event_id(kept.epoch, kept.range.from));
            words = "settled is " + event_id(kept.epoch, kept.range.from) + ", " + std::string(kept.word);
            break;
    }
    words += by_words(by.first, by.second);
    // Of what is erased the copies are named, too, and none is here.
    const bool copy = kept.table == CentralStore::Kept::Table::loss && kept.reason == "erased" &&
                      erasing_.contains(by) && !kept.has_content;
    if (said_.erase(words) > 0 || optional_.contains(words) || copy) return;
    fault_(by.first, by.second, "central's tables have: " + words + ", and no event says it");
}

}  // namespace tillpost
