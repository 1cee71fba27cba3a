// SPDX-License-Identifier: Apache-2.0
#include "platform/log.hpp"

#include <unistd.h>

#include <array>
#include <atomic>
#include <cstdlib>

#include "platform/clock.hpp"
#include "platform/journal_stream.hpp"
#include "platform/line_output.hpp"
#include "platform/printable.hpp"

namespace tillpost::log {
namespace {

constexpr std::size_t longest_line = 2048;
constexpr std::string_view ellipsis = "…";
std::atomic<Level> lowest_level{Level::info};

struct LevelName {
    const char* text;
    const char* syslog_prefix;
};
constexpr std::array<LevelName, 4> names{{{"debug", "<7>"}, {"info", "<6>"}, {"warn", "<4>"}, {"error", "<3>"}}};

const LevelName& name_of(Level level) { return names[static_cast<std::size_t>(level)]; }

void append_value(std::string& line, std::string_view text) {
    const bool quoted = text.empty() || text.find_first_of(" =\"\\") != std::string_view::npos;
    std::string escaped;
    for (const char c : text) {
        if (c == '"' || c == '\\') escaped += '\\';
        escaped += c;
    }
    line += quoted ? '"' + printable(escaped) + '"' : printable(escaped);
}

/// Cuts at `longest_line`, between characters of UTF-8.
void cut(std::string& line) {
    if (line.size() <= longest_line) return;
    std::size_t end = longest_line - ellipsis.size();
    while (end > 0 && (static_cast<unsigned char>(line[end]) & 0xc0) == 0x80) --end;
    line.resize(end);
    line += ellipsis;
}

std::string whole_line(Level level, std::string_view message, Fields fields) {
    static const bool to_journal = leads_to_journal(std::getenv("JOURNAL_STREAM"), STDERR_FILENO);
    std::string line = to_journal ? name_of(level).syslog_prefix : rfc3339(wall_now()) + " ";
    line += format(level, message, fields);
    line += '\n';
    return line;
}

/// Never destroyed: threads may log until the end.
LineOutput& output() {
    static auto* const standard_error = new LineOutput(STDERR_FILENO, [](std::uint64_t lines) {
        return whole_line(Level::warn, "lines of the log are missing here: nobody took them", {{"lines", lines}});
    });
    return *standard_error;
}

void write(Level level, std::string_view message, Fields fields) {
    if (level < lowest_level.load(std::memory_order_relaxed)) return;
    output().write(whole_line(level, message, fields));
}

}  // namespace

void finish() { output().finish(Millis(1'000)); }

void set_level(Level lowest) { lowest_level = lowest; }

std::string format(Level level, std::string_view message, Fields fields) {
    std::string line = name_of(level).text;
    line += ' ';
    line += printable(message);
    for (const Field& field : fields) {
        line.append(" ").append(field.key).append("=");
        append_value(line, field.value);
    }
    cut(line);
    return line;
}

void debug(std::string_view message, Fields fields) { write(Level::debug, message, fields); }
void info(std::string_view message, Fields fields) { write(Level::info, message, fields); }
void warn(std::string_view message, Fields fields) { write(Level::warn, message, fields); }
void error(std::string_view message, Fields fields) { write(Level::error, message, fields); }

}  // namespace tillpost::log
