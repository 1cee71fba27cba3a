// SPDX-License-Identifier: Apache-2.0
#include "drivers/scanner/code_framer.hpp"

#include <utility>

namespace tillpost {
namespace {

constexpr std::size_t aim_length = 3;

// Not isalpha(3), which asks the locale.
bool is_letter(char byte) { return (byte >= 'A' && byte <= 'Z') || (byte >= 'a' && byte <= 'z'); }

/// ISO/IEC 15424: a flag, a letter for the symbology, a digit or letter for its options.
bool begins_with_aim(std::string_view text) {
    if (text.size() < aim_length || text[0] != ']' || !is_letter(text[1])) return false;
    return is_letter(text[2]) || (text[2] >= '0' && text[2] <= '9');
}

}  // namespace

CodeFramer::CodeFramer(const SerialScannerSettings& settings)
    : prefix_(settings.prefix),
      suffix_(settings.suffix),
      aim_(settings.aim),
      longest_code_(settings.longest_code),
      longest_text_(prefix_.size() + aim_length + longest_code_ + suffix_.size()),
      longest_gap_(settings.longest_gap) {}

void CodeFramer::push(std::string_view bytes, SteadyTime now, std::vector<Item>& out) {
    expire(now, out);
    last_ = now;
    for (const char byte : bytes) take(byte, out);
}

std::optional<SteadyTime> CodeFramer::deadline() const {
    if (text_.empty()) return std::nullopt;
    return last_ + longest_gap_;
}

void CodeFramer::expire(SteadyTime now, std::vector<Item>& out) {
    const auto until = deadline();
    if (until && now >= *until) reset(out);
}

void CodeFramer::go_on(SteadyTime now) { last_ = now; }

void CodeFramer::reset(std::vector<Item>& out) {
    const bool unsaid = !text_.empty() && !skipping_;
    text_.clear();
    noise_ = skipping_ = false;
    if (unsaid) out.push_back({Fault::gap, {}, {}});
}

/// Scanners that end codes with CR LF where CR is configured; the NULs of a plug that goes in.
bool CodeFramer::between_codes(char byte) const {
    if (!text_.empty() || prefix_.starts_with(byte) || suffix_.starts_with(byte)) return false;
    return byte == '\0' || byte == '\r' || byte == '\n';
}

void CodeFramer::take(char byte, std::vector<Item>& out) {
    if (between_codes(byte)) return;
    if (byte == '\0' && !prefix_.starts_with(byte) && !suffix_.ends_with(byte)) noise_ = true;
    text_.push_back(byte);
    if (text_.ends_with(suffix_)) return finish(out);
    if (text_.size() <= longest_text_) return;
    if (!std::exchange(skipping_, true)) out.push_back({Fault::too_long, {}, {}});
    // Only what the suffix may have begun with is still of use.
    text_.erase(0, text_.size() - suffix_.size());
}

void CodeFramer::finish(std::vector<Item>& out) {
    text_.resize(text_.size() - suffix_.size());
    const bool said = std::exchange(skipping_, false);
    const bool noise = std::exchange(noise_, false);
    const std::string text = std::exchange(text_, {});
    if (said || text.empty()) return;
    out.push_back(noise ? Item{Fault::noise, {}, {}} : item_of(text));
}

CodeFramer::Item CodeFramer::item_of(std::string_view text) const {
    if (!text.starts_with(prefix_)) return {Fault::no_prefix, {}, {}};
    text.remove_prefix(prefix_.size());
    Item item;
    if (aim_ && begins_with_aim(text)) {
        item.aim = text.substr(0, aim_length);
        text.remove_prefix(aim_length);
    }
    if (text.empty()) return {Fault::empty, {}, {}};
    if (text.size() > longest_code_) return {Fault::too_long, {}, {}};
    item.code = text;
    return item;
}

const char* describe(CodeFramer::Fault fault) {
    switch (fault) {
        case CodeFramer::Fault::none: return "a code";
        case CodeFramer::Fault::too_long: return "longer than a code may be: noise, or a wrong speed or suffix";
        case CodeFramer::Fault::gap: return "stopped half-way";
        case CodeFramer::Fault::noise: return "disturbed: a break or a parity error on the line";
        case CodeFramer::Fault::no_prefix: return "came without the configured prefix";
        case CodeFramer::Fault::empty: return "had no characters";
    }
    return "";
}

}  // namespace tillpost
