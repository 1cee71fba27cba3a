// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "platform/error.hpp"

namespace tillpost {

/// Reads the members of one request of the control socket; the first fault is kept, and what nobody asked for is one.
/// Pure.
class RequestMembers {
public:
    explicit RequestMembers(const nlohmann::json& object) : object_(object) {}

    void text(const char* name, std::string& to);
    /// What is written into an event for people to read, at most so many bytes.
    void words(const char* name, std::string& to, std::size_t longest);
    template <class Unsigned>
    void number(const char* name, Unsigned& to, std::uint64_t most) {
        if (const auto found = number_of(name, most)) to = static_cast<Unsigned>(*found);
    }
    void flag(const char* name, bool& to);
    void fail(const char* name, const std::string& what);
    /// "" if all was right.
    const std::string& fault();

private:
    std::optional<std::uint64_t> number_of(const char* name, std::uint64_t most);
    const nlohmann::json* find(const char* name);
    const nlohmann::json& object_;
    std::size_t known_ = 0;
    std::string fault_;
};

/// Nothing but blanks of any kind, or nothing at all: no word that says anything.
bool is_blank(std::string_view text);

constexpr std::size_t longest_actor = 64;    ///< Bytes
constexpr std::size_t longest_reason = 256;  ///< Bytes

/// A request: one JSON object with one member, an object. Errc::invalid for anything else.
Result<nlohmann::json> read_request(std::string_view line);

}  // namespace tillpost
