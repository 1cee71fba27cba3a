// SPDX-License-Identifier: Apache-2.0
// `tillpost-central erase`: for a card number that is found late.
#include <unistd.h>

#include <cstdio>

#include "agent/central/program.hpp"
#include "agent/central/store.hpp"
#include "agent/event/redaction/redactor.hpp"
#include "platform/printable.hpp"

namespace tillpost {
namespace {

constexpr std::size_t longest_actor = 64;    // bytes, as on the box …
constexpr std::size_t longest_reason = 256;  // … where a `loss` event has them

int complain_of_erasing(const std::string& what, int code) {
    std::fprintf(stderr, "tillpost-central erase: %s\n", printable(what).c_str());
    return code;
}

/// As it may be written down for good.
Result<std::string> words_of(const char* option, const std::string& text, std::size_t longest) {
    if (text.size() > longest) {
        return Error{Errc::invalid, std::string(option) + " has more than " + std::to_string(longest) + " bytes"};
    }
    Redactor redactor;
    const Redaction& redaction = redactor.redact_line(text);
    return redaction.changed ? redaction.bytes : text;
}

Result<CentralStore::ErasedBy> erased_by(const CentralOptions& options) {
    if (options.reason.find_first_not_of(" \t\r\n") == std::string::npos) {
        return Error{Errc::invalid, "--reason says nothing: erasing needs one"};
    }
    const Result<std::string> actor = words_of("--actor", options.actor, longest_actor);
    if (!actor) return actor.error();
    const Result<std::string> reason = words_of("--reason", options.reason, longest_reason);
    if (!reason) return reason.error();
    return CentralStore::ErasedBy{static_cast<std::uint32_t>(::getuid()), *actor, *reason};
}

}  // namespace

int run_erase(const CentralOptions& options) {
    constexpr int not_compacted = 1;
    constexpr int not_done = 2;
    const auto by = erased_by(options);
    if (!by) return complain_of_erasing(by.error().message, not_done);
    const SystemClock clock;
    const auto store = CentralStore::open(options.database, CentralStore::Missing::refuse, clock);
    if (!store) return complain_of_erasing(store.error().message, not_done);
    const auto source = options.source.empty() ? std::nullopt : std::optional(options.source);
    const Result<std::size_t> erased = (*store)->erase(options.names, source, *by);
    if (!erased) return complain_of_erasing(erased.error().message + "; nothing is erased", not_done);
    const std::size_t before = options.names.size() - *erased;
    if (*erased > 0) {
        std::printf("erased: %zu content%s; `tillpost-central audit` names each with who erased it and why\n", *erased,
                    *erased == 1 ? "" : "s");
    }
    if (before > 0) {
        std::printf("erased before: %zu content%s; nothing was left to take out\n", before, before == 1 ? "" : "s");
    }
    const Result<void> compacted = (*store)->compact();
    if (compacted) return 0;
    return complain_of_erasing(
        "the rows have it no more, and it was overwritten where they stood, but the file could not be written anew, "
        "which is what makes certain that no older copy is left in it: " +
            compacted.error().message + ". Make room for its size again, and erase once more",
        not_compacted);
}

}  // namespace tillpost
