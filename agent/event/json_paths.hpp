// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace tillpost {

/// A few places in JSON texts, and what can be done with what stands there. Pure.
///
/// The texts have been parsed before: of what is no JSON the result is some text or other, and never a fault.
class JsonPaths {
public:
    static constexpr std::size_t most = 32;  ///< A set of them is one word.

    JsonPaths() = default;
    /// JSON pointers (RFC 6901); the step "*" stands for any item of a list. At most `most` of them.
    explicit JsonPaths(const std::vector<std::string>& pointers);

    bool empty() const { return paths_.empty(); }
    /// The text without the members and items there, and without white space between its tokens: the same for all
    /// texts that differ in nothing else.
    std::string without(std::string_view text) const;
    /// What stands at each place, as written; "" where nothing does, or in a text that is deeper than 64.
    std::vector<std::string_view> values(std::string_view text) const;

private:
    using Set = std::uint32_t;  ///< Of paths_
    using Steps = std::vector<std::string>;
    struct Place {
        std::size_t path;   ///< Which
        std::size_t begin;  ///< Of the member with its name, or of the item
        std::size_t value;
        std::size_t end;
    };
    struct Frame {
        bool is_array = false;
        Set within = 0;        ///< Paths that lead into it …
        Place own{};           ///< … and itself, if one ends at it.
        std::size_t item = 0;  ///< Index of the item that comes next.
    };
    class Walk;
    Set narrowed(Set set, std::size_t depth, std::string_view step, bool is_item) const;

    std::vector<Steps> paths_;
};

}  // namespace tillpost
