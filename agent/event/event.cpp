// SPDX-License-Identifier: Apache-2.0
#include "agent/event/event.hpp"

#include <algorithm>

namespace tillpost {

namespace {

std::string text_of(std::string_view rule, std::string_view field, std::string_view compared = {}) {
    std::string mark(rule);
    if (!field.empty()) mark.append(":").append(field);
    if (!compared.empty()) mark.append("=").append(compared);
    return mark;
}

}  // namespace

void Quality::note_first(std::string_view rule, std::string_view field, std::string_view compared) {
    const auto is_known = [rule](const First& each) { return each.rule == rule; };
    if (std::none_of(firsts_.begin(), firsts_.end(), is_known)) {
        firsts_.push_back({std::string(rule), std::string(field), std::string(compared)});
    }
}

void Quality::mark(std::string_view rule, std::string_view field, std::string_view compared) {
    note_first(rule, field, compared);
    if (marks_.size() > most_) return;
    if (marks_.size() == most_) {
        marks_.emplace_back("more");
        return;
    }
    std::string mark = text_of(rule, field, compared);
    if (std::find(marks_.begin(), marks_.end(), mark) == marks_.end()) marks_.push_back(std::move(mark));
}

void Quality::mark_first(std::string_view rule, std::string_view field) {
    marks_.insert(marks_.begin(), text_of(rule, field));
    if (marks_.size() <= most_) return;
    marks_.resize(most_);
    marks_.emplace_back("more");
}

void Quality::mark_always(std::string_view rule, std::string_view field, std::string_view compared) {
    note_first(rule, field, compared);
    std::string mark = text_of(rule, field, compared);
    if (std::find(always_.begin(), always_.end(), mark) == always_.end()) always_.push_back(std::move(mark));
}

void Quality::note(std::string_view rule, std::string_view field, std::string_view compared) {
    note_first(rule, field, compared);
    if (notes_.size() <= most_) notes_.push_back(text_of(rule, field, compared));
}

std::vector<std::string> Quality::marks() const {
    std::vector<std::string> all = marks_;
    const bool too_many = marks_.size() + always_.size() > most_;
    if (too_many) all.resize(std::min(marks_.size(), most_ - std::min(most_, always_.size())));
    all.insert(all.end(), always_.begin(), always_.end());
    if (too_many) all.emplace_back("more");
    for (const std::string& mark : notes_) {
        if (all.size() > most_) break;
        all.push_back(all.size() == most_ ? "more" : mark);
    }
    return all;
}

std::string Quality::text() const {
    if (ok()) return "ok";
    std::string text;
    for (const std::string& mark : marks()) {
        if (!text.empty()) text += ' ';
        text += mark;
    }
    return text;
}

bool is_note(std::string_view mark) {
    const std::string_view rule = mark.substr(0, mark.find(':'));
    return rule == Quality::incomplete || rule == Quality::discrepancy;
}

bool speaks_against(std::string_view quality) {
    for (std::size_t at = 0; at < quality.size();) {
        const std::size_t end = std::min(quality.find(' ', at), quality.size());
        const std::string_view mark = quality.substr(at, end - at);
        const bool says_nothing = mark == "ok" || mark == "more" || is_note(mark);
        if (!says_nothing) return true;
        at = end + 1;
    }
    return false;
}

}  // namespace tillpost
