// SPDX-License-Identifier: Apache-2.0
// How bar codes and GS1 data are redacted: GS1's own numbers stay, and what lies between them is searched.
#include <algorithm>
#include <utility>

#include "agent/event/redaction/gs1_code.hpp"
#include "agent/event/redaction/redactor.hpp"

namespace tillpost {

void Redactor::cut_gs1_value(const Token& token, std::string_view ai) {
    const std::size_t key = gs1_key_size(ai, token.content);
    if (key == 0) {
        cut_findings(token);
    } else if (key < token.content.size()) {
        cut_between(token, {key, token.content.size()}, {});
    }
}

/// A bar code's content: GS1's own numbers in it stay, and what lies between them is searched.
void Redactor::cut_code(const Token& token, bool is_elements) {
    const CodeParts parts = parts_of_code(token.content, is_elements);
    std::size_t from = 0;
    for (const CodePart& key : parts.keys) {
        cut_between(token, {from, key.begin}, parts.values);
        from = key.end;
    }
    cut_between(token, {from, token.content.size()}, parts.values);
}

/// As a whole, and each value by itself, because "21" and a card number make one long number.
void Redactor::cut_between(const Token& token, CodePart between, const std::vector<CodePart>& values) {
    if (between.begin == 0 && between.end == token.content.size() && values.empty()) {
        cut_findings(token);
        return;
    }
    std::vector<Finding> all;
    collect(token.content, between, all);
    for (const CodePart& value : values) {
        if (value.begin >= between.begin && value.end <= between.end) collect(token.content, value, all);
    }
    if (all.empty()) return;
    std::sort(all.begin(), all.end(), [](const Finding& a, const Finding& b) { return a.begin < b.begin; });
    const std::size_t start = offset(token.content);
    for (const Finding& finding : all) {
        replace(start + finding.begin, start + finding.end, replacement(finding));
        count(finding);
    }
    note_place();
}

/// What is found in that part of the text and overlaps nothing that was found before.
void Redactor::collect(std::string_view text, CodePart part, std::vector<Finding>& all) {
    for (Finding finding : finder_.find(text.substr(part.begin, part.end - part.begin))) {
        finding.begin += part.begin;
        finding.end += part.begin;
        const bool is_new = std::none_of(all.begin(), all.end(), [&](const Finding& other) {
            return finding.begin < other.end && other.begin < finding.end;
        });
        if (is_new) all.push_back(std::move(finding));
    }
}

}  // namespace tillpost
