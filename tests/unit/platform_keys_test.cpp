// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "platform/device_key.hpp"
#include "platform/files.hpp"
#include "platform/sealed_file.hpp"
#include "tests/support/process.hpp"
#include "tests/support/temp_dir.hpp"

namespace tillpost {
namespace {

class KeysTest : public ::testing::Test {
protected:
    DeviceKeyFiles files(const std::string& name) { return {dir.file(name + ".key"), dir.file(name + ".pem")}; }
    Signer party(const std::string& name) {
        const DeviceKeyFiles made = files(name);
        const auto done = ensure_device_key(made, name);
        EXPECT_TRUE(done) << done.error().message;
        return {made.key, made.certificate};
    }
    test::TempDir dir;
};

TEST_F(KeysTest, TheFirstStartMakesAKeyThatOnlyItsOwnerReads) {
    ASSERT_TRUE(ensure_device_key(files("till"), "acme-0042-till-01"));
    struct stat facts {};
    ASSERT_EQ(::stat(dir.file("till.key").c_str(), &facts), 0);
    EXPECT_EQ(facts.st_mode & 0777, 0600U);
    const std::string key = test::content_of(dir.file("till.key"));
    const auto fingerprint = certificate_fingerprint(dir.file("till.pem"));
    ASSERT_TRUE(ensure_device_key(files("till"), "acme-0042-till-01"));
    EXPECT_EQ(test::content_of(dir.file("till.key")), key) << "once";
    EXPECT_EQ(*certificate_fingerprint(dir.file("till.pem")), *fingerprint);
}

/// PKCS#8 of keys that were made for this test.
const std::pair<const char*, const char*> other_keys[] = {
    {"ed25519", "MC4CAQAwBQYDK2VwBCIEILw2S31H2RvhjqUTwkRBRFTJRQK4cmmsI7HJ8+gUbx+G\n"},
    {"p384",
     "MIG2AgEAMBAGByqGSM49AgEGBSuBBAAiBIGeMIGbAgEBBDDpIhaKfG+T0QHdNiaw\n"
     "9/NVeWXvXWKjWlUe8gM8PIRr11hTSQDHCYXtP/0JN9xwZD6hZANiAAS5Qby9aP0o\n"
     "TbI1XV7gcfXNoeikv+a5MlhS9z3/ukMyfggNTIBfhxE0s9Y9jiwoWyqtlp4S88Co\n"
     "nh3Tdd7iusQbXaeBPrE/O+MWREkVk0Dzz2ut45mG4B2lPKdbv6O3jNg=\n"}};

TEST_F(KeysTest, AKeyOfAnotherKindIsRefusedWithWhatToDo) {
    for (const auto& [name, base64] : other_keys) {
        SCOPED_TRACE(name);
        const std::string frame = "PRIVATE KEY-----\n";
        dir.write(std::string(name) + ".key", "-----BEGIN " + frame + base64 + "-----END " + frame);
        const auto done = ensure_device_key(files(name), "till");
        ASSERT_FALSE(done);
        EXPECT_NE(done.error().message.find("is no ECDSA P-256 key"), std::string::npos) << done.error().message;
    }
}

TEST_F(KeysTest, AMissingCertificateIsMadeFromTheKeyAgainAndAMissingKeyIsSaid) {
    party("till");
    std::filesystem::remove(dir.file("till.pem"));
    EXPECT_TRUE(ensure_device_key(files("till"), "x"));
    std::filesystem::remove(dir.file("till.key"));
    const auto lost = ensure_device_key(files("till"), "x");
    ASSERT_FALSE(lost);
    EXPECT_EQ(lost.error().code, Errc::invalid);
    EXPECT_NE(lost.error().message.find("till.key"), std::string::npos);
}

TEST_F(KeysTest, AKeyAndACertificateThatDoNotBelongTogetherAreRefused) {
    party("a");
    party("b");
    EXPECT_FALSE(ensure_device_key({dir.file("a.key"), dir.file("b.pem")}, "x"));
}

struct Damage {
    const char* key;          ///< Its content instead; nullptr: left as it is
    const char* certificate;  ///< …
    const char* said;
};

TEST_F(KeysTest, ADamagedFileIsNamedAndLeftAsItIs) {
    const Damage cases[] = {
        {"", nullptr, "till.key is empty"},
        {"\n \n", nullptr, "till.key is empty"},
        {"-----BEGIN PRIVATE", nullptr, "till.key holds no private key"},
        {nullptr, "", "till.pem is empty"},
        {nullptr, "rubbish", "till.pem holds no certificate"},
    };
    for (const Damage& each : cases) {
        std::filesystem::remove(dir.file("till.key"));
        std::filesystem::remove(dir.file("till.pem"));
        party("till");
        if (each.key != nullptr) dir.write("till.key", each.key);
        if (each.certificate != nullptr) dir.write("till.pem", each.certificate);
        const auto done = ensure_device_key(files("till"), "x");
        ASSERT_FALSE(done) << each.said;
        EXPECT_NE(done.error().message.find(each.said), std::string::npos) << done.error().message;
        EXPECT_NE(done.error().message.find("put back"), std::string::npos) << done.error().message;
        if (each.key != nullptr) {
            EXPECT_EQ(test::content_of(dir.file("till.key")), each.key);
        }
        if (each.certificate != nullptr) {
            EXPECT_EQ(test::content_of(dir.file("till.pem")), each.certificate);
        }
    }
}

// A copy helps only where there was a key.
// Read as a file it waits for a writer that never comes.
TEST_F(KeysTest, APipeIsRefusedAndNotWaitedFor) {
    const DeviceKeyFiles made = files("till");
    ASSERT_TRUE(ensure_device_key(made, "till"));
    for (const std::string& file : {made.key, made.certificate}) {
        std::filesystem::rename(file, file + ".kept");
        ASSERT_EQ(::mkfifo(file.c_str(), 0600), 0);
        const auto refused = ensure_device_key(made, "till");
        ASSERT_FALSE(refused);
        EXPECT_EQ(refused.error().code, Errc::invalid);
        EXPECT_NE(refused.error().message.find(file + " is no file, but a pipe"), std::string::npos)
            << refused.error().message;
        EXPECT_FALSE(check_authorities(file));
        std::filesystem::rename(file + ".kept", file);
    }
    EXPECT_TRUE(ensure_device_key(made, "till"));
}

TEST_F(KeysTest, TheRemedyIsThatOfTheCause) {
    const auto remedy = [&](Errc code) { return remedy_for_key(files("till"), Error{code, "why"}); };
    const auto says = [](const std::string& text, const char* words) { return text.find(words) != std::string::npos; };
    EXPECT_TRUE(says(remedy(Errc::full), "make room on the disk of")) << remedy(Errc::full);
    EXPECT_FALSE(says(remedy(Errc::full), "from a copy")) << remedy(Errc::full);
    EXPECT_TRUE(says(remedy(Errc::io), "may write")) << remedy(Errc::io);
    EXPECT_FALSE(says(remedy(Errc::io), "from a copy")) << remedy(Errc::io);
    party("till");
    EXPECT_TRUE(says(remedy(Errc::full), "make room on the disk of")) << remedy(Errc::full);
    EXPECT_TRUE(says(remedy(Errc::io), "from a copy")) << "a key that cannot be read: " << remedy(Errc::io);
    EXPECT_TRUE(says(remedy(Errc::invalid), "from a copy")) << remedy(Errc::invalid);
    const DeviceKeyFiles nowhere{"/dev/full/till.key", "/dev/full/till.pem"};
    const auto done = ensure_device_key(nowhere, "x");
    ASSERT_FALSE(done);
    EXPECT_TRUE(says(remedy_for_key(nowhere, done.error()), "may write")) << done.error().message;
}

TEST_F(KeysTest, AKeyThatOthersCanReadIsMadeItsOwnersAlone) {
    party("till");
    const std::string key = dir.file("till.key");
    EXPECT_FALSE(guard_key(key));
    EXPECT_FALSE(guard_key(dir.file("none")));
    for (const mode_t mode : {0644, 0640, 0660, 0604}) {
        ASSERT_EQ(::chmod(key.c_str(), mode), 0);
        const auto open = guard_key(key);
        ASSERT_TRUE(open) << mode;
        EXPECT_EQ(open->mode, mode);
        EXPECT_TRUE(open->mended);
        EXPECT_FALSE(guard_key(key)) << "mended";
    }
}

TEST_F(KeysTest, AnAdministratorsKeyMayBeOurGroups) {
    if (::geteuid() != 0) GTEST_SKIP() << "only root can give a file away";
    const std::string key = dir.write("broker.key", "x");
    ASSERT_EQ(::chown(key.c_str(), 65534, 65534), 0);
    ASSERT_EQ(::chmod(key.c_str(), 0640), 0);
    EXPECT_FALSE(guard_key(key));
    ASSERT_EQ(::chmod(key.c_str(), 0644), 0);
    const auto open = guard_key(key);
    ASSERT_TRUE(open);
    EXPECT_FALSE(open->mended) << "it is not ours to change";
}

TEST_F(KeysTest, WhatIsSignedAndSealedComesBack) {
    const Signer till = party("till");
    const Signer central = party("central");
    const std::string content("line 1\nline 2\r\n\0binary", 23);
    const auto letter = seal(*sign(content, till), central.certificate_file);
    ASSERT_TRUE(letter) << letter.error().message;
    EXPECT_EQ(letter->find("line 1"), std::string::npos);
    const auto opened = unseal(*letter, central);
    ASSERT_TRUE(opened) << opened.error().message;
    const auto verified = verify(*opened, till.certificate_file);
    ASSERT_TRUE(verified) << verified.error().message;
    EXPECT_EQ(verified->content, content);
    EXPECT_EQ(verified->signer, "till");
}

TEST_F(KeysTest, EveryChangedByteIsFound) {
    const Signer till = party("till");
    const Signer central = party("central");
    const auto letter = seal(*sign(std::string(300, 'x'), till), central.certificate_file);
    ASSERT_TRUE(letter);
    for (std::size_t at = 0; at < letter->size(); at += 7) {
        std::string changed = *letter;
        changed[at] = static_cast<char>(changed[at] ^ 0x10);
        const auto opened = unseal(changed, central);
        if (!opened) continue;
        const auto verified = verify(*opened, till.certificate_file);
        EXPECT_TRUE(!verified || verified->content == std::string(300, 'x')) << "at " << at;
    }
}

TEST_F(KeysTest, OthersCanNeitherReadNorSign) {
    const Signer till = party("till");
    const Signer central = party("central");
    const Signer stranger = party("stranger");
    const auto letter = seal(*sign("x", till), central.certificate_file);
    EXPECT_FALSE(unseal(*letter, stranger));
    const auto forged = sign("x", stranger);
    EXPECT_FALSE(verify(*forged, till.certificate_file));
}

TEST_F(KeysTest, OpensslReadsThem) {
    const Signer till = party("till");
    const Signer central = party("central");
    ASSERT_TRUE(write_file(dir.file("letter"), *seal("hello from a till", central.certificate_file)));
    test::Process openssl({"/usr/bin/openssl",
                           {"cms", "-decrypt", "-binary", "-inform", "DER", "-in", dir.file("letter"), "-inkey",
                            central.key_file, "-recip", central.certificate_file}});
    EXPECT_EQ(openssl.wait().value_or(-1), 0) << openssl.errors();
    EXPECT_EQ(openssl.output(), "hello from a till");
}

}  // namespace
}  // namespace tillpost
