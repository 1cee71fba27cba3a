// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tillpost::cli {

/// Cuts a text that people look at into its records: JSON objects over as many lines as they like, one behind another,
/// or the items of lists. What is wrong within an object is not looked at, but for where it ends. Pure; holds one
/// object.
class DocumentCutter {
public:
    struct Record {
        std::uint64_t line = 0;  ///< In which it begins
        std::string text;        ///< With its line breaks; "" if it is too long
        bool too_long = false;
    };
    /// Why nothing behind it can be cut.
    struct Fault {
        std::uint64_t line = 0;
        std::string detail;
    };

    /// `longest`: bytes of an object.
    explicit DocumentCutter(std::size_t longest) : longest_(longest) {}

    /// The next object, taken off the front of `input`; nullopt when all of that is taken, or at a fault.
    std::optional<Record> next(std::string_view& input);
    /// Nothing more comes.
    void end();
    const std::optional<Fault>& fault() const { return fault_; }

    /// Whether a text that begins so is one: a list of objects, or an object whose first line goes on, with a name
    /// where one is due; nullopt: not to be told yet. `most`: bytes after which a line is one, whatever comes.
    static std::optional<bool> is_one(std::string_view beginning, std::size_t most);

private:
    enum class Place { outside, item, behind_item, inside };
    void fail(std::uint64_t line, std::string detail);
    void take(char c);
    void take_between(char c);
    void take_inside(char c);
    void open(char c);
    void close(char c);
    void keep(char c);

    const std::size_t longest_;
    Place place_ = Place::outside;
    bool in_list_ = false;
    bool list_is_empty_ = false;
    bool in_text_ = false;
    bool escaped_ = false;
    bool complete_ = false;  ///< record_ is
    std::string open_;       ///< What closes what is open
    std::uint64_t line_ = 1;
    std::uint64_t list_line_ = 0;  ///< In which the list begins
    Record record_;
    std::optional<Fault> fault_;
};

}  // namespace tillpost::cli
