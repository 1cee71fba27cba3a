// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "agent/event/redaction/card_finder.hpp"
#include "agent/event/redaction/field_names.hpp"
#include "agent/event/redaction/settings.hpp"

namespace tillpost {

/// What became of one text.
struct Redaction {
    bool changed = false;
    std::string bytes;                ///< If changed: what may be stored.
    std::uint32_t numbers = 0;        ///< Card numbers cut, those in tracks included.
    std::uint32_t secrets = 0;        ///< Tracks, security codes and PINs removed.
    std::uint32_t fields = 0;         ///< Members dropped or replaced by a pseudonym.
    std::uint32_t dropped = 0;        ///< Of these, those dropped.
    std::vector<std::string> places;  ///< JSON pointers to card data, at most most_places; "" is the whole text.

    static constexpr std::size_t most_places = 8;
    bool found_card_data() const { return numbers + secrets > 0; }
    /// Another text may have become the same one.
    bool is_ambiguous() const { return numbers + secrets + dropped > 0; }
};

/// [privacy-1] Takes out of what a feed or device hands over what must not be stored, before anybody else looks into it
/// (redaction/README.md). Pure; time and memory grow with the text. One thread at a time; keep one: buffers are used
/// again.
///
/// JSON stays JSON, and its other bytes stay as written. What is no JSON, or is nested more deeply than an event may
/// be, is treated as text from there on.
class Redactor {
public:
    explicit Redactor(PrivacySettings settings = {})
        : settings_(std::move(settings)), finder_(settings_.card_numbers) {}

    /// A line of a feed. The result is valid until the next call.
    const Redaction& redact_line(std::string_view line);
    /// What a scanner read, and its AIM identifier ("" if it sends none).
    const Redaction& redact_code(std::string_view code, std::string_view aim);

private:
    static constexpr std::size_t most_depth = 64;
    static constexpr int no_rule = -1;

    struct Frame {
        bool is_array = false;
        std::size_t begin = 0;           ///< Its bracket
        bool is_gs1 = false;             ///< Its names are application identifiers.
        bool is_card = false;            ///< Its number is a card number.
        Field inherited = Field::plain;  ///< What all that is in it is.
        int inherited_rule = no_rule;
        Field field = Field::plain;  ///< Of the value that comes next.
        int rule = no_rule;
        std::size_t index = 0;  ///< Of the item that comes next.
        std::string_view key;   ///< Of an array: its own, for what is in it.
        bool key_cut = false;
        bool aim_sought = false;   ///< All members of the object were asked for an AIM identifier.
        bool has_gs1_aim = false;  ///< One of them says that a code beside it is GS1 data.
    };
    struct Edit {
        std::size_t begin;
        std::size_t end;
        std::string text;
    };
    struct Token {
        enum class Kind : std::uint8_t { string, atom, text };
        std::size_t begin;  ///< With quotes.
        std::size_t end;
        std::string_view content;
        Kind kind = Kind::string;
        bool escaped = false;  ///< string: there are backslashes in it
    };

    Frame& top() { return frames_[depth_]; }
    void begin(std::string_view source);
    void end();
    std::size_t offset(std::string_view part) const { return static_cast<std::size_t>(part.data() - source_.data()); }
    std::size_t take_structure(std::size_t at);
    std::size_t take_string(std::size_t at);
    std::size_t take_atom(std::size_t at);
    void take_rest(std::size_t at);
    bool open(bool is_array);
    void take_key(const Token& token);
    void take_value(const Token& token);
    void remove_value(const Token& token);
    void cut_card_number(const Token& token);
    void cut_card_part(const Token& token);
    bool cut_by_form(const Token& token);
    void cut_list(const Frame& list, std::size_t end);
    bool cut_findings(const Token& token) { return cut(token, finder_.find(token.content)); }
    bool cut(const Token& token, const std::vector<Finding>& findings);
    void cut_gs1_value(const Token& token, std::string_view ai);
    void cut_code(const Token& token);
    void cut_code_hex(const Token& token);
    Frame& innermost_object();
    void note_aim(const Token& token);
    bool is_element_string(const Token& token);
    void apply_rule(const Token& token, PrivacySettings::Policy policy);
    void replace(std::size_t begin, std::size_t end, std::string text) {
        edits_.push_back({begin, end, std::move(text)});
    }
    void count(const Finding& finding);
    void note_place();
    int rule_of(std::string_view key) const;
    bool is_at(std::string_view path) const;
    std::string pointer() const;
    std::string mask(std::string_view digits) const;
    std::string replacement(const Finding& finding) const;

    PrivacySettings settings_;
    CardFinder finder_;
    PlainText plain_;
    std::string_view source_;
    std::array<Frame, most_depth> frames_;
    std::size_t depth_ = 0;  ///< Index of the innermost frame.
    std::vector<Edit> edits_;
    Redaction result_;
};

/// "p:" and 32 hex digits; RFC 2104 with SHA-256.
std::string pseudonym(std::string_view key, std::string_view text);

}  // namespace tillpost
