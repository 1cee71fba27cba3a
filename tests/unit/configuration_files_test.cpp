// SPDX-License-Identifier: Apache-2.0
// The files that a configuration names.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "agent/control/configuration.hpp"
#include "agent/control/json_document.hpp"
#include "platform/time_zone.hpp"
#include "tests/support/certificates.hpp"
#include "tests/support/temp_dir.hpp"
#include "tests/unit/configuration_texts.hpp"

namespace tillpost::test {
namespace {

class ConfigurationFilesTest : public ::testing::Test {
protected:
    std::string configuration(const std::string& broker_more = "", const std::string& more = "") {
        return R"({"agent": {"tenant": "t", "store": "s", "node": "n"}, "journal": {"path": ")" + folder.file("j.db") +
               R"("}, "broker": {"address": "tcp://127.0.0.1:1", "username": "u")" + broker_more +
               R"(}, "control": {"socket": ")" + folder.file("c.sock") + "\"}" + more + "}";
    }
    std::string problems(const std::string& text) {
        const auto got = load_configuration(folder.write("tillpost.json", text));
        if (!got) return got.error().message;
        const auto usable = check_tls_files(*got, folder.file("tillpost.json"));
        return usable ? "" : usable.error().message;
    }
    std::string named(const char* key, const std::string& name) {
        return ", \"" + std::string(key) + "\": \"" + folder.file(name) + "\"";
    }
    /// The broker's section with these files, where "" leaves one out.
    std::string with_tls(const std::string& ca, const std::string& certificate, const std::string& key) {
        std::string text = configuration((ca.empty() ? "" : named("ca_file", ca)) +
                                         (certificate.empty() ? "" : named("certificate_file", certificate)) +
                                         (key.empty() ? "" : named("key_file", key)));
        return text.replace(text.find("tcp://127.0.0.1:1"), 17, "ssl://broker.example:8883");
    }
    void put(const std::string& name, const std::string& file) { folder.write(name, content_of(file)); }
    TempDir folder;
};

TEST_F(ConfigurationFilesTest, ReadsThePasswordWithoutItsLineBreak) {
    for (const char* content : {"secret", "secret\n", "secret\r\n"}) {
        folder.write("password", content);
        const auto got = load_configuration(folder.write("c.json", configuration(named("password_file", "password"))));
        ASSERT_TRUE(got) << got.error().message;
        EXPECT_EQ(got->broker.password, "secret");
    }
}

TEST_F(ConfigurationFilesTest, RefusesAPasswordFileThatHoldsNoPassword) {
    for (const std::string& content :
         {std::string(), std::string("\n"), std::string("two\nlines\n"), std::string(5000, 'p')}) {
        folder.write("password", content);
        const std::string message = problems(configuration(named("password_file", "password")));
        EXPECT_NE(message.find("/broker/password_file"), std::string::npos) << message;
        EXPECT_EQ(message.find("two"), std::string::npos) << "a password in a message: " << message;
    }
}

TEST_F(ConfigurationFilesTest, TakesTheDevicesOwnFilesForTheBrokerBeforeTheyAreMade) {
    put("ca.pem", Certificates().ca_file());
    const auto for_broker = [this](const std::string& certificate, const std::string& key) {
        return problems(with_tls("ca.pem", certificate, key));
    };
    EXPECT_EQ(for_broker("device.pem", "device.key"), "");
    EXPECT_NE(for_broker("other.pem", "device.key").find("/broker/certificate_file"), std::string::npos);
    EXPECT_NE(for_broker("device.pem", "other.key").find("/broker/key_file"), std::string::npos);
    ASSERT_EQ(::mkdir(folder.file("device.key").c_str(), 0700), 0);
    EXPECT_NE(for_broker("device.pem", "device.key").find("expected a regular file"), std::string::npos);
}

// [durable-1] What is wrong with the device's own pair keeps no event out: the start says it, and goes on.
TEST_F(ConfigurationFilesTest, LeavesTheDevicesOwnPairToTheStart) {
    Certificates issued;
    put("ca.pem", issued.ca_file());
    put("device.pem", issued.client("till").certificate_file);
    put("device.key", issued.client("other").key_file);
    EXPECT_EQ(problems(with_tls("ca.pem", "device.pem", "device.key")), "");
}

TEST_F(ConfigurationFilesTest, RefusesAuthoritiesThatAreNoCertificates) {
    Certificates issued;
    const std::string ca = content_of(issued.ca_file());
    const std::string key = content_of(issued.server().key_file);
    const std::string damaged = std::string(ca).insert(ca.size() / 2, "!!");
    const std::pair<std::string, const char*> wrong[] = {{"", "is empty"},
                                                         {"see the wiki\n", "holds no certificate"},
                                                         {key, "holds no certificate"},
                                                         {damaged, "damaged"},
                                                         {ca + damaged, "damaged"}};
    for (const auto& [content, why] : wrong) {
        const std::string file = folder.write("ca.pem", content);
        const std::string message = problems(with_tls("ca.pem", "", ""));
        EXPECT_EQ(lines_of(message), 1U) << message;
        EXPECT_NE(message.find("/broker/ca_file is \"" + file + "\": expected the certificates of the authorities"),
                  std::string::npos)
            << message;
        EXPECT_NE(message.find(why), std::string::npos) << message;
    }
    for (const std::string& right : {ca, "Our authority:\n" + ca + ca, key + ca}) {
        folder.write("ca.pem", right);
        EXPECT_EQ(problems(with_tls("ca.pem", "", "")), "");
    }
}

TEST_F(ConfigurationFilesTest, RefusesAKeyThatIsNotTheCertificates) {
    Certificates issued;
    const Certificates::Pair mine = issued.client("mine");
    put("ca.pem", issued.ca_file());
    put("mine.pem", mine.certificate_file);
    put("mine.key", mine.key_file);
    put("other.key", issued.client("other").key_file);
    folder.write("locked.key", "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMIIB\n-----END ENCRYPTED PRIVATE KEY-----\n");
    EXPECT_EQ(problems(with_tls("ca.pem", "mine.pem", "mine.key")), "");
    const std::tuple<const char*, const char*, const char*, const char*> wrong[] = {
        {"mine.pem", "other.key", "/broker/key_file", "is not the key of the certificate"},
        {"mine.pem", "mine.pem", "/broker/key_file", "holds no private key"},
        {"mine.pem", "locked.key", "/broker/key_file", "pass phrase"},
        {"mine.key", "mine.key", "/broker/certificate_file", "holds no certificate"}};
    for (const auto& [certificate, key, place, why] : wrong) {
        const std::string message = problems(with_tls("ca.pem", certificate, key));
        EXPECT_EQ(lines_of(message), 1U) << message;
        const std::string file = folder.file(std::string_view(place) == "/broker/key_file" ? key : certificate);
        EXPECT_NE(message.find(std::string(place) + " is \"" + file + "\": expected the "), std::string::npos)
            << message;
        EXPECT_NE(message.find(why), std::string::npos) << message;
    }
}

TEST_F(ConfigurationFilesTest, ReadsWhoWeAreForTheProxyThatOthersCannotRead) {
    put("ca.pem", Certificates().ca_file());
    std::string text = configuration(named("ca_file", "ca.pem") + named("proxy_credentials_file", "credentials"));
    text.replace(text.find("tcp://127.0.0.1:1\""), 18, R"(ssl://broker.example:8883", "proxy": "http://proxy:3128")");
    const std::string file = folder.write("credentials", "till:pass:geheim\n");
    ASSERT_EQ(::chmod(file.c_str(), 0644), 0);
    EXPECT_NE(problems(text).find("every user of this machine can: chmod o= " + file), std::string::npos);
    ASSERT_EQ(::chmod(file.c_str(), 0640), 0);
    const auto got = load_configuration(folder.write("c.json", text));
    ASSERT_TRUE(got) << got.error().message;
    EXPECT_EQ(got->broker.proxy_credentials, "till:pass:geheim");
    for (const char* wrong : {"", "geheim", ":geheim", "till:geheim\ngeheim"}) {
        ASSERT_EQ(::chmod(folder.write("credentials", wrong).c_str(), 0640), 0);
        const std::string message = problems(text);
        EXPECT_NE(message.find("/broker/proxy_credentials_file"), std::string::npos) << message;
        EXPECT_EQ(message.find("geheim"), std::string::npos) << "a password in a message: " << message;
    }
}

TEST_F(ConfigurationFilesTest, ReadsThePseudonymsKeyThatOthersCannotRead) {
    const std::string more = R"(, "privacy": {"fields": [{"name": "operator", "policy": "pseudonym"}])" +
                             named("key_file", "pseudonym.key") + "}";
    EXPECT_NE(problems(configuration("", more)).find("/privacy/key_file is \""), std::string::npos);
    const std::string key(32, 'k');
    const std::string file = folder.write("pseudonym.key", key + "\n");
    ::chmod(file.c_str(), 0604);
    EXPECT_NE(problems(configuration("", more)).find("every user of this machine can: chmod o= "), std::string::npos);
    ::chmod(file.c_str(), 0640);
    const auto got = load_configuration(folder.write("c.json", configuration("", more)));
    ASSERT_TRUE(got) << got.error().message;
    EXPECT_EQ(got->privacy.key, key);
    folder.write("pseudonym.key", "too short");
    ::chmod(file.c_str(), 0640);
    const std::string message = problems(configuration("", more));
    EXPECT_NE(message.find("has 9 bytes: expected 32 at least"), std::string::npos) << message;
    EXPECT_EQ(message.find("too short"), std::string::npos) << "a key in a message: " << message;
}

TEST_F(ConfigurationFilesTest, NamesEveryFileThatIsNotThere) {
    const std::string message =
        problems(configuration(named("ca_file", "no-ca") + named("certificate_file", "no-cert") +
                                   named("key_file", "no-key") + named("password_file", "no-password"),
                               R"(, "feed": {"socket": ")" + folder.file("nowhere/feed.sock") + "\"}"));
    EXPECT_EQ(lines_of(message), 5u) << message;
    for (const char* key : {"ca_file", "certificate_file", "key_file", "password_file"}) {
        EXPECT_NE(message.find("/broker/" + std::string(key) + " is \"" + folder.path()), std::string::npos) << message;
    }
    EXPECT_NE(message.find("No such file or directory"), std::string::npos) << message;
    EXPECT_NE(message.find("/feed/socket"), std::string::npos) << message;
}

TEST_F(ConfigurationFilesTest, RefusesAFolderWhereAFileIsExpected) {
    const std::string message = problems(configuration(", \"ca_file\": \"" + folder.path() + "\""));
    EXPECT_NE(message.find("expected a regular file"), std::string::npos) << message;
}

TEST_F(ConfigurationFilesTest, RefusesWhatStandsWhereItsOwnFilesGo) {
    const std::string notes = folder.write("notes.txt", "mine");
    const std::string text = R"({"agent":{"tenant":"t","store":"s","node":"n"},"journal":{"path":")" + folder.path() +
                             R"("},"broker":{"address":"tcp://127.0.0.1:1883"},"feed":{"socket":")" + notes +
                             R"("},"control":{"socket":")" + folder.write("more.txt", "mine, too") + "\"}}";
    const auto got = load_configuration(folder.write("tillpost.json", text));
    ASSERT_FALSE(got);
    for (const char* place : {"/journal/path is", "/feed/socket is", "/control/socket is"}) {
        EXPECT_NE(got.error().message.find(place), std::string::npos) << place << "\n" << got.error().message;
    }
    EXPECT_EQ(content_of(notes), "mine");
}

TEST_F(ConfigurationFilesTest, SaysThatItFollowsNoLinkToTheJournal) {
    for (const char* to : {"other.db", "nothing.db"}) {
        std::filesystem::remove(folder.file("j.db"));
        if (to[0] == 'o') folder.write(to, "");
        std::filesystem::create_symlink(folder.file(to), folder.file("j.db"));
        const std::string message = problems(configuration());
        EXPECT_NE(message.find("/journal/path is \"" + folder.file("j.db") + "\": "), std::string::npos) << message;
        EXPECT_NE(
            message.find("a symbolic link is there, which is not followed: name what it leads to, " + folder.file(to)),
            std::string::npos)
            << message;
    }
}

TEST_F(ConfigurationFilesTest, KnowsTheTimeZonesOfTheMachine) {
    const auto with_zone = [this](const std::string& zone) {
        return problems(configuration("", R"(, "day": {"time_zone": ")" + zone + "\"}"));
    };
    for (const char* zone : {"Europe/Berlin", "America/Argentina/Buenos_Aires", "Etc/GMT+3", "UTC"})
        EXPECT_EQ(with_zone(zone), "");
    for (const char* zone : {"Europe/Brelin", "Europe", "leapseconds", "europe/berlin"}) {
        const std::string message = with_zone(zone);
        EXPECT_NE(
            message.find("/day/time_zone is \"" + std::string(zone) + "\": expected a zone that this machine has"),
            std::string::npos)
            << message;
    }
    const auto without = check_time_zone("Europe/Berlin", folder.file("zoneinfo"));
    ASSERT_FALSE(without);
    EXPECT_NE(without.error().message.find("which is not there: install the package tzdata"), std::string::npos)
        << without.error().message;
}

TEST_F(ConfigurationFilesTest, SaysWhatIsLeftToDefaults) {
    Configuration plain;
    ::setenv("TZ", ":America/Santiago", 1);
    ::tzset();
    EXPECT_EQ(
        left_to_defaults(plain),
        std::vector<std::string>{"local times (day/ends_at, feed/trading_hours, delivery/rates) are of "
                                 "America/Santiago, this machine's time zone: name the store's in day/time_zone if "
                                 "it is another"});
    ::unsetenv("TZ");
    ::tzset();
    plain.time_zone = "Europe/Berlin";
    plain.feed.emplace();
    const auto lines = left_to_defaults(plain);
    ASSERT_EQ(lines.size(), 3U);
    EXPECT_TRUE(lines[0].ends_with("are of Europe/Berlin, as day/time_zone says")) << lines[0];
    EXPECT_NE(lines[1].find("feed/trading_hours"), std::string::npos) << lines[1];
    plain.day.hours.push_back({});
    plain.day.tills = {"T01"};
    EXPECT_EQ(
        lines[2],
        "people travel as the POS names them (operator, seller, approver, actor), not as pseudonyms of ours: say in "
        "privacy/fields what is done with each, such as {\"name\": \"operator\", \"policy\": \"pseudonym\"}, or "
        "\"keep\" where the POS sends pseudonyms");
    using Policy = PrivacySettings::Policy;
    plain.privacy.fields = {{"Operator", "", Policy::pseudonym}, {"", "/lines/*/seller", Policy::drop}};
    EXPECT_NE(left_to_defaults(plain).at(1).find("(approver, actor)"), std::string::npos);
    plain.privacy.fields.push_back({"approver", "", Policy::keep});
    plain.privacy.fields.push_back({"actor", "", Policy::keep});
    EXPECT_EQ(left_to_defaults(plain).size(), 1U) << "all is watched, and said";
}

TEST_F(ConfigurationFilesTest, SaysWhichFileIsMissingOrTooLarge) {
    const auto missing = load_configuration(folder.file("none.json"));
    ASSERT_FALSE(missing);
    EXPECT_NE(missing.error().message.find("none.json: No such file"), std::string::npos) << missing.error().message;
    const auto huge = load_configuration(folder.write("huge.json", std::string(largest_document + 1, ' ')));
    ASSERT_FALSE(huge);
    EXPECT_NE(huge.error().message.find("huge.json"), std::string::npos) << huge.error().message;
}

}  // namespace
}  // namespace tillpost::test
