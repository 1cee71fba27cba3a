// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <iostream>
#include <optional>
#include <string>
#include <utility>

#include "agent/cli/commands.hpp"
#include "agent/cli/document_cutter.hpp"
#include "agent/cli/schema_commands.hpp"
#include "agent/cli/verdicts.hpp"
#include "agent/event/json_paths.hpp"
#include "drivers/feed/line_framer.hpp"
#include "drivers/feed/settings.hpp"
#include "platform/files.hpp"

namespace tillpost::cli {
namespace {

constexpr int not_readable = 2;  ///< Or nothing is in it: no verdict.

/// A file, as lines that are cut as the feed cuts them or as objects over several lines, with the numbers that an
/// editor shows. Which of the two it is its first line says.
class Judged {
public:
    explicit Judged(Verdicts& verdicts) : verdicts_(verdicts) {}

    void take(std::string_view bytes) {
        if (is_objects_) return judge(bytes);
        beginning_.append(bytes);
        is_objects_ = DocumentCutter::is_one(beginning_, longest_);
        if (is_objects_) judge(std::exchange(beginning_, {}));
    }
    /// The last line may lack its line break.
    void end() {
        if (!is_objects_) {
            is_objects_ = false;
            judge_lines(std::exchange(beginning_, {}));
        }
        if (framer_.incomplete()) judge_lines("\n");
        cutter_.end();
        if (const auto& fault = cutter_.fault()) std::cout << verdicts_.no_objects(fault->line, fault->detail);
    }

private:
    void judge(std::string_view bytes) { *is_objects_ ? judge_objects(bytes) : judge_lines(bytes); }
    void judge_lines(std::string_view bytes) {
        while (!bytes.empty()) {
            const std::string_view before = bytes;
            const auto line = framer_.next(bytes);
            const auto taken = before.substr(0, before.size() - bytes.size());
            number_ += static_cast<std::uint64_t>(std::count(taken.begin(), taken.end(), '\n'));
            if (!line) return;
            std::cout << (line->too_long ? verdicts_.too_long(number_, longest_)
                                         : verdicts_.judge(number_, line->bytes));
        }
    }
    void judge_objects(std::string_view bytes) {
        while (const auto object = cutter_.next(bytes)) {
            const bool fits = !object->too_long && JsonPaths().without(object->text).size() <= longest_;
            std::cout << (fits ? verdicts_.judge_object(object->line, object->text)
                               : verdicts_.too_long(object->line, longest_));
        }
    }

    static constexpr std::size_t with_blanks = 4;  ///< Times as long as on one line

    const std::size_t longest_ = FeedSettings().longest_line;
    Verdicts& verdicts_;
    std::optional<bool> is_objects_;  ///< nullopt: that is not known yet, but all that came.
    std::string beginning_;
    LineFramer framer_{longest_};
    std::uint64_t number_ = 0;
    DocumentCutter cutter_{with_blanks * longest_};
};

Result<void> read_all(int descriptor, const std::string& name, Judged& judged) {
    std::array<char, 65536> part;
    for (;;) {
        const ssize_t got = ::read(descriptor, part.data(), part.size());
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return system_error("read " + name, errno);
        if (got == 0) return {};
        judged.take({part.data(), static_cast<std::size_t>(got)});
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
    Judged judged(verdicts);
    const auto read =
        read_all(from_input ? STDIN_FILENO : file.get(), from_input ? "standard input" : options.file, judged);
    judged.end();
    if (options.json) {
        std::cout << verdicts.summary() << std::flush;
    } else if (std::cout << std::flush; verdicts.has_judged()) {
        complain(verdicts.summary());
        if (!options.judged_by) {
            complain(
                "judged without a configuration: every broken rule is a note, and nothing is redacted; with --config "
                "as that daemon would");
        }
    }
    if (read && verdicts.has_judged()) return verdicts.exit_code(options.strict);
    complain(read ? "no lines: nothing was checked" : read.error().message);
    return not_readable;
}

}  // namespace tillpost::cli
