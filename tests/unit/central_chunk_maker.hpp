// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <gtest/gtest.h>

#include "agent/wire/stick.hpp"
#include "platform/device_key.hpp"
#include "platform/sealed_file.hpp"
#include "tests/support/temp_dir.hpp"
#include "tests/unit/central_line_maker.hpp"

/// Chunks as a box writes them, made by the test.
namespace tillpost::test {

/// A key and its self-signed certificate, made at the first call with this name.
inline Signer party(const TempDir& folder, const std::string& name) {
    const DeviceKeyFiles made{folder.file(name + ".key"), folder.file(name + ".pem")};
    const auto done = ensure_device_key(made, name);
    EXPECT_TRUE(done) << done.error().message;
    return {made.key, made.certificate};
}

/// Its hello says that the maker's epoch goes to the maker's last line.
inline std::string write_chunk(const TempDir& folder, const std::string& name, const LineMaker& maker,
                               const std::vector<std::string>& lines, const Signer& device, const Signer& central,
                               Sequence confirmed = 0) {
    Hello hello;
    hello.number = "00000000000000ab";
    hello.source = maker.source();
    hello.version = "test";
    hello.epochs.push_back({maker.epoch(), 1, 1, maker.sequence(), {}, maker.chain(), confirmed});
    const std::string content = encode(ExportHead{maker.source(), 1, hello}) + "\n" + joined(lines);
    return folder.write(name, *seal(*sign(content, device), central.certificate_file));
}

}  // namespace tillpost::test
