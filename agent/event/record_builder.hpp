// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "agent/event/event.hpp"
#include "agent/event/record.hpp"

namespace tillpost {

/// Turns what a JSON parser meets, in its order, into a Record, and guards the structure: depth, number of members and
/// items, names that occur twice in one object. A function that returns false has rejected the line; call no other
/// after it. Needs no JSON library, knows no meaning beyond the roles.
class RecordBuilder {
public:
    static constexpr std::size_t most_depth = 32;       ///< Objects and arrays inside one another, the root included.
    static constexpr std::size_t most_members = 65536;  ///< Of all objects together: some 10 MB of a Record.
    static constexpr std::size_t most_items = 65536;    ///< Of all arrays together.
    static constexpr std::size_t longest_field = 256;   ///< Bytes of a rejection's pointer; what is deeper is left out.

    /// A name that is twice in one object rejects the line; or (`noted`) it is read all the same, by whoever takes
    /// nothing of it that was said twice.
    enum class Twice : bool { rejected, noted };

    explicit RecordBuilder(Record& record, Twice twice = Twice::rejected)
        : record_(record), reads_twice_(twice == Twice::noted) {}
    /// Begins a line, which must outlive what is asked of the record.
    void clear(std::string_view line);

    /// Of the value that comes next: a JSON pointer. Between members it is the last one's, which they stand behind; of
    /// an object that has none yet it is the object's.
    std::string place() const;

    bool begin_object();
    bool begin_array();
    bool key(std::string_view name);
    /// text, number, boolean or (null) absent; what does not stand in the line itself is copied where it is needed.
    bool scalar(Value value);
    bool end_object();
    bool end_array();

    const std::optional<Rejection>& rejection() const { return rejection_; }
    /// Whether an object of that role has the member more than once.
    bool said_twice(Role role, Name name) const;

private:
    struct Frame {
        bool is_array = false;
        bool named = false;                      ///< object: it has a member.
        Name name = Name::unknown;               ///< object: the member whose value is awaited
        Record::Role role = Record::Role::none;  ///< Of the object, of an array's items.
        Record::Id object = Record::nothing;     ///< The object itself, the one that owns the array.
        std::uint32_t items = 0;                 ///< array: so far
        NameSet names{};                         ///< object: known names met, null or not
        std::size_t other_names = 0;             ///< object: where its names begin in other_names_
        std::string_view key;
    };

    /// What the contents of an object or array are.
    struct Inside {
        Record::Role role = Record::Role::none;
        Record::Id object = Record::nothing;
    };

    Frame& top() { return frames_[depth_ - 1]; }
    bool enter(bool is_array, Inside inside);
    bool place(Value value, Inside& inside);
    bool reject(std::string_view rule, std::string field, std::string detail);
    std::string pointer(std::size_t depth) const;

    Record& record_;
    std::array<Frame, most_depth> frames_;
    std::size_t depth_ = 0;
    std::size_t members_ = 0;
    std::size_t items_ = 0;
    std::vector<std::string_view> other_names_;  ///< Names outside enum Name of all objects that are open.
    std::optional<Rejection> rejection_;
    bool reads_twice_;
    std::vector<std::pair<Role, Name>> twice_;  ///< No two alike: as many as there are roles and names
};

}  // namespace tillpost
