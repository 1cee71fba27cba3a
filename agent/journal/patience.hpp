// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <vector>

#include "platform/clock.hpp"
#include "platform/error.hpp"

namespace tillpost {

/// How long is tried what the disk cannot read: a cable that is loose, a disk that resets. An I/O error says nothing of
/// what stands there.
struct Patience {
    std::vector<Millis> pauses{Millis(5), Millis(50), Millis(500)};  ///< Before it is read again, …
    /// … and then it is lost, as long as anything of the file can be read. False: it is an error, for who comes again.
    bool ends = true;
};

/// The disk, or the way to it: not what is in the file.
inline bool is_io(const Error& error) { return error.code == Errc::io || error.code == Errc::unreadable; }

}  // namespace tillpost
