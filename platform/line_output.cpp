// SPDX-License-Identifier: Apache-2.0
#include "platform/line_output.hpp"

#include <limits.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

namespace tillpost {
namespace {

/// What a pipe takes without waiting once it is ready (pipe(7)); a terminal promises less.
constexpr std::size_t at_once = PIPE_BUF;
constexpr std::size_t at_once_to_terminal = 256;

bool is_socket(int descriptor) {
    struct stat found {};
    return ::fstat(descriptor, &found) == 0 && S_ISSOCK(found.st_mode);
}

bool is_ready(int descriptor, int most_ms) {
    pollfd waits{descriptor, POLLOUT, 0};
    return ::poll(&waits, 1, most_ms) > 0;
}

/// The whole lines among its first bytes, or those bytes if there is none.
std::string_view first_lines(std::string_view text, std::size_t most) {
    if (text.size() <= most) return text;
    const std::size_t end = text.rfind('\n', most - 1);
    return text.substr(0, end == std::string_view::npos ? most : end + 1);
}

}  // namespace

LineOutput::LineOutput(int descriptor, std::function<std::string(std::uint64_t)> dropped)
    : descriptor_(descriptor),
      socket_(is_socket(descriptor)),
      terminal_(::isatty(descriptor) == 1),
      say_dropped_(std::move(dropped)) {}

void LineOutput::write(std::string_view lines) {
    const std::lock_guard lock(mutex_);
    put_kept();
    if (kept_.empty() && dropped_ == 0) lines.remove_prefix(put(lines));
    if (lines.empty()) return;
    if (dropped_ == 0 && kept_.size() + lines.size() <= most_kept) {
        kept_ += lines;
    } else {
        dropped_ += static_cast<std::uint64_t>(std::count(lines.begin(), lines.end(), '\n'));
    }
}

void LineOutput::finish(Millis most) {
    const SteadyTime until = std::chrono::steady_clock::now() + most;
    const std::lock_guard lock(mutex_);
    for (put_kept(); !kept_.empty(); put_kept()) {
        const auto rest = std::chrono::duration_cast<Millis>(until - std::chrono::steady_clock::now());
        if (rest <= Millis(0) || !is_ready(descriptor_, static_cast<int>(rest.count()))) return;
    }
}

void LineOutput::put_kept() {
    kept_.erase(0, put(kept_));
    if (!kept_.empty() || dropped_ == 0) return;
    kept_ = say_dropped_(std::exchange(dropped_, 0));
    kept_.erase(0, put(kept_));
}

std::size_t LineOutput::put(std::string_view text) const {
    const std::size_t most = terminal_ ? at_once_to_terminal : at_once;
    std::size_t gone = 0;
    while (gone < text.size() && is_ready(descriptor_, 0)) {
        const std::string_view part = first_lines(text.substr(gone), most);
        const ssize_t taken = socket_ ? ::send(descriptor_, part.data(), part.size(), MSG_DONTWAIT | MSG_NOSIGNAL)
                                      : ::write(descriptor_, part.data(), part.size());
        if (taken < 0 && errno == EINTR) continue;
        if (taken < 0) return errno == EAGAIN ? gone : text.size();  // a stream that is gone keeps nothing waiting
        gone += static_cast<std::size_t>(taken);
    }
    return gone;
}

}  // namespace tillpost
