// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "agent/event/redaction/field_names.hpp"
#include "agent/event/redaction/plain_text.hpp"
#include "agent/event/redaction/settings.hpp"

namespace tillpost {

/// Something in a text that must not be stored.
struct Finding {
    enum class Kind : std::uint8_t {
        number,  ///< A card number.
        track,   ///< Magnetic stripe data, the card number in it.
        secret   ///< What is labelled as security code, PIN or track data.
    };
    Kind kind = Kind::number;
    std::size_t begin = 0;  ///< Bytes of the source, [begin, end).
    std::size_t end = 0;
    std::string digits;      ///< The card number in ASCII; "" of a secret.
    std::string_view brand;  ///< "visa" …; "" where a label or the track's form alone says that it is one.
};

/// Finds card data in a text, without knowing what field it comes from (redaction/README.md says what is found and what
/// is not). Pure; time and memory grow with the text. One thread at a time; keep one: buffers are used again.
class CardFinder {
public:
    /// `own`: card numbers besides those that card_brand() knows.
    explicit CardFinder(std::vector<OwnCards> own = {}) : own_(std::move(own)) {}

    /// In the order of their places, without overlap; valid until the next call.
    const std::vector<Finding>& find(std::string_view source);
    /// Overwrites what is held of the last text.
    void forget();

private:
    struct Digit {
        std::size_t at;  ///< In the plain text.
        char value;
    };
    void find_tracks();
    bool take_track_2(std::size_t separator);
    bool take_track_1(std::size_t caret);
    void find_labelled();
    void find_bare_codes();
    void take_value(std::size_t from, bool secret);
    bool take_parts(std::size_t first);
    void take_by_form(std::size_t from, Field field);
    bool pass_gs1_value(std::size_t name_end, std::size_t from);
    void pass_gs1_numbers(std::size_t from, Field field);
    void pass_fiscal_value(std::size_t from, Field field);
    bool take_code(std::size_t from, bool in_hex);
    bool gs1_aim_beside(std::size_t first, std::size_t last) const;
    void find_numbers();
    std::size_t collect_run(std::size_t from);
    void search_run();
    std::size_t search_at(std::size_t first);
    std::string_view brand_of(std::string_view digits) const;
    std::string_view card_at_end(std::string_view digits) const;
    std::string_view brand_at(std::size_t first, std::size_t count) const;
    bool plausible(std::size_t first, std::size_t count) const;
    bool plausible_groups(std::size_t first, std::size_t count) const;
    bool ends_among_longer(std::size_t first, std::size_t count) const;
    std::size_t take_marked_groups();
    std::size_t take_listed_groups();
    bool begins(std::size_t index, std::size_t count) const;
    bool is_group_start(std::size_t index) const;
    bool is_group_end(std::size_t index) const;
    bool is_emv_number(std::size_t index, std::size_t count) const;
    std::string digits_of(std::size_t first, std::size_t count) const;
    void add(Finding::Kind kind, std::size_t first, std::size_t last, std::string digits, std::string_view brand);
    char at(std::size_t index) const { return index < plain_.text().size() ? plain_.text()[index] : '\n'; }
    char before(std::size_t index) const { return index == 0 ? '\n' : plain_.text()[index - 1]; }

    std::vector<OwnCards> own_;
    PlainText plain_;
    std::string_view source_;  ///< While it is searched.
    std::vector<Digit> run_;
    std::vector<Finding> findings_;
    std::unique_ptr<CardFinder> inner_;  ///< For codes in a text; made for the first one.
    bool is_inner_ = false;
};

/// What may stand between the digits of one number, at most so many of them together: " - ".
constexpr std::size_t most_card_separators = 3;
constexpr bool is_card_separator(char c) { return c == ' ' || c == '-' || c == '.' || c == '+'; }

/// Whether there is a security code or PIN behind its label with nothing but blanks or hyphens between, "cvv 123": in
/// ASCII, as it is written.
bool has_bare_code(std::string_view text);

/// How much of a number that may be one is part of a longer hexadecimal thing that is none: a UUID, a digest, an
/// event's id. `from`, `to`: its place in `text`.
bool is_in_hex_id(std::string_view text, std::size_t from, std::size_t to);

}  // namespace tillpost
