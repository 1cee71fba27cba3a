// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/event/event.hpp"
#include "agent/event/event_types.hpp"
#include "agent/event/json_paths.hpp"
#include "agent/event/record.hpp"
#include "agent/event/settings.hpp"

namespace tillpost {

/// [once-2] What makes records the same, where the retailer's configuration says it for a type. Pure, and immutable
/// once made: threads share one.
class KeyRules {
public:
    KeyRules() = default;
    /// `store`: this one, "" if it is not known.
    explicit KeyRules(const std::vector<KeySetting>& settings, std::string store = {});

    /// All of it as text, for whoever keeps it; nothing that reads it later makes other keys of it.
    std::string text() const;
    /// nullopt for what is no such text.
    static std::optional<KeyRules> from(std::string_view text);
    /// As the first versions of this program made the types' own keys: without the store, whichever a record names.
    KeyRules without_stores() const;

    /// The members that a configured key is made of.
    class Key {
    public:
        explicit Key(const KeySetting& setting);
        /// Why a record has no such key.
        std::optional<Rejection> fault(std::string_view line) const;
        /// "<start>/<part>/<part>…", "" if a part is not there or cannot be one. What ends in till, business date and
        /// number starts with "pos", so that its numbers are watched; another one with the type's name.
        std::string subject(std::string_view line, std::string_view type) const;
        /// Where its parts stand.
        const JsonPaths& paths() const { return paths_; }
        /// That of the sale that `original` (of that record, or a line of it) names, "" if it does not name all of it.
        /// `or_root`: the till and day of the record itself, where the original does not say them.
        std::string subject_of(const Record& record, const Record::Object& original, bool or_root) const;
        /// Whether till, business date and number say all of it.
        bool is_named_by_number() const { return named_by_number_; }

    private:
        struct Part;
        static Part part(std::string_view written);
        std::vector<std::string> pointers_;
        JsonPaths paths_;
        bool numbered_ = false;
        bool named_by_number_ = false;
    };
    /// The store that is named, as it stands in a type's own key, if it is another one than this: "" otherwise. "42"
    /// and "0042" are one store. A view into the value.
    std::string_view other_store(const Value& named) const;
    const std::string& store() const { return store_; }
    /// Whether a record's data name this store, in whatever form.
    bool names_own_store(std::string_view data) const;
    /// Whether both make the same key and content of a record. A quick look: "no" may be wrong.
    bool agrees(const KeyRules& other, std::string_view type, std::string_view data) const;
    /// nullptr: the type's own.
    const Key* key_of(std::string_view type) const;
    /// What two records of a type with one key are compared by; nullopt: all of their data.
    std::optional<std::string> compared(std::string_view type, std::string_view data) const;
    /// Whether records of the type are compared by less than all of their data.
    bool changes(std::string_view type) const;
    /// … by all but that member, among others.
    bool changes(std::string_view type, std::string_view pointer) const;

private:
    struct Rule {
        std::optional<Key> key;
        JsonPaths changing;
        KeySetting setting;
    };
    const Rule* rule_of(std::string_view type) const;

    std::vector<KeySetting> settings_;
    std::map<std::string, Rule, std::less<>> rules_;
    std::string store_;
    bool names_stores_ = true;
};

/// "42" and "0042" are one store, and a GTIN is the same in each of its lengths.
std::string_view without_zeros(std::string_view text);

}  // namespace tillpost
