// SPDX-License-Identifier: Apache-2.0
#include "agent/event/record_builder.hpp"

#include <algorithm>
#include <memory>

#include "agent/event/json_text.hpp"

namespace tillpost {
void RecordBuilder::clear(std::string_view line) {
    record_.clear(line);
    depth_ = members_ = items_ = 0;
    other_names_.clear();
    rejection_.reset();
    twice_.clear();
}

bool RecordBuilder::said_twice(Role role, Name name) const {
    return std::find(twice_.begin(), twice_.end(), std::pair(role, name)) != twice_.end();
}

bool RecordBuilder::begin_object() {
    if (depth_ == 0) return enter(false, {Role::root, record_.add(Role::root, Value(Value::Kind::object))});
    Inside inside;
    return place(Value(Value::Kind::object), inside) && enter(false, inside);
}

bool RecordBuilder::begin_array() {
    if (depth_ == 0) return reject("not_an_object", "", "the line is a JSON array, not an object");
    Inside inside;
    return place(Value(Value::Kind::array), inside) && enter(true, inside);
}

bool RecordBuilder::scalar(Value value) {
    if (depth_ == 0) return reject("not_an_object", "", "the line is a single JSON value, not an object");
    Inside nothing;
    return place(value, nothing);
}

/// Records the value where the parser is, if that place has a role, and says what its contents are.
bool RecordBuilder::place(Value value, Inside& inside) {
    Frame& outer = top();
    const bool has_role = outer.object != Record::nothing;
    const bool is_list = value.kind == Value::Kind::array;
    const bool is_object = value.kind == Value::Kind::object;
    if (outer.is_array) {
        if (++items_ > most_items)
            return reject("too_many_members", pointer(depth_ - 1), "more than 65536 array items");
        const std::uint32_t index = outer.items++;
        if (!has_role || outer.role == Role::none) return true;
        value = Value(value.kind, record_.keep(value.text()));
        const Record::Id item = record_.add(outer.role, value, outer.object, index);
        if (is_object) inside = {outer.role, item};
        return true;
    }
    if (!has_role || outer.name == Name::unknown) return true;
    value = Value(value.kind, record_.keep(value.text()));
    record_.set(outer.object, outer.name, value);
    if (!is_list && !is_object) return true;
    inside.role = role_in(outer.role, outer.name, is_list);
    if (inside.role == Role::none) return true;
    inside.object = is_list ? outer.object : record_.add(inside.role, value, outer.object);
    return true;
}

bool RecordBuilder::enter(bool is_array, Inside inside) {
    if (depth_ == most_depth)
        return reject("too_deep", pointer(depth_), "more than 32 objects and arrays inside one another");
    Frame& frame = *std::construct_at(&frames_[depth_++]);
    frame.is_array = is_array;
    frame.role = inside.role;
    frame.object = inside.object;
    frame.other_names = other_names_.size();
    return true;
}

bool RecordBuilder::key(std::string_view name) {
    Frame& object = top();
    if (++members_ > most_members) return reject("too_many_members", pointer(depth_ - 1), "more than 65536 members");
    object.named = true;
    object.name = find_name(name);
    if (object.name == Name::unknown) {
        object.key = record_.keep(name);
        other_names_.push_back(object.key);
        return true;
    }
    object.key = text_of(object.name);
    if (object.names.has(object.name)) {
        if (!reads_twice_) return reject("duplicate_key", pointer(depth_), "a name occurs twice in one object");
        if (!said_twice(object.role, object.name)) twice_.emplace_back(object.role, object.name);
    }
    object.names.add(object.name);
    return true;
}

bool RecordBuilder::end_object() {
    Frame& object = top();
    const auto first = other_names_.begin() + static_cast<std::ptrdiff_t>(object.other_names);
    std::sort(first, other_names_.end());
    const auto twice = std::adjacent_find(first, other_names_.end());
    if (twice != other_names_.end() && !reads_twice_) {
        object.key = *twice;
        return reject("duplicate_key", pointer(depth_), "a name occurs twice in one object");
    }
    other_names_.erase(first, other_names_.end());
    --depth_;
    return true;
}

bool RecordBuilder::end_array() {
    --depth_;
    return true;
}

bool RecordBuilder::reject(std::string_view rule, std::string field, std::string detail) {
    rejection_ = Rejection{std::string(rule), std::move(field), std::move(detail)};
    return false;
}

std::string RecordBuilder::place() const {
    if (depth_ == 0) return {};
    const Frame& inner = frames_[depth_ - 1];
    if (!inner.is_array) return pointer(inner.named ? depth_ : depth_ - 1);
    return pointer(depth_ - 1) + "/" + std::to_string(inner.items);
}

/// The place at which the outermost `depth` frames are.
std::string RecordBuilder::pointer(std::size_t depth) const {
    std::string text;
    std::string step;
    for (std::size_t i = 0; i < depth; ++i) {
        const Frame& frame = frames_[i];
        step.clear();
        if (frame.is_array) {
            step.append("/").append(std::to_string(frame.items == 0 ? 0 : frame.items - 1));
        } else {
            append_pointer_step(step, frame.key);
        }
        if (text.size() + step.size() > longest_field) break;
        text += step;
    }
    return text;
}

}  // namespace tillpost
