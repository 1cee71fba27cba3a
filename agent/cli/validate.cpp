// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <iostream>
#include <nlohmann/json.hpp>
#include <string>

#include "agent/cli/commands.hpp"
#include "agent/cli/schema_commands.hpp"
#include "agent/cli/verdicts.hpp"
#include "drivers/feed/line_framer.hpp"
#include "drivers/feed/settings.hpp"
#include "platform/files.hpp"

namespace tillpost::cli {
namespace {

constexpr int not_readable = 2;

/// The lines of a stream, cut as the feed cuts them, with the numbers that an editor shows.
class Lines {
public:
    explicit Lines(Verdicts& verdicts) : verdicts_(verdicts) {}

    void take(std::string_view bytes) {
        while (!bytes.empty()) {
            const std::string_view before = bytes;
            const auto line = framer_.next(bytes);
            const auto taken = before.substr(0, before.size() - bytes.size());
            number_ += static_cast<std::uint64_t>(std::count(taken.begin(), taken.end(), '\n'));
            if (!line) return;
            if (first_ == 0 && !LineFramer::is_blank(line->bytes)) begin(line->bytes);
            if (in_one_) {
                keep(line->too_long ? std::string_view() : line->bytes);
            } else {
                std::cout << (line->too_long ? verdicts_.too_long(number_, longest_)
                                             : verdicts_.judge(number_, line->bytes));
            }
        }
    }
    /// The last line may lack its line break.
    void end() {
        if (framer_.incomplete()) take("\n");
        if (!in_one_) return;
        const bool is_one = whole_.size() < longest_ && nlohmann::json::parse(whole_, nullptr, false).is_object();
        std::cout << (is_one ? verdicts_.judge(first_, whole_) : verdicts_.no_lines(first_));
    }

private:
    /// A file that people look at, with one object over several lines: its first line goes on.
    void begin(std::string_view line) {
        first_ = number_;
        const std::size_t end = line.find_last_not_of(" \t\r");
        const char opens = line[line.find_first_not_of(" \t\r")];
        in_one_ = (opens == '{' || opens == '[') && std::string_view("{[,:").find(line[end]) != std::string_view::npos;
    }
    void keep(std::string_view line) {
        if (whole_.size() < longest_) whole_.append(line).append("\n");
    }

    const std::size_t longest_ = FeedSettings().longest_line;
    Verdicts& verdicts_;
    LineFramer framer_{longest_};
    std::uint64_t number_ = 0;
    std::uint64_t first_ = 0;  ///< Number of the first line that is not empty; 0: none was.
    bool in_one_ = false;      ///< All that comes is one text …
    std::string whole_;        ///< … as far as it came, and no longer than a line may be.
};

Result<void> read_all(int descriptor, const std::string& name, Lines& lines) {
    std::array<char, 65536> part;
    for (;;) {
        const ssize_t got = ::read(descriptor, part.data(), part.size());
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return system_error("read " + name, errno);
        if (got == 0) return {};
        lines.take({part.data(), static_cast<std::size_t>(got)});
    }
}

}  // namespace

int validate(const ValidateOptions& options) {
    const bool from_input = options.file == "-";
    const FileDescriptor file(from_input ? -1 : ::open(options.file.c_str(), O_RDONLY | O_CLOEXEC));
    if (!from_input && file.get() < 0) {
        complain(system_error("open " + options.file, errno).message);
        return not_readable;
    }
    const std::optional<JudgedBy>& by = options.judged_by;
    Verdicts verdicts = by ? Verdicts(options.json, by->rules, by->privacy, by->intake) : Verdicts(options.json);
    Lines lines(verdicts);
    const auto read =
        read_all(from_input ? STDIN_FILENO : file.get(), from_input ? "standard input" : options.file, lines);
    lines.end();
    if (options.json) {
        std::cout << verdicts.summary() << std::flush;
    } else {
        std::cout << std::flush;
        complain(verdicts.summary());
        if (!options.judged_by) {
            complain(
                "judged without a configuration: every broken rule is a note, and nothing is redacted; with --config "
                "as that daemon would");
        }
    }
    if (read) return verdicts.exit_code(options.strict);
    complain(read.error().message);
    return not_readable;
}

}  // namespace tillpost::cli
