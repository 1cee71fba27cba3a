// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "agent/event/names.hpp"
#include "agent/event/places.hpp"

namespace tillpost {

/// What a place in a record holds. `null` counts as absent: POS software writes it for what it does not have.
/// It fits two registers, as it is handed on several times for each member of each line.
class Value {
public:
    enum class Kind : std::uint8_t { absent, text, number, boolean, object, array };
    Kind kind = Kind::absent;

    Value() = default;
    /// `text`: of less than 4 GB
    explicit Value(Kind of_kind, std::string_view text = {})
        : kind(of_kind), size_(static_cast<std::uint32_t>(text.size())), start_(text.data()) {}

    bool present() const { return kind != Kind::absent; }
    /// text: decoded; number: as written, integers in plain decimal; boolean: "true", "false"
    std::string_view text() const { return {start_, size_}; }

private:
    std::uint32_t size_ = 0;
    const char* start_ = nullptr;
};

/// One line of a feed, as far as the format knows it: its objects in the order in which they begin, each in its role.
/// Everything else in the line has been checked for structure only. Its size grows with what is in the line, never
/// beyond; clear() keeps ordinary buffers for the next line.
class Record {
public:
    using Role = tillpost::Role;
    using Id = std::uint32_t;
    static constexpr Id nothing = ~Id{0};

    struct Object {
        Role role = Role::none;
        Value value;              ///< Kind::object, or what stands in its place in an array.
        Id parent = nothing;      ///< The object in which, or in whose list, it stands.
        std::uint32_t index = 0;  ///< Its place in the list.
        NameSet names{};          ///< That it has, absent values not counted.
        Id last = nothing;        ///< Its last member; the others follow by Member::previous.
    };

    /// Begins a line; all views of the one before become invalid.
    void clear(std::string_view line);
    /// A view that is valid until the next clear(), as long as the line lives: what stands in it is not copied.
    std::string_view keep(std::string_view text);

    Id add(Role role, Value value, Id parent = nothing, std::uint32_t index = 0);
    void set(Id object, Name name, Value value);

    struct Member {
        Name name = Name::unknown;
        Id previous = nothing;
        Value value;
    };

    const std::vector<Object>& objects() const { return objects_; }
    Value get(const Object& object, Name name) const;
    /// True if `holds` is true for each of its members, from the last on.
    template <class Predicate>
    bool all_members(const Object& object, Predicate holds) const {
        for (Id at = object.last; at != nothing; at = members_[at].previous) {
            if (!holds(members_[at])) return false;
        }
        return true;
    }
    Value root(Name name) const { return get(objects_.front(), name); }
    /// The first object of that role in `parent`, nullptr if there is none.
    const Object* child(const Object& parent, Role role) const;
    /// "/lines/3/amount"; without name the object itself.
    std::string pointer(const Object& object, Name name = Name::unknown) const;

private:
    std::vector<Object> objects_;  ///< Front: the root, once parsing has begun.
    std::vector<Member> members_;
    std::string_view line_;
    std::string texts_;  ///< Never grows while views into it live.
};

}  // namespace tillpost
