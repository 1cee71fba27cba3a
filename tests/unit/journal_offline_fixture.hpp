// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "agent/journal/offline/export.hpp"
#include "agent/journal/offline/import.hpp"
#include "platform/device_key.hpp"
#include "platform/files.hpp"
#include "tests/unit/store_fixture.hpp"

namespace tillpost {

inline void no_progress(std::uint64_t, std::uint64_t) {}

class JournalOfflineTest : public StoreTest {
protected:
    Signer party(const std::string& name) {
        const DeviceKeyFiles made{dir.file(name + ".key"), dir.file(name + ".pem")};
        EXPECT_TRUE(ensure_device_key(made, name));
        return {made.key, made.certificate};
    }
    std::unique_ptr<JournalFile> copy() {
        store.reset();
        auto file = JournalFile::open_copy(settings.path, dir.path());
        EXPECT_TRUE(file) << file.error().message;
        return file ? std::move(*file) : nullptr;
    }
    VerifyReport report() {
        const auto found = verify(*copy(), source, no_progress);
        EXPECT_TRUE(found) << found.error().message;
        return found ? *found : VerifyReport{};
    }
    ExportSettings to_stick() {
        ExportSettings out;
        out.source = source;
        out.version = "test";
        out.folder = dir.path();
        out.device = party("till");
        out.central_certificate = party("central").certificate_file;
        return out;
    }
    /// The lines of a chunk, as central reads it.
    std::string open_chunk(const std::string& path, ExportHead& head) {
        const auto letter = unseal(*read_file(path, 32 << 20), party("central"));
        EXPECT_TRUE(letter) << letter.error().message;
        const auto content = verify(*letter, dir.file("till.pem"));
        EXPECT_TRUE(content) << content.error().message;
        const std::size_t end = content->content.find('\n');
        const auto read = decode_export_head(content->content.substr(0, end));
        EXPECT_TRUE(read) << read.error().message;
        if (read) head = *read;
        return content->content.substr(end + 1);
    }
    /// `contents`: digests that central says it has the content of.
    std::string answer(const EpochReceipt& part, const std::string& name = "central",
                       const std::vector<Digest>& contents = {}) {
        ExportReceipt receipt{source, {std::string(16, '0'), std::string(32, 'a'), {part}, {}}};
        for (const Digest& each : contents) receipt.contents.push_back({{part.epoch, 1}, each});
        return *sign(encode(receipt), party(name));
    }
};

}  // namespace tillpost
