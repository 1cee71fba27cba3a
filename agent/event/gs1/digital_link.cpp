// SPDX-License-Identifier: Apache-2.0
#include "agent/event/gs1/digital_link.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include "agent/event/gs1/ai_format.hpp"
#include "agent/event/gs1/associations.hpp"
#include "agent/event/gs1/characters.hpp"
#include "agent/event/gs1/link_authority.hpp"
#include "agent/event/gs1/link_path.hpp"
#include "agent/event/gs1/meaning.hpp"
#include "agent/event/gs1/value_rules.hpp"

namespace tillpost::gs1 {
namespace {

struct ShortName {
    std::string_view name;
    std::string_view ai;
};

/// Of primary keys, in early drafts.
constexpr auto short_names = std::to_array<ShortName>({{"gtin", "01"},
                                                       {"sscc", "00"},
                                                       {"gdti", "253"},
                                                       {"gcn", "255"},
                                                       {"ginc", "401"},
                                                       {"gsin", "402"},
                                                       {"gln", "414"},
                                                       {"party", "417"},
                                                       {"grai", "8003"},
                                                       {"giai", "8004"},
                                                       {"itip", "8006"},
                                                       {"cpid", "8010"},
                                                       {"gmn", "8013"},
                                                       {"gsrnp", "8017"},
                                                       {"gsrn", "8018"}});

/// The AI of a short name; "" if it is none.
std::string_view ai_named(std::string_view name) {
    const auto found =
        std::find_if(short_names.begin(), short_names.end(), [&](const ShortName& each) { return each.name == name; });
    return found == short_names.end() ? std::string_view() : found->ai;
}

bool equal_ignoring_case(std::string_view a, std::string_view b) {
    const auto lower = [](char c) { return is_upper(c) ? static_cast<char>(c - 'A' + 'a') : c; };
    return a.size() == b.size() &&
           std::equal(a.begin(), a.end(), b.begin(), [&](char x, char y) { return lower(x) == lower(y); });
}

/// RFC 3986: unreserved, reserved, and "%".
bool in_uri(char c) {
    return is_digit(c) || is_upper(c) || is_lower(c) ||
           std::string_view("-._~:/?#[]@!$&'()*+,;=%").find(c) != std::string_view::npos;
}

int hex_value(char c) { return is_digit(c) ? c - '0' : (c | 0x20) - 'a' + 10; }

/// Where a "%" stands without two hexadecimal digits behind it; npos if none does.
std::size_t bad_percent(std::string_view uri) {
    for (std::size_t at = uri.find('%'); at != std::string_view::npos; at = uri.find('%', at + 1)) {
        if (at + 2 >= uri.size() || !is_hex_digit(uri[at + 1]) || !is_hex_digit(uri[at + 2])) return at;
    }
    return std::string_view::npos;
}

/// Forms in web pages write a blank as "+" in the query; no value has blanks.
std::string decoded(std::string_view text, bool in_query) {
    std::string out;
    for (std::size_t at = 0; at < text.size(); ++at) {
        const bool escape =
            text[at] == '%' && at + 2 < text.size() && is_hex_digit(text[at + 1]) && is_hex_digit(text[at + 2]);
        if (escape) {
            out += static_cast<char>(hex_value(text[at + 1]) * 16 + hex_value(text[at + 2]));
            at += 2;
        } else {
            out += text[at] == '+' && in_query ? ' ' : text[at];
        }
    }
    return out;
}

constexpr std::size_t shortest_gtin = 8;

/// A part of the URI with its place there.
struct Piece {
    std::string_view text;
    std::size_t offset = 0;
};

class Parser {
public:
    Parser(std::string_view uri, int current_year) : uri_(uri), current_year_(current_year) {}

    Message parse() {
        const std::size_t scheme = scheme_length(uri_);
        if (scheme == 0) return refused({"scheme", 0, "begins neither with https:// nor with http://"});
        const std::size_t host_end = std::min(uri_.find_first_of("/?#", scheme), uri_.size());
        split(host_end);
        read_path();
        if (const auto wrong = wrong_form(scheme, host_end)) return refused(*wrong);
        if (key_ == nullptr) return std::move(message_);
        read_query();
        check_associations(message_);
        return std::move(message_);
    }

    static std::size_t scheme_length(std::string_view uri) {
        for (const std::string_view scheme : {"https://", "http://"}) {
            if (equal_ignoring_case(uri.substr(0, scheme.size()), scheme)) return scheme.size();
        }
        return 0;
    }

private:
    /// What makes it no URI at all; nullopt if nothing does.
    std::optional<Wrong> wrong_form(std::size_t scheme, std::size_t host_end) const {
        const auto bad = std::find_if_not(uri_.begin(), uri_.end(), in_uri);
        if (bad != uri_.end()) {
            return Wrong{"character", static_cast<std::size_t>(bad - uri_.begin()),
                         "a character that a URI writes as % and two hexadecimal digits"};
        }
        if (const std::size_t at = bad_percent(uri_); at != std::string_view::npos) {
            return Wrong{"percent", at, "% without two hexadecimal digits behind it"};
        }
        auto wrong = wrong_authority(uri_.substr(scheme, host_end - scheme));
        if (wrong) wrong->position += scheme;
        return wrong;
    }

    /// Nothing of it is read. That it has no key is told as well: then it is a web page with a mistake, not GS1 data.
    Message refused(const Wrong& wrong) const {
        Message message;
        message.add({wrong.rule, "", wrong.position, wrong.text});
        if (const Fault* no_key = message_.find_fault("no_key")) message.add(*no_key);
        return message;
    }

    /// Cuts the path into its segments and finds the query; the fragment is of no interest.
    void split(std::size_t path_begin) {
        const std::string_view rest = uri_.substr(0, uri_.find('#'));
        const std::size_t query = std::min(rest.find('?', path_begin), rest.size());
        if (query < rest.size()) query_ = {rest.substr(query + 1), query + 1};
        std::size_t at = path_begin;
        while (at < query && segments_.size() < longest_input) {
            const std::size_t end = std::min(rest.find('/', at + 1), query);
            segments_.push_back({rest.substr(at + 1, end - at - 1), at + 1});
            at = end;
        }
    }

    /// From the right, pair by pair: the first AI that is a primary key begins the GS1 part of the path.
    void read_path() {
        for (std::size_t at = segments_.size(); at >= 2; at -= 2) {
            const Definition* definition = find_definition(decoded(segments_[at - 2].text, false));
            if (definition == nullptr) break;
            if (!definition->qualifiers) continue;
            key_ = definition;
            for (std::size_t pair = at - 2; pair < segments_.size(); pair += 2) {
                path_.push_back(decoded(segments_[pair].text, false));
                read_value({path_.back(), segments_[pair].offset}, segments_[pair + 1], false);
            }
            check_path(segments_[at - 2].offset);
            return;
        }
        explain_no_key();
    }

    void check_path(std::size_t offset) {
        const std::vector<std::string_view> qualifiers(path_.begin() + 1, path_.end());
        if (are_qualifiers(*key_->qualifiers, qualifiers)) return;
        message_.add({"path_order", path_[0], offset,
                      "in the path may stand behind " + path_[0] + ", in this order: " +
                          (key_->qualifiers->empty() ? std::string("nothing") : std::string(*key_->qualifiers))});
    }

    void explain_no_key() {
        for (std::size_t at = 0; at + 1 < segments_.size(); ++at) {
            if (!is_key(ai_named(segments_[at].text), segments_[at + 1].text)) continue;
            refuse_short_name(segments_[at]);
            return;
        }
        const std::size_t key = right_key();
        if (is_compressed(key)) {
            message_.add({"compressed", "", segments_.back().offset,
                          "looks like a compressed GS1 Digital Link URI, which is not read"});
            return;
        }
        if (key < segments_.size()) {
            message_.add({"path_order", std::string(segments_[key].text),
                          segments_[std::min(key + 2, segments_.size() - 1)].offset,
                          "behind the key only AIs may stand, each with its value, and no / at the end"});
            return;
        }
        message_.add({"no_key", "", std::min(uri_.size(), segments_.empty() ? uri_.size() : segments_[0].offset),
                      "no GS1 primary key such as /01/ in the path"});
    }

    void refuse_short_name(Piece name) {
        message_.add({"short_name", "", name.offset,
                      "\"" + std::string(name.text) + "\": short names are no longer part of the standard, AIs are"});
    }

    /// Whether the AI is a primary key and the value right for it: in other URIs than GS1's that is no accident.
    bool is_key(std::string_view ai, std::string_view value) const {
        const Definition* definition = find_definition(ai);
        if (definition == nullptr || !definition->qualifiers) return false;
        const bool gtin = ai == "01" && value.size() >= shortest_gtin;
        return !find_wrong(*definition, gtin ? padded_gtin(value) : std::string(value), current_year_);
    }

    /// The rightmost segment that is a key before its value; the number of segments if none is.
    std::size_t right_key() const {
        for (std::size_t at = segments_.size(); at >= 2; --at) {
            if (is_key(segments_[at - 2].text, segments_[at - 1].text)) return at - 2;
        }
        return segments_.size();
    }

    /// The compressed part is the last segment, alone or behind a key that is not compressed.
    bool is_compressed(std::size_t key) const {
        if (segments_.empty()) return false;
        const std::string_view last = segments_.back().text;
        if (key + 3 != segments_.size()) return key == segments_.size() && is_compressed_link(last);
        return !last.empty() && std::all_of(last.begin(), last.end(), in_set_64);
    }

    void read_query() {
        std::string_view rest = query_.text;
        while (!rest.empty() && message_.faults.size() < most_faults) {
            const std::size_t offset = query_.offset + (query_.text.size() - rest.size());
            const std::size_t end = std::min(rest.find_first_of("&;"), rest.size());
            read_parameter({rest.substr(0, end), offset});
            rest.remove_prefix(std::min(end + 1, rest.size()));
        }
    }

    void read_parameter(Piece parameter) {
        const std::size_t equals = parameter.text.find('=');
        const std::string name = decoded(parameter.text.substr(0, equals), true);
        if (name.empty() || !digits_only(name)) return;  // an extension, whoever's: lot and exp, too
        if (equals == std::string_view::npos) {
            message_.add({"empty", name, parameter.offset, "a GS1 attribute without a value"});
            return;
        }
        const Definition* definition = find_definition(name);
        if (definition != nullptr) check_attribute(*definition, {name, parameter.offset});
        read_value({name, parameter.offset}, {parameter.text.substr(equals + 1), parameter.offset + equals + 1}, true);
    }

    void check_attribute(const Definition& definition, Piece name) {
        const std::string ai(name.text);
        if (belongs_in_path(name.text)) {
            message_.add({"path_order", ai, name.offset, ai + " belongs in the path, behind " + path_[0]});
        } else if (!definition.link_attribute) {
            message_.add({"attribute", ai, name.offset, ai + " is no attribute of a GS1 Digital Link URI"});
        }
    }

    bool belongs_in_path(std::string_view ai) const {
        for (std::size_t at = 1; at <= path_.size(); ++at) {
            std::vector<std::string_view> qualifiers(path_.begin() + 1, path_.end());
            qualifiers.insert(qualifiers.begin() + static_cast<std::ptrdiff_t>(at - 1), ai);
            if (are_qualifiers(*key_->qualifiers, qualifiers)) return true;
        }
        return false;
    }

    void read_value(Piece ai, Piece text, bool in_query) {
        if (seen(ai.text)) {
            message_.add({"duplicate", std::string(ai.text), ai.offset, std::string(ai.text) + " is there twice"});
            return;
        }
        seen_.emplace_back(ai.text);
        std::string value = decoded(text.text, in_query);
        const bool short_gtin = ai.text == "01" && (value.size() == 8 || value.size() == 12 || value.size() == 13);
        if (short_gtin) value = padded_gtin(value);
        const std::size_t faults = message_.faults.size();
        message_.add(ai.text, value, ai.offset, text.offset, current_year_);
        if (message_.faults.size() > faults) mend_offset(message_.faults.back(), text, short_gtin);
    }

    bool seen(std::string_view ai) const { return std::find(seen_.begin(), seen_.end(), ai) != seen_.end(); }

    /// Message::add counts in the value; "%2F" is three bytes of the URI.
    static void mend_offset(Fault& fault, Piece text, bool short_gtin) {
        if (fault.rule == "unknown_ai") return;
        std::size_t left = fault.offset - text.offset;
        if (short_gtin) left -= std::min(left, std::size_t{14} - text.text.size());
        std::size_t at = 0;
        for (; left > 0 && at < text.text.size(); --left) at += text.text[at] == '%' ? 3 : 1;
        fault.offset = text.offset + at;
    }

    std::string_view uri_;
    int current_year_;
    std::vector<Piece> segments_;
    Piece query_;
    const Definition* key_ = nullptr;
    std::vector<std::string> path_;  ///< The AIs in the path: the key, its qualifiers.
    std::vector<std::string> seen_;
    Message message_;
};

}  // namespace

bool looks_like_uri(std::string_view text) { return Parser::scheme_length(text) != 0; }

Message parse_digital_link(std::string_view uri, int current_year) {
    if (uri.size() <= longest_input) return Parser(uri, current_year).parse();
    Message message;
    message.add({"too_long", "", longest_input, "more than 8,192 bytes"});
    return message;
}

}  // namespace tillpost::gs1
