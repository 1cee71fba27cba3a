// SPDX-License-Identifier: Apache-2.0
#include "drivers/simulator/report.hpp"

#include <array>
#include <cerrno>
#include <cmath>

#include "drivers/simulator/json_text.hpp"

namespace tillpost::simulator {
namespace {

std::string millis(double value) {
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "%.3f", value);
    return text.data();
}

void append_row(std::string& table, std::string_view name, const std::string& value) {
    table.append(name).append(name.size() < 24 ? 24 - name.size() : 1, ' ');
    table.append(value.size() < 12 ? 12 - value.size() : 0, ' ').append(value).append("\n");
}

}  // namespace

std::string Numbers::json() const {
    std::string out = "{";
    const auto add = [&out](std::string_view name, const std::string& value) {
        out.append(out.size() > 1 ? ",\"" : "\"").append(name).append("\":").append(value);
    };
    add("sent", std::to_string(sent));
    add("accepted", std::to_string(accepted));
    add("quarantined", std::to_string(quarantined));
    add("known", std::to_string(known));
    add("refused", std::to_string(refused));
    add("repeated", std::to_string(repeated));
    add("dropped", std::to_string(dropped));
    add("waiting", std::to_string(waiting));
    add("ack_p50_ms", millis(latencies.percentile(50)));
    add("ack_p99_ms", millis(latencies.percentile(99)));
    add("connected", connected ? "true" : "false");
    add("connections", std::to_string(connections));
    add("scans", std::to_string(scans));
    add("scans_lost", std::to_string(scans_lost));
    add("seconds", millis(seconds));
    return out.append("}\n");
}

std::string Numbers::table() const {
    std::string out;
    append_row(out, "lines sent", std::to_string(sent));
    append_row(out, "  of these again", std::to_string(repeated));
    append_row(out, "accepted", std::to_string(accepted));
    append_row(out, "quarantined", std::to_string(quarantined));
    append_row(out, "  of both known before", std::to_string(known));
    append_row(out, "refused, sent again", std::to_string(refused));
    append_row(out, "too long, given up", std::to_string(dropped));
    append_row(out, "without an answer", std::to_string(waiting));
    append_row(out, "connections", std::to_string(connections));
    append_row(out, "scans", std::to_string(scans));
    append_row(out, "answered after, median", millis(latencies.percentile(50)) + " ms");
    append_row(out, "answered after, 99 %", millis(latencies.percentile(99)) + " ms");
    const double answered = static_cast<double>(accepted + quarantined);
    append_row(out, "answers a second", millis(seconds > 0 ? answered / seconds : 0));
    return out;
}

Result<ToldFile> ToldFile::open(const std::string& path) {
    std::FILE* file = std::fopen(path.c_str(), "ae");
    if (file == nullptr) return system_error("open " + path, errno);
    return ToldFile(file);
}

Result<void> ToldFile::add(const Reply& reply, const Window::Settled& settled) {
    JsonText json(160);
    json.begin_object().text("epoch", reply.epoch).number("sequence", static_cast<std::int64_t>(reply.sequence));
    json.text("subject", settled.played.subject).truth("repeat", settled.repeat);
    json.text("kind", reply.kind == Reply::Kind::accepted ? "accepted" : "quarantined").end_object();
    const std::string line = json.take() + "\n";
    if (std::fwrite(line.data(), 1, line.size(), file_.get()) != line.size()) {
        return system_error("writing what was told", errno);
    }
    return {};
}

Result<void> ToldFile::flush() {
    if (std::fflush(file_.get()) != 0) return system_error("writing what was told", errno);
    return {};
}

Result<void> replace_file(const std::string& path, const std::string& content) {
    const std::string fresh = path + ".new";
    std::FILE* file = std::fopen(fresh.c_str(), "we");
    if (file == nullptr) return system_error("open " + fresh, errno);
    const bool written = std::fwrite(content.data(), 1, content.size(), file) == content.size();
    if (std::fclose(file) != 0 || !written) return system_error("write " + fresh, errno);
    if (std::rename(fresh.c_str(), path.c_str()) != 0) return system_error("rename " + fresh, errno);
    return {};
}

}  // namespace tillpost::simulator
