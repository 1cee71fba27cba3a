// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <sys/types.h>

#include <string>
#include <vector>

#include "platform/error.hpp"

namespace tillpost {

/// Who is at the other end of a Unix socket, as the kernel noted when it connected.
struct Peer {
    pid_t pid = 0;
    uid_t user = 0;
    gid_t group = 0;
    std::vector<gid_t> groups;  ///< Supplementary.
};

/// SO_PEERCRED and SO_PEERGROUPS: the process's own groups, as for a file it opens, and no look-up of names, which
/// could wait for a network (nss) on the loop.
Result<Peer> peer_of(int socket);

/// Who may connect. Root and the daemon's own user always may.
class PeerRules {
public:
    /// Looks the names up once. Errc::invalid when the system knows no such user or group. May block.
    static Result<PeerRules> of(const std::vector<std::string>& users, const std::vector<std::string>& groups);

    bool allows(const Peer& peer) const;

private:
    std::vector<uid_t> users_;
    std::vector<gid_t> groups_;
};

/// The number of a group by its name. May block.
Result<gid_t> group_number(const std::string& name);

}  // namespace tillpost
