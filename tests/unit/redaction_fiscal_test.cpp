// SPDX-License-Identifier: Apache-2.0
// [privacy-1] What a fiscal device signs travels unchanged, by its members' names; a card number in such a member does
// not.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "agent/event/redaction/card_number.hpp"
#include "agent/event/redaction/redactor.hpp"

namespace tillpost::test {
namespace {

std::string member(const std::string& name, const std::string& value) {
    return R"({"type":"sale","fiscal":{")" + name + R"(":")" + value + "\"}}";
}

/// The same on every machine.
class Digits {
public:
    std::string next(const std::string& from, std::size_t size) {
        std::string text;
        while (text.size() < size) {
            state_ = state_ * 6364136223846793005U + 1442695040888963407U;
            text += from[(state_ >> 33) % from.size()];
        }
        return text;
    }

private:
    std::uint64_t state_ = 42;
};

struct Signed {
    const char* name;
    const char* value;
};

// KassenSichV's QR code (DSFinV-K 2.3, annex I), its parts as DSFinV-K and TSE makers name them; RKSV's code (the
// regulation's own example has such a serial number); NF525's signed string and signature.
const std::vector<Signed> signed_members{
    {"qr_code_data",
     "V0;955002-00;Kassenbeleg-V1;Beleg^0.00_2.55_0.00_0.00_0.00^2.55:Bar;18;112;2019-07-10T18:41:04.000Z;"
     "2019-07-10T18:41:04.000Z;ecdsa-plain-SHA256;unixTime;MEQCIAy4P9k+7x9saDO0uRZ4El8QwN+qTgYiv1DIaJIMWRiuAiAt+saF"
     "DGjK2Yi5Cxgy7PprXQ5O0seRgx4ltdpW9REvwA==;BHhWOeisRpPBTGQ1W4VUH95TXx2GARf8e2NYZXJoInjtGqnxJ8sZ3CQpYgjI="},
    {"qrCode",
     "V0;4035501000000000006;Kassenbeleg-V1;Beleg^1.00_0.00_0.00_0.00_0.00^1.00:Bar;1;2;"
     "2026-11-23T10:15:30.000Z;2026-11-23T10:15:31.000Z;ecdsa-plain-SHA256;unixTime;AAAA;BBBB"},
    {"TSE_TA_SIG", "MEQCIAy4P9k+7x9saDO0uRZ4El8QwN+qTgYiv1DIaJIMWRiuAiAt+saFDGjK2Yi5Cxgy7PprXQ5O0seRgx4ltdpW9REvwA=="},
    {"signatureValue", "MEQCIAy4P9k+7x9saDO0uRZ4El8QwN\\/qTgYiv1DIaJIMWRiuAiAt+saFDGjK2Yi5Cxgy7PprXQ5O0seRgx4="},
    {"TSE_SERIAL", "ab4035501000000000006cdefabcdefabcdefabcdefabcdefab4111111111111111abc"},
    {"tse_public_key", "abcdefabcdef5555555555554444abcdefabcdefabcdef0123456789abcdefabcdef"},
    {"rksv_code",
     "_R1-AT3_DEMO-CASH-BOX817_83469_2015-11-25T19:20:11_0,00_0,00_0,00_0,00_0,00_m3VzZ9DO1/I=_"
     "-3662270000000000002_cg8hNU5ihto=_7n29pRHQQ0vV7Zm4c0CsWKlYh1cVQ=="},
    {"Sig-Voriger-Beleg", "cg8hNU5ihto="},
    {"Zertifikat-Seriennummer", "-3667961875706356849"},
    {"signature_precedente", "mTgYiv1DIaJIMWRiuAiAt-saFDGjK2Yi5Cxgy7PprXQ5O0seRgx4ltdpW9REvwA"},
    {"nf525_data", "2000:750|1000:1999|0550:100,2849,20200419152534,18,SALE,N"},
    {"TSE_TA_VORGANGSDATEN", "Beleg^6.88_1.50_0.00_0.00_0.00^8.38:Bar"},
};

TEST(RedactionFiscalTest, SignaturesTravelUnchanged) {
    Redactor redactor;
    for (const Signed& each : signed_members) {
        EXPECT_FALSE(redactor.redact_line(member(each.name, each.value)).changed) << each.name;
    }
}

TEST(RedactionFiscalTest, NoneOfManySignaturesIsChangedThoughSomeLookLikeCardNumbers) {
    Redactor redactor;
    Digits digits;
    int alike = 0;
    for (int i = 0; i < 5'000; ++i) {
        const std::string hex = digits.next("0123456789abcdef", 128);
        const std::string base64 = digits.next("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ+/", 88);
        const std::string serial = "36" + digits.next("0123456789", 17);
        ASSERT_FALSE(redactor.redact_line(member("signature", hex)).changed) << hex;
        ASSERT_FALSE(redactor.redact_line(member("signaturwert", base64)).changed) << base64;
        ASSERT_FALSE(redactor.redact_line(member("certificate_serial", serial)).changed) << serial;
        ASSERT_FALSE(redactor.redact_line(R"({"certificate_serial":)" + serial + "}").changed) << serial;
        for (const std::string& text : {hex, base64, serial}) {
            if (redactor.redact_line(member("other", text)).changed) ++alike;
        }
    }
    EXPECT_GT(alike, 200) << "the test would prove nothing";
}

TEST(RedactionFiscalTest, ACardNumberInSuchAMemberIsCut) {
    Redactor redactor;
    for (const char* name : {"signature", "qr_code_data", "TSE_SERIAL", "rksv", "nf525_signature", "publicKey"}) {
        for (const char* value :
             {"4111111111111111", "4111 1111 1111 1111", "Karte4111111111111111OK", "signaturebyhand4111111111111111",
              "%B4111111111111111^DOE/JOHN^25121010000000000000?", ";4111111111111111=25121010000000000000?",
              "_R1-AT1_ 4111111111111111", "V0;4111111111111111;x"}) {
            EXPECT_GT(redactor.redact_line(member(name, value)).numbers, 0U) << name << ": " << value;
        }
        EXPECT_TRUE(redactor.redact_line(R"({")" + std::string(name) + R"(":{"pan":"12345678"}})").changed) << name;
        EXPECT_TRUE(redactor.redact_line(R"({")" + std::string(name) + R"(":4111111111111111})").changed) << name;
    }
    EXPECT_TRUE(redactor.redact_line(member("certificate_serial", "no. 4111111111111111")).changed);
    EXPECT_TRUE(redactor.redact_line(R"({"signature":{"track2":"x"}})").changed);
}

}  // namespace
}  // namespace tillpost::test
