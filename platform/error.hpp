// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <boost/system/result.hpp>
#include <string>
#include <string_view>
#include <system_error>
#include <type_traits>

namespace tillpost {

/// What a caller may want to decide on. Text for people goes in Error::message.
enum class Errc {
    cancelled = 1,
    corrupt,
    full,
    invalid,
    io,
    not_connected,
    rejected,
    retains_nothing,
    taken_over,
    timeout,
    too_large,
    unreadable
};
std::error_code make_error_code(Errc code) noexcept;

/// A code to branch on plus the story of what was being done, outermost step first.
struct Error {
    std::error_code code;
    std::string message;
    Error with_context(std::string_view step) const { return {code, std::string(step) + ": " + message}; }
};

/// An Error from errno after a failed system call: "<step>: No such file or directory".
Error system_error(std::string_view step, int number);

template <class T>
using Result = boost::system::result<T, Error>;

[[noreturn]] inline void throw_exception_from_error(const Error& error, const boost::source_location&) {
    throw std::system_error(error.code, error.message);
}

}  // namespace tillpost

template <>
struct std::is_error_code_enum<tillpost::Errc> : std::true_type {};
