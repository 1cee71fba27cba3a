// SPDX-License-Identifier: Apache-2.0
#include "tests/support/own_network.hpp"

#include <fcntl.h>
#include <sched.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "tests/support/process.hpp"

namespace tillpost::test {
namespace {

/// A thread's, and not the process's: only the calling thread moves.
constexpr const char* namespace_of_thread = "/proc/thread-self/ns/net";

FileDescriptor present_namespace() { return FileDescriptor(::open(namespace_of_thread, O_RDONLY | O_CLOEXEC)); }

}  // namespace

OwnNetwork::Stay::Stay(const OwnNetwork& network, Place place) : home_(network.home_.get()) {
    ::setns(network.at(place).get(), CLONE_NEWNET);
}

OwnNetwork::Stay::~Stay() { ::setns(home_, CLONE_NEWNET); }

OwnNetwork::OwnNetwork() : home_(present_namespace()) {
    for (FileDescriptor& place : places_) place = own_namespace();
    if (why_not_.empty()) why_not_ = connect();
}

FileDescriptor OwnNetwork::own_namespace() {
    if (::unshare(CLONE_NEWNET) != 0) {
        why_not_ =
            std::string("a network namespace of one's own needs root and CAP_SYS_ADMIN: ") + std::strerror(errno);
        return FileDescriptor();
    }
    FileDescriptor made = present_namespace();
    ::setns(home_.get(), CLONE_NEWNET);
    return made;
}

std::string OwnNetwork::path_of(Place place) const {
    return "/proc/" + std::to_string(::getpid()) + "/fd/" + std::to_string(at(place).get());
}

std::string OwnNetwork::run(Place place, const std::string& commands) const {
    const Stay there(*this, place);
    Process shell(Process::Command{"sh", {"-ec", commands}, {"PATH=/usr/sbin:/usr/bin:/sbin:/bin"}});
    const int code = shell.wait().value_or(-1);
    return code == 0 ? "" : commands + ": " + shell.output() + shell.errors();
}

std::string OwnNetwork::connect() const {
    const std::string line = path_of(Place::line);
    std::string failed = run(Place::till,
                             "ip link set lo up\n"
                             "ip link add till0 type veth peer name line0 netns " +
                                 line +
                                 "\n"
                                 "ip link add till1 type veth peer name line1 netns " +
                                 line +
                                 "\n"
                                 "ip addr add 10.77.1.2/24 dev till0\n"
                                 "ip addr add 10.77.3.2/24 dev till1\n"
                                 "ip link set till0 up\nip link set till1 up\n"
                                 "ip route add default via 10.77.1.1\n");
    if (!failed.empty()) return failed;
    failed = run(Place::central,
                 "ip link set lo up\n"
                 "ip link add central0 type veth peer name line2 netns " +
                     line +
                     "\n"
                     "ip addr add 10.77.2.2/24 dev central0\n"
                     "ip link set central0 up\n"
                     "ip route add default via 10.77.2.1\n");
    if (!failed.empty()) return failed;
    return run(Place::line,
               "ip addr add 10.77.1.1/24 dev line0\n"
               "ip addr add 10.77.3.1/24 dev line1\n"
               "ip addr add 10.77.2.1/24 dev line2\n"
               "for link in line0 line1 line2; do ip link set $link up; done\n"
               "echo 1 >/proc/sys/net/ipv4/ip_forward\n");
}

std::string OwnNetwork::shape(const std::string& discipline) const {
    return run(Place::line, "for link in line0 line2; do tc qdisc replace dev $link root " + discipline + "; done");
}

}  // namespace tillpost::test
