// SPDX-License-Identifier: Apache-2.0
#include "agent/cli/tail_view.hpp"

#include <nlohmann/json.hpp>
#include <utility>

#include "agent/status/text.hpp"

namespace tillpost::cli {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;

std::string text_of(const json& object, const char* name) {
    const auto found = object.find(name);
    if (found == object.end() || !found->is_string()) return "-";
    const std::string& text = found->get_ref<const std::string&>();
    return text.empty() ? "-" : printable(text);
}

std::string number_of(const json& object, const char* name) {
    const auto found = object.find(name);
    return found != object.end() && found->is_number_unsigned() ? std::to_string(found->get<std::uint64_t>()) : "?";
}

std::string captured(const json& event) {
    return number_of(event, "sequence") + " captured " + text_of(event, "type") + " " + text_of(event, "subject") +
           " " + text_of(event, "quality") + " " + text_of(event, "device") + "\n";
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
    if (kind == "skipped")
        return "… " + number_of(document, "skipped") + " lines skipped: they came faster than they were read\n";
    if (!value.is_object()) return std::string();
    if (kind == "captured") return introduce(text_of(value, "epoch")) + captured(value);
    if (kind != "sent" && kind != "confirmed") return std::string();
    return introduce(text_of(value, "epoch")) + "… " + number_of(value, "upto") + " " + kind + "\n";
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
