// SPDX-License-Identifier: Apache-2.0
#include "drivers/feed/peer.hpp"

#include <grp.h>
#include <pwd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace tillpost {
namespace {

constexpr std::size_t names_buffer = 64 * 1024;

template <class T>
bool contains(const std::vector<T>& all, T one) {
    return std::find(all.begin(), all.end(), one) != all.end();
}

Result<uid_t> user_number(const std::string& name) {
    std::vector<char> buffer(names_buffer);
    passwd entry{};
    passwd* found = nullptr;
    const int failed = ::getpwnam_r(name.c_str(), &entry, buffer.data(), buffer.size(), &found);
    if (failed != 0) return system_error("look up the user \"" + name + "\"", failed);
    if (found == nullptr) return Error{Errc::invalid, "there is no user \"" + name + "\""};
    return entry.pw_uid;
}

/// Kernels before 4.13 do not know SO_PEERGROUPS; there only the primary group counts.
std::vector<gid_t> peer_groups(int socket) {
    std::vector<gid_t> groups(64);
    for (;;) {
        auto size = static_cast<socklen_t>(groups.size() * sizeof(gid_t));
        const bool done = ::getsockopt(socket, SOL_SOCKET, SO_PEERGROUPS, groups.data(), &size) == 0;
        const bool larger = !done && errno == ERANGE && size > groups.size() * sizeof(gid_t);
        groups.resize(done || larger ? size / sizeof(gid_t) : 0);
        if (!larger) return groups;
    }
}

}  // namespace

Result<gid_t> group_number(const std::string& name) {
    std::vector<char> buffer(names_buffer);
    group entry{};
    group* found = nullptr;
    const int failed = ::getgrnam_r(name.c_str(), &entry, buffer.data(), buffer.size(), &found);
    if (failed != 0) return system_error("look up the group \"" + name + "\"", failed);
    if (found == nullptr) return Error{Errc::invalid, "there is no group \"" + name + "\""};
    return entry.gr_gid;
}

Result<Peer> peer_of(int socket) {
    ucred credentials{};
    socklen_t size = sizeof credentials;
    if (::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &credentials, &size) != 0) {
        return system_error("ask who connects", errno);
    }
    return Peer{credentials.pid, credentials.uid, credentials.gid, peer_groups(socket)};
}

Result<PeerRules> PeerRules::of(const std::vector<std::string>& users, const std::vector<std::string>& groups) {
    PeerRules rules;
    rules.users_ = {0, ::geteuid()};
    for (const std::string& name : users) {
        const Result<uid_t> number = user_number(name);
        if (!number) return number.error();
        rules.users_.push_back(*number);
    }
    for (const std::string& name : groups) {
        const Result<gid_t> number = group_number(name);
        if (!number) return number.error();
        rules.groups_.push_back(*number);
    }
    return rules;
}

bool PeerRules::allows(const Peer& peer) const {
    if (contains(users_, peer.user) || contains(groups_, peer.group)) return true;
    const auto ours = [this](gid_t group) { return contains(groups_, group); };
    return std::any_of(peer.groups.begin(), peer.groups.end(), ours);
}

}  // namespace tillpost
