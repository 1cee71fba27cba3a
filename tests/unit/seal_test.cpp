// SPDX-License-Identifier: Apache-2.0
// The seal's format, to the byte: agent/README.md, "The seal".
#include "agent/wire/seal.hpp"

#include <gtest/gtest.h>

#include "platform/signature.hpp"
#include "tests/support/process.hpp"
#include "tests/support/temp_dir.hpp"

namespace tillpost::test {
namespace {

constexpr const char* source = "urn:tillpost:acme:0042:till-01";

Seal example() {
    Seal seal;
    seal.epoch = 0x5f2c9a3b7d1e4f60;
    seal.ordinal = 2;
    seal.first = 7;
    seal.last = 12;
    seal.before.fill(0xab);
    seal.head.fill(0x01);
    seal.time = "2026-11-23T10:15:30.123Z";
    seal.synced = true;
    seal.cause = "till_close";
    seal.totals = {{"(lost)", 1}, {"sale", 3}, {"seal", 1}, {"till_close", 1}};
    seal.anchors = {{9, {}, {}}};
    seal.anchors[0].after.fill(0xff);
    seal.certificate = "no certificate";
    seal.signature = "no signature";
    return seal;
}

std::string hex(const char* pair) {
    std::string text;
    for (int i = 0; i < 32; ++i) text += pair;
    return text;
}

TEST(SealFormatTest, TheSignedBytesAreTheDocumentedOnes) {
    EXPECT_EQ(sealed_message(example(), source),
              "tillpost/seal/1\nurn:tillpost:acme:0042:till-01\n5f2c9a3b7d1e4f60\n2\n7\n12\n6\n" + hex("ab") + "\n" +
                  hex("01") + "\n2026-11-23T10:15:30.123Z\nsynced\ntill_close\n" +
                  "(lost)=1,sale=3,seal=1,till_close=1\n9:" + hex("00") + ":" + hex("ff") + "\n" +
                  to_hex(Sha256()("no certificate")) + "\n");
}

TEST(SealFormatTest, ComesBackFromItsData) {
    const Seal seal = example();
    const std::string data = encode(seal);
    const auto back = decode_seal(data);
    ASSERT_TRUE(back) << back.error().message << data;
    EXPECT_EQ(sealed_message(*back, source), sealed_message(seal, source));
    EXPECT_EQ(back->certificate, seal.certificate);
    EXPECT_EQ(back->signature, seal.signature);
    EXPECT_EQ(encode(*back), data);
}

/// The example of the contract is a real one.
TEST(SealFormatTest, TheContractsExampleHolds) {
    const auto seal = decode_seal(content_of(TILLPOST_SEAL_EXAMPLE));
    ASSERT_TRUE(seal) << seal.error().message;
    const auto holds = verify_message(seal->certificate, sealed_message(*seal, source), seal->signature);
    EXPECT_TRUE(holds) << holds.error().message;
    EXPECT_FALSE(verify_message(seal->certificate, sealed_message(*seal, "urn:tillpost:a:b:c"), seal->signature));
}

TEST(SealFormatTest, TheDocumentedProgramChecksASeal) {
    const std::string readme = content_of(TILLPOST_WIRE_README);
    const auto begin = readme.find("```python\n", readme.find("## Checking a seal"));
    ASSERT_NE(begin, std::string::npos);
    const auto end = readme.find("```", begin + 10);
    const TempDir dir;
    const std::string program = dir.write("verify_seal.py", readme.substr(begin + 10, end - begin - 10));
    const std::string example = content_of(TILLPOST_SEAL_EXAMPLE);
    Process good({"/usr/bin/python3", {program, TILLPOST_SEAL_EXAMPLE, source}});
    EXPECT_EQ(good.wait(), 0) << good.output() << good.errors();
    std::string changed = example;
    changed.replace(changed.find("\"sale\": 3"), 9, "\"sale\": 4");
    Process bad({"/usr/bin/python3", {program, dir.write("changed", changed), source}});
    EXPECT_EQ(bad.wait(), 1) << bad.output() << bad.errors();
}

struct Broken {
    const char* what;
    const char* from;
    const char* to;
    const char* member;
};

TEST(SealFormatTest, ABrokenMemberIsNamed) {
    const Broken all[] = {
        {"no epoch", "\"epoch\"", "\"epok\"", "epoch"},
        {"backwards", "\"last\":12", "\"last\":6", "last"},
        {"another count", "\"count\":6", "\"count\":7", "count"},
        {"a negative number", "\"first\":7", "\"first\":-7", "first"},
        {"a short hash", "\"head\":\"01", "\"head\":\"", "head"},
        {"a clock of its own", "\"synced\"", "\"right\"", "clock"},
        {"a line break in a text", "till_close\",", "till\\nclose\",", "cause"},
        {"a type that could blur the text", "\"sale\"", "\"sale=1,x\"", "totals"},
        {"anchors as text", "\"anchors\":[{\"sequence\":9", "\"anchors\":[{\"sequence\":\"9\"", "anchors"},
        {"another signer", "\"signer\":\"", "\"signer\":\"0", "signer"},
        {"no base64", "\"signature\":\"", "\"signature\":\"*", "signature"}};
    for (const Broken& each : all) {
        std::string data = encode(example());
        const auto at = data.find(each.from);
        ASSERT_NE(at, std::string::npos) << each.what;
        data.replace(at, std::string_view(each.from).size(), each.to);
        const auto seal = decode_seal(data);
        ASSERT_FALSE(seal) << each.what;
        EXPECT_NE(seal.error().message.find("\"" + std::string(each.member) + "\""), std::string::npos)
            << each.what << ": " << seal.error().message;
    }
    EXPECT_FALSE(decode_seal(""));
    EXPECT_FALSE(decode_seal("[]"));
}

TEST(SealFormatTest, OpensslVerifiesASignature) {
    const TempDir dir;
    const DeviceKeyFiles files{dir.file("device.key"), dir.file("device.pem")};
    ASSERT_TRUE(ensure_device_key(files, "acme.0042.till-01"));
    const auto signer = load_message_signer(files);
    ASSERT_TRUE(signer) << signer.error().message;
    Seal seal = example();
    seal.certificate = (*signer)->certificate();
    EXPECT_EQ(fingerprint_of(seal.certificate), *certificate_fingerprint(files.certificate));
    const std::string message = sealed_message(seal, source);
    const auto signature = (*signer)->sign(message);
    ASSERT_TRUE(signature) << signature.error().message;
    EXPECT_TRUE(verify_message(seal.certificate, message, *signature));
    EXPECT_FALSE(verify_message(seal.certificate, message + " ", *signature));
    EXPECT_FALSE(verify_message(seal.certificate + "x", message, *signature));
    EXPECT_FALSE(verify_message("x", message, *signature));
    Process key(
        {"/usr/bin/openssl", {"x509", "-in", files.certificate, "-pubkey", "-noout", "-out", dir.file("public.pem")}});
    ASSERT_EQ(key.wait(), 0) << key.errors();
    Process check({"/usr/bin/openssl",
                   {"dgst", "-sha256", "-verify", dir.file("public.pem"), "-signature",
                    dir.write("signature", *signature), dir.write("message", message)}});
    EXPECT_EQ(check.wait(), 0) << check.output() << check.errors();
}

TEST(SealFormatTest, Base64IsTakenInItsOneForm) {
    using namespace std::string_literals;
    for (const std::string& text : {""s, "f"s, "fo"s, "foo"s, "foob"s, "\0\xff\0"s}) {
        const auto back = from_base64(to_base64(text));
        ASSERT_TRUE(back) << text;
        EXPECT_EQ(*back, text);
    }
    EXPECT_EQ(to_base64("foob"), "Zm9vYg==");
    for (const char* bad : {"Zg", "Zg=", "Zh==", "Zm9v=", "Z===", "====", "Zm\n9", "Zm9 "}) {
        EXPECT_FALSE(from_base64(bad)) << bad;
    }
}

}  // namespace
}  // namespace tillpost::test
