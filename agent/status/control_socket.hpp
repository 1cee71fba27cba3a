// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <string>

#include "platform/error.hpp"
#include "platform/files.hpp"

namespace tillpost {

/// A listening, non-blocking Unix socket, and the file that stands for it.
struct ListeningSocket {
    FileDescriptor socket;
    std::string path;
    std::uint64_t inode = 0;  ///< Tells our file from one that somebody put in its place.
};

/// Permissions 0660. What a dead process left at the path is replaced; Errc::rejected when somebody listens there;
/// something that is no socket is never touched.
Result<ListeningSocket> listen_at(const std::string& path);

/// Deletes the file, if it is still the socket's.
void remove_file(const ListeningSocket& listening);

}  // namespace tillpost
