// SPDX-License-Identifier: Apache-2.0
#include "agent/event/event.hpp"

#include <algorithm>

namespace tillpost {

namespace {

std::string text_of(std::string_view rule, std::string_view field) {
    std::string mark(rule);
    if (!field.empty()) mark.append(":").append(field);
    return mark;
}

}  // namespace

void Quality::mark(std::string_view rule, std::string_view field) {
    const auto is_known = [rule](const First& each) { return each.rule == rule; };
    if (std::none_of(firsts_.begin(), firsts_.end(), is_known)) {
        firsts_.push_back({std::string(rule), std::string(field)});
    }
    if (marks_.size() > most_marks) return;
    if (marks_.size() == most_marks) {
        marks_.emplace_back("more");
        return;
    }
    std::string mark = text_of(rule, field);
    if (std::find(marks_.begin(), marks_.end(), mark) == marks_.end()) marks_.push_back(std::move(mark));
}

void Quality::mark_first(std::string_view rule, std::string_view field) {
    marks_.insert(marks_.begin(), text_of(rule, field));
    if (marks_.size() <= most_marks) return;
    marks_.resize(most_marks);
    marks_.emplace_back("more");
}

std::string Quality::text() const {
    if (marks_.empty()) return "ok";
    std::string text;
    for (const std::string& mark : marks_) {
        if (!text.empty()) text += ' ';
        text += mark;
    }
    return text;
}

}  // namespace tillpost
