// SPDX-License-Identifier: Apache-2.0
#include "agent/event/record.hpp"

#include <cassert>
#include <functional>

namespace tillpost {
namespace {

// What an ordinary day needs is kept between lines; what one monstrous line took is given back.
constexpr std::size_t kept_objects = 1024;
constexpr std::size_t kept_text = 64 * 1024;

template <class Container>
void reuse(Container& container, std::size_t most) {
    if (container.capacity() > most) container = Container();
    container.clear();
}

}  // namespace

void Record::clear(std::string_view line) {
    line_ = line;
    reuse(objects_, kept_objects);
    reuse(members_, kept_objects);
    reuse(texts_, kept_text);
    texts_.reserve(line.size());
}

std::string_view Record::keep(std::string_view text) {
    const std::less_equal<const char*> not_behind;
    const char* const line_end = line_.data() + line_.size();
    if (not_behind(line_.data(), text.data()) && not_behind(text.data() + text.size(), line_end)) return text;
    // Decoded text is never longer than what was written, so the line's size is enough for all of it.
    assert(texts_.size() + text.size() <= texts_.capacity());
    const std::size_t start = texts_.size();
    texts_.append(text);
    return std::string_view(texts_).substr(start);
}

// Both are filled in where they stay: a copy of what was just put together waits until all of it has been stored.
Record::Id Record::add(Role role, Value value, Id parent, std::uint32_t index) {
    Object& object = objects_.emplace_back();
    object.role = role;
    object.value = value;
    object.parent = parent;
    object.index = index;
    return static_cast<Id>(objects_.size() - 1);
}

void Record::set(Id object, Name name, Value value) {
    if (!value.present()) return;
    Object& owner = objects_[object];
    Member& member = members_.emplace_back();
    member.name = name;
    member.previous = owner.last;
    member.value = value;
    owner.last = static_cast<Id>(members_.size() - 1);
    owner.names.add(name);
}

Value Record::get(const Object& object, Name name) const {
    if (!object.names.has(name)) return {};
    Id at = object.last;
    while (members_[at].name != name) at = members_[at].previous;
    return members_[at].value;
}

const Record::Object* Record::child(const Object& parent, Role role) const {
    const auto id = static_cast<Id>(&parent - objects_.data());
    for (Id at = id + 1; at < objects_.size(); ++at) {
        if (objects_[at].parent == id && objects_[at].role == role) return &objects_[at];
        if (objects_[at].role == parent.role) break;
    }
    return nullptr;
}

std::string Record::pointer(const Object& object, Name name) const {
    std::string text = object.parent == nothing ? std::string() : pointer(objects_[object.parent]);
    const Place place = place_of(object.role);
    if (place.name != Name::unknown) text.append("/").append(text_of(place.name));
    if (place.list) text.append("/").append(std::to_string(object.index));
    if (name != Name::unknown) text.append("/").append(text_of(name));
    return text;
}

}  // namespace tillpost
