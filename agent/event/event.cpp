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
    if (marks_.size() > most_marks) return;
    if (marks_.size() == most_marks) {
        marks_.emplace_back("more");
        return;
    }
    std::string mark = text_of(rule, field, compared);
    if (std::find(marks_.begin(), marks_.end(), mark) == marks_.end()) marks_.push_back(std::move(mark));
}

void Quality::mark_first(std::string_view rule, std::string_view field) {
    marks_.insert(marks_.begin(), text_of(rule, field));
    if (marks_.size() <= most_marks) return;
    marks_.resize(most_marks);
    marks_.emplace_back("more");
}

void Quality::mark_incomplete(std::string_view field, std::string_view compared) {
    note_first(incomplete, field, compared);
    if (incomplete_.size() <= most_marks) incomplete_.push_back(text_of(incomplete, field, compared));
}

std::vector<std::string> Quality::marks() const {
    std::vector<std::string> all = marks_;
    for (const std::string& mark : incomplete_) {
        if (all.size() > most_marks) break;
        all.push_back(all.size() == most_marks ? "more" : mark);
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

bool speaks_against(std::string_view quality) {
    const std::string_view incomplete = Quality::incomplete;
    for (std::size_t at = 0; at < quality.size();) {
        const std::size_t end = std::min(quality.find(' ', at), quality.size());
        const std::string_view mark = quality.substr(at, end - at);
        const bool says_nothing = mark == "ok" || mark == "more" || mark.substr(0, mark.find(':')) == incomplete;
        if (!says_nothing) return true;
        at = end + 1;
    }
    return false;
}

}  // namespace tillpost
