// SPDX-License-Identifier: Apache-2.0
// A line of a feed, of any bytes. Whatever comes, it becomes an event whose data are the line and whose marks are
// bounded, or a rejection that says why; what it says of itself can be had back from the body that is stored.
#include <cstdint>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <variant>

#include "agent/event/intake.hpp"
#include "agent/event/json_paths.hpp"
#include "agent/event/json_text.hpp"

namespace {

using namespace tillpost;

constexpr std::size_t longest_key = 8 * 64 * 3;  // parts of 64 bytes, each of which may become %XX

void require(bool holds) {
    if (!holds) std::abort();
}

void check(const Rejection& rejection) {
    require(!rejection.rule.empty() && !rejection.detail.empty());
    require(rejection.detail.size() < 512 && rejection.field.size() < 1024);
}

void check(const Event& event, std::string_view line) {
    require(event.data.size() <= line.size() && event.data.find('\n') == std::string::npos);
    require(nlohmann::json::accept(event.data) && is_utf8(event.data));
    require(!event.type.empty() && event.subject.size() <= longest_key && is_utf8(event.subject));
    require(event.subject.find('\n') == std::string::npos);
    require(event.quality.marks().size() <= Quality::most_marks + 1 && is_utf8(event.quality.text()));
}

/// What is left without some places is what a JSON library leaves.
void check_left_out(const std::string& data) {
    static const JsonPaths paths({"/number", "/lines/*/line", "/totals"});
    auto expected = nlohmann::json::parse(data);
    for (const char* name : {"number", "totals"}) expected.erase(name);
    const auto lines = expected.find("lines");
    if (lines != expected.end() && lines->is_array()) {
        for (auto& line : *lines) {
            if (line.is_object()) line.erase("line");
        }
    }
    const std::string left = paths.without(data);
    require(nlohmann::json::parse(left, nullptr, false) == expected);
    require(paths.without(left) == left);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static Intake intake;
    const std::string line(reinterpret_cast<const char*>(data), size);
    const auto outcome = intake.parse(line, "pos");
    if (const auto* rejection = std::get_if<Rejection>(&outcome)) check(*rejection);
    const auto* event = std::get_if<Event>(&outcome);
    if (event == nullptr) return 0;
    check(*event, line);
    check_left_out(event->data);
    // Parsed again it is the same: nothing of the former line is left behind.
    const auto again = intake.parse(event->data, "pos");
    const auto* same = std::get_if<Event>(&again);
    require(same != nullptr && same->data == event->data && same->subject == event->subject);
    require(same->quality.text() == event->quality.text());
    return 0;
}
