// SPDX-License-Identifier: Apache-2.0
#include "agent/central/signers.hpp"

#include <gtest/gtest.h>

namespace tillpost {
namespace {

const std::string till = "urn:tillpost:acme:s1:till3";
const std::string other = "urn:tillpost:acme:s1:till4";

struct Case {
    const char* name;
    const char* named;  ///< For the till by --trust, "" for none
    bool accept_new;
    bool replace;
    const char* recorded;  ///< "" for none
    bool elsewhere;        ///< "a" is another agent's.
    const char* expected;  ///< "known", "record", or what the refusal says
};
void PrintTo(const Case& one, std::ostream* out) { *out << one.name; }

class SignersTest : public ::testing::TestWithParam<Case> {};

// Each file is signed by "a".
TEST_P(SignersTest, DecidesWhoMaySign) {
    const Case& one = GetParam();
    SignerPolicy policy;
    policy.named[other].insert("b");
    if (one.named[0] != '\0') policy.named[till].insert(one.named);
    policy.accept_new = one.accept_new;
    policy.replace = one.replace;
    SignersKnown known;
    if (one.recorded[0] != '\0') known.recorded = one.recorded;
    if (one.elsewhere) known.elsewhere = other;
    const auto verdict = judge_signer(policy, till, "a", known);
    const std::string expected = one.expected;
    if (expected == "known" || expected == "record") {
        ASSERT_TRUE(verdict) << verdict.error().message;
        EXPECT_EQ(*verdict, expected == "known" ? SignerVerdict::known : SignerVerdict::record);
    } else {
        ASSERT_FALSE(verdict);
        EXPECT_EQ(verdict.error().code, Errc::rejected);
        EXPECT_NE(verdict.error().message.find(expected), std::string::npos) << verdict.error().message;
    }
}

INSTANTIATE_TEST_SUITE_P(
    Cases, SignersTest,
    ::testing::Values(Case{"nothing_known", "", false, false, "", false, "no certificate is known"},
                      Case{"named", "a", false, false, "", false, "record"},
                      Case{"another_named", "b", false, false, "", false, "names another certificate"},
                      Case{"another_named_although_new_ones_are_taken", "b", true, false, "", false,
                           "names another certificate"},
                      Case{"first_seen", "", true, false, "", false, "record"},
                      Case{"first_seen_but_another_agents", "", true, false, "", true, "known as that of "},
                      Case{"named_though_another_agents", "a", false, false, "", true, "record"},
                      Case{"recorded", "", false, false, "a", false, "known"},
                      Case{"recorded_and_named", "a", false, true, "a", false, "known"},
                      Case{"recorded_but_another_named", "b", false, false, "a", false, "names another certificate"},
                      Case{"another_recorded", "", false, false, "b", false, "the one known for this agent is b"},
                      Case{"another_recorded_and_new_ones_taken", "", true, false, "b", false, "the one known"},
                      Case{"another_recorded_and_replacing_without_name", "", true, true, "b", false, "the one known"},
                      Case{"another_recorded_and_named_without_replacing", "a", false, false, "b", false, "--replace"},
                      Case{"replaced", "a", false, true, "b", false, "record"}),
    [](const auto& which) { return which.param.name; });

TEST(SignersTextTest, FingerprintsComeAsPeopleWriteThem) {
    const std::string plain(64, 'a');
    EXPECT_EQ(plain_fingerprint(plain), plain);
    std::string colons;
    for (int i = 0; i < 32; ++i) colons += i == 0 ? "AA" : ":AA";
    EXPECT_EQ(plain_fingerprint(colons), plain);
    for (const std::string& text :
         {std::string(), std::string(63, 'a'), std::string(65, 'a'), std::string(64, 'g'), std::string("device.pem")}) {
        EXPECT_FALSE(plain_fingerprint(text)) << text;
    }
}

}  // namespace
}  // namespace tillpost
