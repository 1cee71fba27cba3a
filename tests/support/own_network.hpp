// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <array>
#include <string>

#include "platform/files.hpp"

namespace tillpost::test {

/// A till's way to its broker in network namespaces of this process's own, by the kernel's own means:
///
///     till            line (a router)                    central
///     till0 10.77.1.2 ─ line0 10.77.1.1 ┐
///                                       ├ line2 10.77.2.1 ─ central0 10.77.2.2
///     till1 10.77.3.2 ─ line1 10.77.3.1 ┘
///
/// till1 is the fall-back: it is up, and no route leads over it. Everything ends with this object. Needs root, and a
/// kernel with veth; needs no packet filter.
class OwnNetwork {
public:
    enum class Place { till, line, central };
    static constexpr const char* broker_address = "10.77.2.2";

    OwnNetwork();
    OwnNetwork(const OwnNetwork&) = delete;
    OwnNetwork& operator=(const OwnNetwork&) = delete;

    /// "", or why it could not be made.
    const std::string& why_not() const { return why_not_; }

    /// The calling thread, and what it starts meanwhile, is in that place.
    class Stay {
    public:
        Stay(const OwnNetwork& network, Place place);
        ~Stay();
        Stay(const Stay&) = delete;
        Stay& operator=(const Stay&) = delete;

    private:
        int home_;
    };

    /// Runs a shell's commands there: "", or what went wrong.
    std::string run(Place place, const std::string& commands) const;

    /// Both directions of the first way get this queueing discipline (tc(8)) in place of what they had.
    std::string shape(const std::string& discipline) const;

private:
    FileDescriptor own_namespace();
    std::string connect() const;
    std::string path_of(Place place) const;
    const FileDescriptor& at(Place place) const { return places_[static_cast<std::size_t>(place)]; }

    std::string why_not_;
    FileDescriptor home_;
    std::array<FileDescriptor, 3> places_;
};

}  // namespace tillpost::test
