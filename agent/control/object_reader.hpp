// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "agent/control/json_document.hpp"

namespace tillpost {

/// What a text must be, and the words that say so after "expected ".
struct TextRule {
    bool (*holds)(std::string_view text);
    const char* expected;
    /// What is probably meant by a text that is refused; "" if nobody knows.
    std::string (*advice)(std::string_view text) = nullptr;
};

/// Both included.
struct NumberRange {
    std::int64_t least;
    std::int64_t most;
};

enum class Need { optional, required };

/// Reads one object of a document key by key. Whatever is wrong goes to the problems and reads as nullopt. At the end
/// of its scope every key that nobody asked for is a problem, with the nearest one that exists.
///
/// A reader of an absent object (exists() is false) reads nothing and reports nothing.
class ObjectReader {
public:
    ObjectReader(const nlohmann::json* object, std::string path, Problems& problems);
    ~ObjectReader();
    ObjectReader(const ObjectReader&) = delete;
    ObjectReader& operator=(const ObjectReader&) = delete;

    bool exists() const { return object_ != nullptr; }
    bool has(const char* key) { return find(key) != nullptr; }
    bool has_empty_list(const char* key);

    std::optional<std::string> text(const char* key, const TextRule& rule, Need need = Need::optional);
    std::optional<std::vector<std::string>> texts(const char* key, const TextRule& rule, std::size_t most);
    /// A text, or a list of at least one and at most `most`, no two alike.
    std::optional<std::vector<std::string>> one_or_more(const char* key, const TextRule& rule, std::size_t most,
                                                        Need need = Need::optional);
    std::optional<std::int64_t> number(const char* key, NumberRange range);
    std::optional<bool> flag(const char* key);

    /// One of the words, as what it stands for.
    template <class T>
    std::optional<T> choice(const char* key, std::initializer_list<std::pair<const char*, T>> words) {
        std::vector<std::string> names;
        for (const auto& word : words) names.emplace_back(word.first);
        const std::optional<std::size_t> at = one_of(key, names);
        if (!at) return std::nullopt;
        return (words.begin() + *at)->second;
    }
    /// One of these numbers.
    std::optional<std::int64_t> number_of(const char* key, std::initializer_list<std::int64_t> numbers);

    ObjectReader object(const char* key, Need need = Need::optional);
    /// Calls for each object of a list.
    void objects(const char* key, std::size_t most, const std::function<void(ObjectReader&)>& call);

    /// Reports a problem with a key's value: "is <value>: expected <expected>".
    void refuse(const char* key, std::string_view expected);
    /// Reports that the object lacks a key, unless it has it.
    void miss(const char* key, std::string_view expected);
    const std::string& path() const { return path_; }

private:
    const nlohmann::json* find(const char* key);
    std::optional<std::size_t> one_of(const char* key, const std::vector<std::string>& names);
    std::string path_of(const std::string& key) const { return path_ + "/" + key; }
    void refuse_unknown(const std::string& key);

    const nlohmann::json* object_;
    std::string path_;
    Problems& problems_;
    std::vector<std::string> known_;
};

/// How many keystrokes apart two words are: letters left out, added, wrong, or two exchanged.
std::size_t edit_distance(std::string_view a, std::string_view b);

}  // namespace tillpost
