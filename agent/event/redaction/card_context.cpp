// SPDX-License-Identifier: Apache-2.0
// What the text around digits says: tracks and labels.
#include <algorithm>
#include <array>
#include <iterator>

#include "agent/event/gs1/characters.hpp"
#include "agent/event/redaction/card_finder.hpp"
#include "agent/event/redaction/card_number.hpp"
#include "agent/event/redaction/field_names.hpp"
#include "agent/event/redaction/gs1_code.hpp"

namespace tillpost {
namespace {

constexpr std::size_t longest_holder_name = 40;  // of a holder on track 1; the standard has 26
constexpr std::size_t longest_track_rest = 96;
constexpr std::size_t longest_label = 32;
constexpr std::size_t most_words = 3;        // of a label
constexpr std::size_t longest_secret = 512;  // ICC data as hex digits
constexpr std::size_t masked_digits = 4;
constexpr std::size_t most_numbers = 4096;  // in a list
constexpr std::size_t most_blanks = 256;    // on either side of a list's comma or bracket: line breaks, indentation

using gs1::is_digit;
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_word(char c) { return is_digit(c) || is_letter(c) || c == '_' || c == '-'; }
bool is_in(char c, std::string_view set) { return set.find(c) != std::string_view::npos; }

/// Where the text goes on behind at most so many of those signs.
std::size_t behind_any(std::string_view text, std::size_t from, std::string_view signs, std::size_t most) {
    const std::size_t end = std::min(text.size(), from + most);
    while (from < end && is_in(text[from], signs)) ++from;
    return from;
}

/// Where the next item of a JSON list begins behind its bracket or comma, with any blanks around; `from` where neither
/// is. PlainText has a line break for CR, too, and a blank for a tab.
std::size_t next_item(std::string_view text, std::size_t from) {
    const std::size_t quoted = behind_any(text, from, "\"'", 1);
    const std::size_t sign = behind_any(text, quoted, " \n", most_blanks);
    const std::size_t behind = behind_any(text, sign, "[,", 1);
    if (behind == sign) return from;
    return behind_any(text, behind_any(text, behind, " \n", most_blanks), "\"'", 1);
}

struct Label {
    Field field = Field::plain;
    std::string_view words;
};

/// The last words of the text that say what follows, as a member's name would.
Label label_before(std::string_view text) {
    Label weaker;
    std::size_t begin = text.size();
    for (std::size_t words = 0; words < most_words; ++words) {
        while (begin > 0 && text[begin - 1] == ' ') --begin;
        const std::size_t end = begin;
        while (begin > 0 && is_word(text[begin - 1])) --begin;
        if (begin == end) break;
        const Field field = field_of(text.substr(begin));
        const Label found{field, text.substr(begin)};
        if (field == Field::card_number || field == Field::secret || field == Field::secret_text) return found;
        const bool of_a_scan = is_gs1_name(field) || field == Field::code || field == Field::code_hex;
        const bool of_a_form = field == Field::track || field == Field::track_form || field == Field::card_digits;
        const bool is_weak = of_a_scan || of_a_form || field == Field::fiscal || field == Field::fiscal_number;
        if (is_weak && weaker.field == Field::plain) weaker = found;  // "security code" ends like a scan's "code"
    }
    return weaker;
}

/// Whether a name of secrets is that of a code which people write down: not that of a track, or of a block of data.
bool names_code(std::string_view label) {
    constexpr std::array<std::string_view, 5> others{"track", "stripe", "data", "block", "de"};
    std::string small;
    for (const char c : label) {
        if (is_letter(c)) small += static_cast<char>(c | ' ');
    }
    return std::none_of(others.begin(), others.end(), [&small](std::string_view other) {
        return other == "de" ? small == other : small.find(other) != std::string::npos;
    });
}

/// Where the row of digits ends that begins there, if it is a code behind its label, with blanks or hyphens between:
/// "cvv 123", "CVV2-123", "PIN 4711". 0 if it is none.
std::size_t bare_code_end(std::string_view text, std::size_t first) {
    constexpr std::size_t fewest = 3;
    constexpr std::size_t most = 8;
    if (first == 0 || !is_in(text[first - 1], " -\t")) return 0;
    const std::size_t last = std::min(text.find_first_not_of("0123456789", first), text.size());
    if (last - first < fewest || last - first > most) return 0;
    const std::string_view behind = text.substr(last, 2);
    if (!behind.empty() && (is_letter(behind[0]) || behind[0] == '_')) return 0;
    // A date, an amount, or more digits of something else.
    if (behind.size() == 2 && is_in(behind[0], "-.,/:") && is_digit(behind[1])) return 0;
    std::size_t end = first;
    while (end > 0 && first - end < most_words && is_in(text[end - 1], " -\t")) --end;
    const std::size_t begin = end - std::min(end, longest_label);
    const Label label = label_before(text.substr(begin, end - begin));
    return label.field == Field::secret && names_code(label.words) ? last : 0;
}

}  // namespace

bool has_bare_code(std::string_view text) {
    for (std::size_t at = text.find_first_of("0123456789"); at != std::string_view::npos;) {
        if (bare_code_end(text, at) != 0) return true;
        at = text.find_first_not_of("0123456789", at);
        at = at == std::string_view::npos ? at : text.find_first_of("0123456789", at);
    }
    return false;
}

/// When all else is found, and hidden: of what is a card number nothing is a code.
void CardFinder::find_bare_codes() {
    const std::string& text = plain_.text();
    for (std::size_t at = text.find_first_of("0123456789"); at != std::string::npos;) {
        std::size_t next = bare_code_end(text, at);
        if (next != 0) add(Finding::Kind::secret, at, next, "", {});
        next = std::min(text.find_first_not_of("0123456789", at), text.size());
        at = text.find_first_of("0123456789", next);
    }
}

void CardFinder::find_tracks() {
    const std::string& text = plain_.text();
    for (std::size_t i = text.find_first_of("=^Dd"); i != std::string::npos; i = text.find_first_of("=^Dd", i + 1)) {
        if (!is_digit(before(i)) && before(i) != ' ') continue;
        if (text[i] == '^') {
            take_track_1(i);
        } else {
            take_track_2(i);
        }
    }
}

/// The longest end of the digits that is a card number, "" if none is.
std::string_view CardFinder::card_at_end(std::string_view digits) const {
    for (std::size_t count = longest_card_number; count >= shortest_card_number; --count) {
        if (count > digits.size()) continue;
        const std::string_view end = digits.substr(digits.size() - count);
        if (!brand_of(end).empty()) return end;
    }
    return {};
}

/// `;<number>=<expiry, service code, discretionary data>?` (ISO/IEC 7813); D is the = of EMV's tag 57.
bool CardFinder::take_track_2(std::size_t separator) {
    const std::string& text = plain_.text();
    std::size_t first = separator;
    while (first > 0 && separator - first <= 2 * longest_card_number && is_digit(text[first - 1])) --first;
    std::size_t last = separator + 1;
    while (is_digit(at(last))) ++last;
    const std::size_t behind = last - separator - 1;
    if (behind < (text[separator] == '=' ? 4U : 7U)) return false;
    const std::string_view ahead = std::string_view(text).substr(first, separator - first);
    const bool sentinel =
        before(first) == ';' && ahead.size() >= shortest_card_number && ahead.size() <= longest_card_number;
    const std::string digits(sentinel ? ahead : card_at_end(ahead));
    if (digits.empty()) return false;
    const std::size_t begin = sentinel ? first - 1 : separator - digits.size();
    if (at(last) == '?') ++last;
    add(Finding::Kind::track, begin, last, digits, brand_of(digits));
    return true;
}

/// `%B<number>^<name>^<expiry, service code, discretionary data>?`
bool CardFinder::take_track_1(std::size_t caret) {
    const std::string& text = plain_.text();
    std::string digits;
    std::size_t first = caret;
    while (first > 0 && digits.size() < longest_card_number && (is_digit(text[first - 1]) || text[first - 1] == ' ')) {
        --first;
        if (is_digit(text[first])) digits.insert(digits.begin(), text[first]);
    }
    const bool format = is_in(before(first), "Bb") && digits.size() >= shortest_card_number;
    if (!format && brand_of(digits).empty()) return false;
    if (format) --first;
    if (format && before(first) == '%') --first;
    std::size_t last = caret + 1;
    const std::size_t name_end = std::min(text.size(), last + longest_holder_name);
    while (last < name_end && !is_in(text[last], "^\n\"<?")) ++last;
    if (at(last) == '^') {
        const std::size_t end = std::min(text.size(), last + longest_track_rest);
        ++last;
        while (last < end && (is_word(text[last]) || is_in(text[last], " /.^"))) ++last;
    }
    if (at(last) == '?') ++last;
    const std::string_view brand = brand_of(digits);
    add(Finding::Kind::track, first, last, std::move(digits), brand);
    return true;
}

/// "CVV: 123", "pan=…", `"cvv":"123"`, "<CVV>123<": in texts, and in JSON or XML inside them.
void CardFinder::find_labelled() {
    const std::string& text = plain_.text();
    for (std::size_t i = text.find_first_of(":=>"); i != std::string::npos; i = text.find_first_of(":=>", i + 1)) {
        std::size_t end = i;
        while (end > 0 && i - end < most_words && is_in(text[end - 1], " \"')")) --end;
        if (i > end && pass_gs1_value(end, i + 1)) continue;
        const std::size_t begin = end - std::min(end, longest_label);
        const Field field = label_before(std::string_view(text).substr(begin, end - begin)).field;
        if (field == Field::gs1 || field == Field::code || field == Field::code_hex) {
            if (!take_code(i + 1, field == Field::code_hex)) pass_gs1_numbers(i + 1, Field::gs1);
        } else if (is_gs1_name(field)) {
            pass_gs1_numbers(i + 1, field);
        } else if (field == Field::fiscal || field == Field::fiscal_number) {
            pass_fiscal_value(i + 1, field);
        } else if (field == Field::track || field == Field::track_form || field == Field::card_digits) {
            take_by_form(i + 1, field);
        } else if (field != Field::plain) {
            take_value(i + 1, field != Field::card_number);
        }
    }
}

/// `"01":"09506000134352"`, as the member `gs1` of a scan has them: `name_end` is where the name ends, `from` where the
/// value begins, with its quotes.
bool CardFinder::pass_gs1_value(std::size_t name_end, std::size_t from) {
    constexpr std::size_t longest_identifier = 4;
    const std::string_view text = plain_.text();
    std::size_t name = name_end;
    while (name > 0 && name_end - name <= longest_identifier && is_digit(text[name - 1])) --name;
    if (name_end - name < 2 || before(name) != '"') return false;
    std::size_t first = from;
    while (first - from < most_words && is_in(at(first), " \"")) ++first;
    std::size_t last = first;
    while (is_digit(at(last))) ++last;
    const std::string_view value = text.substr(first, last - first);
    if (at(last) != '"' || gs1_key_size(text.substr(name, name_end - name), value) != value.size()) return false;
    plain_.hide(first, last);
    return true;
}

/// Right GS1 numbers behind their label, one or a list of them, are no card numbers.
void CardFinder::pass_gs1_numbers(std::size_t from, Field field) {
    std::size_t first = from;
    for (std::size_t numbers = 0; numbers < most_numbers; ++numbers) {
        first = std::max(behind_any(plain_.text(), first, " \"'>[,", most_words), next_item(plain_.text(), first));
        std::size_t last = first;
        while (is_digit(at(last)) || is_in(at(last), "()")) ++last;
        const std::string_view value = std::string_view(plain_.text()).substr(first, last - first);
        if (!is_gs1_number_of(field, value)) return;
        plain_.hide(first, last);
        first = last;
    }
}

/// What a fiscal device signs, or is, is no card number, as in a member of a line.
void CardFinder::pass_fiscal_value(std::size_t from, Field field) {
    constexpr std::size_t longest_signed = 8192;
    std::size_t first = from;
    while (is_in(at(first), " \"'>") && first - from < most_words) ++first;
    const bool quoted = first > from && is_in(before(first), "\"'>");
    const std::string_view ends = quoted ? "\"'<\n" : " ,;}]\"'<\n";
    std::size_t last = first;
    while (last - first < longest_signed && !is_in(at(last), ends)) ++last;
    const std::string_view value = std::string_view(plain_.text()).substr(first, last - first);
    if (field == Field::fiscal ? quoted && is_fiscal_text(value) : is_fiscal_number(value)) plain_.hide(first, last);
}

void CardFinder::take_value(std::size_t from, bool secret) {
    const std::string& text = plain_.text();
    std::size_t first = from;
    while (is_in(at(first), " \"'>[") && first - from < most_words) ++first;
    const bool is_list = text.substr(from, first - from).find('[') != std::string::npos;
    if (is_list && !secret && take_parts(first)) return;
    std::size_t last = first;
    const std::string_view more = secret ? "+/=;%^?" : " -.";
    const std::size_t end = std::min(text.size(), first + (secret ? longest_secret : longest_label));
    while (last < end && (is_digit(text[last]) || (secret && is_letter(text[last])) || is_in(text[last], more))) ++last;
    while (last > first && is_in(text[last - 1], " -.")) --last;
    std::string digits;
    for (std::size_t i = first; i < last; ++i) {
        if (is_digit(text[i])) digits += text[i];
    }
    if (secret) {
        if (digits.size() >= masked_digits - 1) add(Finding::Kind::secret, first, last, "", {});
        return;
    }
    if (digits.size() <= masked_digits) return;
    const std::string_view brand = brand_of(digits);
    add(Finding::Kind::number, first, last, std::move(digits), brand);
}

/// Of a list behind the name of a card number the parts are one. False: they are too few digits.
bool CardFinder::take_parts(std::size_t first) {
    const std::string_view text = plain_.text();
    std::string digits;
    std::size_t end = first;
    for (std::size_t item = first; end - first < longest_secret;) {
        std::size_t last = item;
        while (is_digit(at(last)) || is_in(at(last), " -.")) {
            if (is_digit(at(last))) digits += text[last];
            ++last;
        }
        if (last > item) end = last;
        const std::size_t next = next_item(text, last);
        if (next == last) break;
        item = next;
    }
    if (digits.size() < shortest_card_number) return false;
    const std::string_view brand = brand_of(digits);
    add(Finding::Kind::number, first, end, std::move(digits), brand);
    return true;
}

/// Behind a name that others use, too: what is written as a track, or as a card number.
void CardFinder::take_by_form(std::size_t from, Field field) {
    const std::string_view text = plain_.text();
    const std::size_t first = behind_any(text, from, " \"'>[", most_words);
    const auto value_to = [&](std::string_view ends) {
        return text.substr(first, std::min(text.find_first_of(ends, first) - first, longest_track_rest));
    };
    std::string_view value = value_to("\"'<,\n ");
    const bool of_a_number = field == Field::card_digits;
    if (of_a_number || value.find('^') != std::string_view::npos) value = value_to("\"'<,\n");
    if (!(of_a_number ? is_card_digits(value) : is_track(value))) return;
    std::string digits;
    std::copy_if(value.begin(), value.end(), std::back_inserter(digits), is_digit);
    const std::string_view brand = of_a_number ? brand_of(digits) : std::string_view();
    add(of_a_number ? Finding::Kind::number : Finding::Kind::secret, first, first + value.size(),
        of_a_number ? std::move(digits) : std::string(), brand);
}

}  // namespace tillpost
