// SPDX-License-Identifier: Apache-2.0
#include "agent/cli/tail_view.hpp"

#include <array>
#include <ctime>
#include <nlohmann/json.hpp>
#include <utility>

#include "agent/cli/members.hpp"
#include "agent/status/text.hpp"
#include "platform/clock.hpp"
#include "platform/time_text.hpp"

namespace tillpost::cli {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;

/// "11:15:30+01:00 " of "2026-11-23T10:15:30.123Z", where that is the local time; "" for no time.
std::string time_of_day(const json& event) {
    const auto time = parse_time(text_in(event, "time"));
    if (!time) return "";
    const std::tm local = local_parts(WallTime(time->time_since_epoch()));
    std::array<char, 24> text{};
    const std::size_t size = std::strftime(text.data(), text.size(), "%H:%M:%S%z", &local);  // … +0100
    return size < 2 ? "" : std::string(text.data(), size).insert(size - 2, ":") + " ";
}

std::string captured(const json& event) {
    const std::string rule = text_in(event, "rule", "");
    return time_of_day(event) + number_in(event, "sequence", "?") + " captured " + text_in(event, "type") + " " +
           text_in(event, "subject") + " " + text_in(event, "quality") + " " + text_in(event, "device") +
           (rule.empty() ? "" : ": " + rule) + "\n";
}

}  // namespace

Result<std::string> TailView::show(std::string_view line) {
    const json document = json::parse(line, nullptr, false);
    if (!document.is_object() || document.empty())
        return Error{Errc::invalid, "this is no tillpostd: " + printable(line.substr(0, 80))};
    const std::string kind = document.begin().key();
    const json& value = document.begin().value();
    if (kind == "error")
        return Error{Errc::rejected, value.is_string() ? printable(value.get<std::string>()) : "refused"};
    if (kind == "skipped") {
        const auto skipped = count_in(document, "skipped");
        return "… " + (skipped ? counted(*skipped, "line", "lines") : "? lines") +
               " skipped: they came faster than they were read\n";
    }
    if (!value.is_object()) return std::string();
    if (kind == "captured") return introduce(text_in(value, "epoch")) + captured(value);
    if (kind != "sent" && kind != "confirmed") return std::string();
    return introduce(text_in(value, "epoch")) + "… " + number_in(value, "upto", "?") + " " + kind + "\n";
}

std::string TailView::introduce(const std::string& epoch) {
    const std::string before = std::exchange(epoch_, epoch);
    return before == epoch || before.empty() ? "" : "… from here on in epoch " + epoch + "\n";
}

Result<std::string> plain_json(std::string_view line) {
    const ordered_json document = ordered_json::parse(line, nullptr, false);
    if (document.is_discarded()) return Error{Errc::invalid, "this is no tillpostd: " + printable(line.substr(0, 80))};
    return document.dump(-1, ' ', true, ordered_json::error_handler_t::replace);
}

}  // namespace tillpost::cli
