// SPDX-License-Identifier: Apache-2.0
// The machine's key files. Whatever is wrong with them, events are captured and kept.
#include <array>
#include <cstdio>
#include <set>
#include <string>

#include "agent/app.hpp"
#include "platform/device_key.hpp"
#include "platform/files.hpp"
#include "platform/log.hpp"

namespace tillpost {
namespace {

/// A first start that a power cut ended between the two, or somebody has removed it: only people can tell.
void say_new_certificate(const DeviceKeyFiles& files) {
    const Result<std::string> fingerprint = certificate_fingerprint(files.certificate);
    log::error("the device key had no certificate: another one is made, and central knows this machine by the former",
               {{"file", files.certificate},
                {"fingerprint", fingerprint ? *fingerprint : fingerprint.error().message},
                {"what_to_do",
                 "put the former one back from a copy; without one `tillpost-central trust` the new one, which exports "
                 "and seals need from now on; at a machine's first start there was none, and nothing is to do"}});
}

/// Its seals were signed with a key that is no more.
void say_new_pair(const DeviceKeyFiles& files) {
    const Result<std::string> fingerprint = certificate_fingerprint(files.certificate);
    log::warn(
        "this machine has recorded events before, and its device key is gone with its certificate: a new pair is made",
        {{"key", files.key},
         {"fingerprint", fingerprint ? *fingerprint : fingerprint.error().message},
         {"what_to_do",
          "stop tillpostd and put the former pair back from a copy; without one have central trust the new one "
          "(tillpost-central trust --replace), which exports and seals need from now on, and tell whoever audits: "
          "seals made before this start count only by the former certificate"}});
}

/// Whoever removed the journal left the key, most likely, and an image has both or none.
void say_no_journal(const std::string& key, const std::string& journal) {
    log::warn(
        "there is a key of this machine, but no journal: a new one begins",
        {{"key", key},
         {"journal", journal},
         {"what_to_do",
          "nothing, if the key was put there before the first start, or that was broken off; else the journal was "
          "removed, or its disk is not mounted: stop tillpostd and put it back, what central has not confirmed is "
          "there alone"}});
}

}  // namespace

/// [durable-1] A key that is damaged keeps no event out: seals wait until it is put back. Its files stay as they are,
/// and no new key is made in its place: central knows this machine by the old one.
std::unique_ptr<MessageSigner> App::device_signer() {
    const DeviceKeyFiles& files = configuration_.device;
    const bool begun = !files_beginning_with(configuration_.journal.path).empty();
    if (file_exists(files.key) && !begun) say_no_journal(files.key, configuration_.journal.path);
    const bool alone = file_exists(files.key) && !file_exists(files.certificate);
    const bool none = !file_exists(files.key) && !file_exists(files.certificate);
    const Result<void> there = ensure_device_key(files, configuration_.name.client_id());
    if (there && alone) say_new_certificate(files);
    if (there && none && begun) say_new_pair(files);
    Result<std::unique_ptr<MessageSigner>> signer =
        there ? load_message_signer(files) : Result<std::unique_ptr<MessageSigner>>(there.error());
    if (signer) return std::move(*signer);
    const std::string to_do = remedy_for_key(files, signer.error());
    log::error("the device key cannot be used: events are recorded and sent, and seals are not signed",
               {{"why", signer.error().message}, {"what_to_do", to_do}});
    key_troubles_.push_back(signer.error().message + ": seals are not signed; " + to_do);
    return make_no_signer(signer.error());
}

/// Whoever reads them can be this machine. Ours are made ours alone; at those that an administrator has put there we
/// can only point.
void App::guard_keys() {
    for (const std::string& file : std::set<std::string>{configuration_.device.key, configuration_.broker.key_file}) {
        const auto open = guard_key(file);
        if (!open) continue;
        std::array<char, 8> mode{};
        std::snprintf(mode.data(), mode.size(), "%04o", open->mode);
        if (open->mended) {
            log::warn("other users of this machine could read a private key: it is 0600 now; consider a new key",
                      {{"file", file}, {"was", mode.data()}});
            continue;
        }
        log::warn("other users of this machine can read a private key",
                  {{"file", file}, {"mode", mode.data()}, {"what_to_do", "chmod o= " + file}});
        key_troubles_.push_back(file + " can be read by other users of this machine (mode " + mode.data() +
                                "): chmod o= " + file);
    }
}

}  // namespace tillpost
