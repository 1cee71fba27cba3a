// SPDX-License-Identifier: Apache-2.0
#include "agent/cli/damage_words.hpp"

#include "agent/journal/offline/import.hpp"
#include "agent/journal/offline/journal_file.hpp"
#include "agent/status/text.hpp"

namespace tillpost::cli {

namespace {

/// Without what the program did, and with which statement.
std::string reason_of(const Error& error) {
    const std::size_t reason = error.message.rfind(": ");
    return error.message.substr(reason == std::string::npos ? 0 : reason + 2);
}

}  // namespace

Error explained(const Error& error, const std::string& journal) {
    if (error.code != Errc::corrupt) return error;
    return {error.code,
            journal + " is damaged (" + reason_of(error) +
                "). Restart tillpostd (systemctl restart tillpostd): at its start it sets the file "
                "aside and saves what can be read; or read it yourself: tillpost journal recover --journal " +
                journal + " --to FILE"};
}

Error not_recovered(const Error& error, const std::string& file) {
    if (error.code != Errc::corrupt) return error;
    return {error.code, file + ": nothing of it can be read (" + reason_of(error) +
                            "). Is it a journal? Keep it as it is. If it is a copy, make it again, with the file's "
                            "name and \"-wal\" and \".witness\" beside it. How far central has what was in it: "
                            "tillpost-central agents"};
}

std::vector<std::string> what_is_elsewhere(const std::string& journal) {
    std::vector<std::string> all;
    const FilesElsewhere elsewhere = files_elsewhere(journal);
    if (!elsewhere.damage.empty()) {
        all.push_back(journal + " was found damaged (" + elsewhere.damage +
                      "): restart tillpostd, which sets it aside at its start and saves what can be read");
    }
    for (const auto& [file, bytes] : elsewhere.files) {
        all.push_back(file + " (" + byte_size(bytes) +
                      "), set aside because it is damaged, may hold events that are not in " + journal +
                      " yet: start tillpostd and wait until it is renamed to .salvaged-…, then repeat this; " +
                      "or read it yourself: tillpost journal recover --journal " + file + " --to FILE");
    }
    return all;
}

std::string cut_words(const CutPages& cut) {
    const bool in_log = cut.gone < cut.named - cut.there;
    return "the file ends after page " + thousands(cut.there) + " of " + thousands(cut.named) +
           (in_log ? ", and its WAL has not all of the others: what was on " + thousands(cut.gone) + " of them is gone"
                   : ": what was on the others is gone") +
           ", also events that are not counted here. If this is a copy, make it again, with the file's name and "
           "\"-wal\" and \".witness\" beside it; how far the journal had come, central says: tillpost-central agents";
}

const char* const end_unknown =
    "there is no witness beside the file (its name and \".witness\"), or one that cannot be read: without it nobody "
    "can "
    "tell whether the newest events were cut off. Copy it with the journal; or see how far central has it: "
    "tillpost-central agents";

}  // namespace tillpost::cli
