// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "agent/journal/cut_pages.hpp"
#include "agent/journal/offline/export.hpp"
#include "agent/journal/salvage.hpp"
#include "agent/journal/settings.hpp"
#include "platform/clock.hpp"

namespace tillpost {

/// Central's answer to an export, brought back on the stick: frees what it covers, as one over the network does.
/// `signed_receipt`: the file's bytes; `trusted`: central's certificate. The daemon must not run. Errc::invalid when
/// the signature does not hold or it is another agent's; a receipt that says less than is known changes nothing.
/// [fork-1] One of another history closes the live epoch, and all that is held goes on in a new one, as on the wire.
struct ImportReport {
    Sequence confirmed_before = 0;
    Sequence confirmed = 0;
    std::uint64_t contents = 0;  ///< Records in quarantine that are closed: central has what they are the content of.
    std::uint64_t waiting = 0;   ///< Events that no receipt covers
    bool forked = false;         ///< The epoch was closed: what waits is to be exported again.
    std::string alarm;           ///< "" if none
};
/// `user`: the machine's number of who brings it.
Result<ImportReport> import_receipt(const JournalSettings& settings, const Clock& clock,
                                    std::string_view signed_receipt, const std::string& trusted,
                                    std::uint32_t user = 0);

/// Everything that can still be read of a damaged journal (a copy is read), one JSON object a line:
/// `{"epoch":"…","sequence":42,…the event…}`.
struct RecoverReport {
    std::uint64_t events = 0;
    std::vector<std::string> lost;  ///< "<epoch> 12 to 14", the first 100
    std::uint64_t lost_count = 0;
    std::optional<CutPages> cut;  ///< Of events on pages that are gone nothing may be left that names them.
    bool knows_its_end = false;   ///< A witness, or a note of the damage, says how far the journal had come.
};
Result<RecoverReport> recover(const std::string& journal, const std::string& work,
                              const std::function<Result<void>(std::string_view line)>& write,
                              const Progress& progress);

}  // namespace tillpost
