// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace tillpost {

/// Card numbers that the redaction does not know by itself, with the check digit that all have.
struct OwnCards {
    std::string prefix;      ///< Digits that they begin with.
    std::size_t digits = 0;  ///< How many they have.

    static constexpr std::size_t fewest = 12;  ///< Of digits: what the redaction looks at.
    static constexpr std::size_t most = 19;
};

/// What is done with members beyond card data.
struct PrivacySettings {
    enum class Policy : std::uint8_t {
        keep,        ///< As written; card data are cut all the same.
        drop,        ///< null in its place.
        pseudonym,   ///< "p:" and 32 hex digits: HMAC-SHA-256 of the text, the first 128 bits.
        identifier,  ///< A number of the shop's own, such as a loyalty card's: digits alone are no card number.
    };
    struct Rule {
        std::string name;  ///< Every member of that name, as `same_name` compares; "" if path counts.
        std::string path;  ///< JSON pointer, its names compared so, too; "*" stands for any item of an array.
        Policy policy = Policy::keep;
    };
    std::vector<Rule> fields;  ///< The first that fits counts.
    Policy free_text = Policy::keep;
    bool keep_bin = false;               ///< The first six digits stay, too, of numbers with 15 digits or more.
    std::vector<OwnCards> card_numbers;  ///< Beside those of the brands that are known.
    std::string key_file;                ///< Where `key` comes from; "" for none.
    std::string key;                     ///< Of the pseudonyms: the retailer's, the same in all stores.
};

}  // namespace tillpost
