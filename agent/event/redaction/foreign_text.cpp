// SPDX-License-Identifier: Apache-2.0
#include "agent/event/redaction/foreign_text.hpp"

#include "agent/event/redaction/card_finder.hpp"

namespace tillpost {

std::string foreign_text(std::string_view said, std::size_t longest) {
    constexpr std::size_t shown_digits = 4;
    CardFinder finder;
    std::string clean;
    std::size_t kept = 0;
    for (const Finding& finding : finder.find(said)) {  // before it is cut: half a number is card data, too
        const std::string& digits = finding.digits;
        clean.append(said.substr(kept, finding.begin - kept)).append("***");
        if (digits.size() > shown_digits) clean.append("*********").append(digits, digits.size() - shown_digits);
        kept = finding.end;
    }
    clean.append(said.substr(kept));
    if (clean.size() > longest) clean.resize(longest);
    for (char& c : clean) {
        if (c < ' ' || c > '~') c = '?';
    }
    finder.forget();
    return clean;
}

}  // namespace tillpost
