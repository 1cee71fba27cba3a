// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "platform/signature.hpp"
#include "tests/unit/store_fixture.hpp"

namespace tillpost {

/// A machine's key of its own.
inline std::shared_ptr<const MessageSigner> make_signer(const test::TempDir& dir, const std::string& name) {
    const DeviceKeyFiles files{dir.file(name + ".key"), dir.file(name + ".pem")};
    const auto made = ensure_device_key(files, name);
    EXPECT_TRUE(made) << made.error().message;
    auto signer = load_message_signer(files);
    EXPECT_TRUE(signer) << signer.error().message;
    return signer ? std::move(*signer) : nullptr;
}

inline Draft draft_of(const std::string& type, const std::string& data) {
    Draft one = draft("", data);
    one.event.type = type;
    return one;
}

class SealTest : public StoreTest {
protected:
    SealTest() {
        settings.signer = make_signer(dir, "till");
        settings.seal_every = 5;
        settings.clock_step = Millis(2'000);
        open();
    }
    /// As the journal does behind a commit.
    void seal_if_due() {
        const std::string cause(store->seal_due());
        if (cause.empty()) return;
        const auto done = store->seal(cause);
        ASSERT_TRUE(done) << done.error().message;
    }
    void sell(int count) {
        for (int i = 0; i < count; ++i) {
            add(draft_of("sale", "{\"n\":" + std::to_string(i) + "}"));
            seal_if_due();
        }
    }
    /// The line's type, and its data if it is that.
    std::string type_at(Sequence sequence) {
        const std::string line = line_at(sequence);
        return std::string(body_type(std::string_view(line).substr(line_prefix_size)));
    }
    std::string data_at(Sequence sequence) {
        const std::string line = line_at(sequence);
        const auto at = line.find(",\"data\":");
        return at == std::string::npos ? "" : line.substr(at + 8, line.size() - at - 9);
    }
    Seal seal_at(Sequence sequence) {
        EXPECT_EQ(type_at(sequence), "seal") << sequence;
        auto seal = decode_seal(data_at(sequence));
        EXPECT_TRUE(seal) << seal.error().message;
        return seal ? std::move(*seal) : Seal();
    }
};

}  // namespace tillpost
