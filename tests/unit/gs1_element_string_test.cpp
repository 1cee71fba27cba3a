// SPDX-License-Identifier: Apache-2.0
#include "agent/event/gs1/element_string.hpp"

#include <gtest/gtest.h>

#include "gs1_support.hpp"

using namespace tillpost::gs1;

namespace {

TEST(Gs1ElementStringTest, SplitsBySeparatorsAndPredefinedLengths) {
    expect_element_strings({
        {"0109506000134352", "01=09506000134352"},
        {"010950600013435210ABC", "01=09506000134352 10=ABC"},
        {"010950600013435210ABC^21S1", "01=09506000134352 10=ABC 21=S1"},
        {"01095060001343521726013110ABC", "01=09506000134352 17=260131 10=ABC"},
        {"17260131010950600013435210ABC", "17=260131 01=09506000134352 10=ABC"},
        {"10ABC^0109506000134352", "10=ABC 01=09506000134352"},
        {"00106141412345678908", "00=106141412345678908"},
        {"001061414123456789083302000012", "00=106141412345678908 3302=000012"},
        {"0010614141234567890802995060001343003712", "00=106141412345678908 02=99506000134300 37=12"},
        {"0109506000134352204210L", "01=09506000134352 20=42 10=L"},
        {"01099506000134303103000195", "01=09950600013430 3103=000195"},
        {"01995060001343003103000195", "01=99506000134300 3103=000195"},
        {"01995060001343003012^10A", "01=99506000134300 30=12 10=A"},
        {"4109506000134352", "410=9506000134352"},
        {"41095060001343524129506000134352", "410=9506000134352 412=9506000134352"},
        {"0109506000134352235ABC", "01=09506000134352 235=ABC"},
        {"240A^241B^0109506000134352", "240=A 241=B 01=09506000134352"},
        {"90anything (even) this%^91more^99<last>", "91=more 99=<last> character@10(90)"},
    });
}

TEST(Gs1ElementStringTest, WhereSeparatorsMayStand) {
    expect_element_strings({
        {"^0109506000134352", "01=09506000134352"},              // FNC1 in the first position, told as GS
        {"010950600013435210ABC^", "01=09506000134352 10=ABC"},  // at the end
        {"0109506000134352^", "01=09506000134352"},              // behind a predefined length, at the end
        {"0109506000134352^10ABC", "01=09506000134352 10=ABC"},  // and within
        {"0109506000134352^17260131^10A", "01=09506000134352 17=260131 10=A"},
        {"^^0109506000134352", "01=09506000134352 separator@1"},
        {"010950600013435210ABC^^21S", "01=09506000134352 10=ABC 21=S separator@22"},
        {"010950600013435210ABC^^", "01=09506000134352 10=ABC separator@22"},
        {"0109506000134352^^10A", "01=09506000134352 10=A separator@17"},
        {"010950600013435210^21S", "01=09506000134352 21=S too_short@18(10)"},
        {"0109506000134^10A", "10=A too_short@13(01)"},
        {"^", "empty@1"},
        {"", "empty@0"},
        {"01", "too_short@2(01)"},
        {"10", "too_short@2(10)"},
        {"0", "unknown_ai@0"},
        {"01095060001343521", "01=09506000134352 unknown_ai@16"},
    });
}

TEST(Gs1ElementStringTest, RefusesUnknownIdentifiersAndGoesOn) {
    expect_element_strings({
        {"0512345678901231", "unknown_ai@0(05)"},
        {"0109506000134352051234^10A", "01=09506000134352 10=A unknown_ai@16(05)"},
        {"142601310109506000134352", "01=09506000134352 unknown_ai@0(14)"},  // eight characters, assigned or not
        {"18260131^0109506000134352", "01=09506000134352 unknown_ai@0(18)"},
        {"0412345678901234560109506000134352", "01=09506000134352 unknown_ai@0(04)"},
        {"31060001950109506000134352", "01=09506000134352 unknown_ai@0(3106)"},
        {"31700001950109506000134352", "01=09506000134352 unknown_ai@0(3170)"},
        {"33800001950109506000134352", "01=09506000134352 unknown_ai@0(3380)"},
        {"39441234^0109506000134352", "01=09506000134352 unknown_ai@0(3944)"},
        {"3956123456", "unknown_ai@0(3956)"},
        {"41895060001343520109506000134352", "01=09506000134352 unknown_ai@0(418)"},
        {"236ABC^0109506000134352", "01=09506000134352 unknown_ai@0(236)"},
        {"23", "unknown_ai@0"},
        {"244A", "unknown_ai@0(244)"},
        {"404A", "unknown_ai@0(404)"},
        {"428A", "unknown_ai@0(428)"},
        {"4327A", "unknown_ai@0(4327)"},
        {"7012A", "unknown_ai@0(7012)"},
        {"718A", "unknown_ai@0(718)"},
        {"7260A", "unknown_ai@0(7260)"},
        {"8015A", "unknown_ai@0(8015)"},
        {"8021A", "unknown_ai@0(8021)"},
        {"8113A", "unknown_ai@0(8113)"},
        {"8201A", "unknown_ai@0(8201)"},
        {"38A", "unknown_ai@0(38)"},
        {"50A^10B", "10=B unknown_ai@0(50) required@4(10)"},
        {"ABC", "unknown_ai@0"},
        {"1", "unknown_ai@0"},
        {"310", "unknown_ai@0"},
        {"1O260131", "unknown_ai@0"},
        {"0109506000134352 10ABC", "01=09506000134352 character@16"},
        {"0109506000134352\t10ABC", "01=09506000134352 character@16"},
    });
}

TEST(Gs1ElementStringTest, ChecksLengths) {
    expect_element_strings({
        {"010950600013435210ABCDEFGHIJKLMNOPQRST", "01=09506000134352 10=ABCDEFGHIJKLMNOPQRST"},
        {"010950600013435210ABCDEFGHIJKLMNOPQRSTU", "01=09506000134352 too_long@38(10)"},
        {"0109506000134352422276", "01=09506000134352 422=276"},
        {"01095060001343524222761", "01=09506000134352 too_long@22(422)"},
        {"010950600013435242227", "01=09506000134352 too_short@21(422)"},
        {"010950600013435242227610ABC", "01=09506000134352 too_long@22(422)"},  // no separator behind 422
        {"0109506000134352422276^10ABC", "01=09506000134352 422=276 10=ABC"},
        {"01095060001343", "too_short@14(01)"},
        {"1726013", "too_short@7(17)"},
        {"01995060001343003010000^30123456789", "01=99506000134300 30=10000 too_long@34(30)"},
        {"8005012345^0109506000134352", "8005=012345 01=09506000134352"},
        {"800501234^0109506000134352", "01=09506000134352 too_short@9(8005)"},
        {"2539506000134352", "253=9506000134352"},
        {"2539506000134352ABCDEFGHIJKLMNOPQ", "253=9506000134352ABCDEFGHIJKLMNOPQ"},
        {"2539506000134352ABCDEFGHIJKLMNOPQR", "too_long@33(253)"},
        {"2559506000134352123456789012", "255=9506000134352123456789012"},
        {"2559506000134352A", "character@16(255)"},
        {"25595060001343521234567890123", "too_long@28(255)"},
        {"80030950600013435212AB", "8003=0950600013435212AB"},
        {"80031950600013435212AB", "value@4(8003)"},
        {"800309506000134351", "check_digit@17(8003)"},
        {"8018950600013430000009", "8018=950600013430000009"},
        {"8018950600013430000008", "check_digit@21(8018)"},
        {"8017950600013430000009^80191234567890", "8017=950600013430000009 8019=1234567890"},
    });
}

TEST(Gs1ElementStringTest, WhatComesIsBounded) {
    const Message message = parse_element_string(std::string(longest_input + 1, '1'), test_year);
    EXPECT_EQ(told(message), "too_long@8192");
    std::string many;
    for (int i = 0; i < 200; ++i) many += "90A\x1d";
    EXPECT_EQ(parse_element_string(many, test_year).elements.size(), most_elements);
    EXPECT_EQ(parse_element_string(std::string(100, '\x1d'), test_year).faults.size(), most_faults);
    const std::string nul("0109506000134352\0", 17);
    EXPECT_EQ(told(parse_element_string(nul, test_year)), "01=09506000134352 unknown_ai@16");
}

TEST(Gs1ElementStringTest, SaysWhatCannotBeSeen) {
    EXPECT_NE(parse_element_string("0109506000134352\x02\xff", test_year).faults[0].text.find("\"\\x02\\xff\""),
              std::string::npos);
    EXPECT_NE(parse_element_string("0109506000134352 10A", test_year).faults[0].text.find("blank"), std::string::npos);
    EXPECT_NE(parse_element_string("10A B", test_year).faults[0].text.find("blank"), std::string::npos);
}

TEST(Gs1CaretStringTest, BeginsWithFnc1) {
    EXPECT_EQ(told(parse_caret_string("^010950600013435210ABC^21S", test_year)), "01=09506000134352 10=ABC 21=S");
    EXPECT_EQ(told(parse_caret_string("0109506000134352", test_year)), "01=09506000134352 separator@0");
    EXPECT_EQ(told(parse_caret_string("^^0109506000134352", test_year)), "01=09506000134352 separator@1");
    EXPECT_EQ(told(parse_caret_string("^", test_year)), "empty@1");
    EXPECT_EQ(told(parse_caret_string("", test_year)), "separator@0 empty@0");
}

TEST(Gs1BracketedTest, ReadsAndWrites) {
    const ElementStringRow table[] = {
        {"(01)09506000134352", "01=09506000134352"},
        {"(01)09506000134352(10)ABC(21)S1", "01=09506000134352 10=ABC 21=S1"},
        {"(10)ABC(01)09506000134352", "10=ABC 01=09506000134352"},
        {"(01)09506000134352(10)A(B)C", "01=09506000134352 10=A(B)C"},
        {"(01)09506000134352(10)A(1)", "01=09506000134352 10=A(1)"},
        {"(01)09506000134352(10)A(", "01=09506000134352 10=A("},
        {"(01)09506000134352(10)A(21", "01=09506000134352 10=A(21"},
        {"(01)09506000134352(10)A\\(21)", "01=09506000134352 10=A(21)"},
        {"(01)09506000134352(10)A(21)B", "01=09506000134352 10=A 21=B"},
        {"(01)09506000134352(10)A(12345)", "01=09506000134352 10=A(12345)"},
        {"(01)09506000134353", "check_digit@17(01)"},
        {"(01)9506000134352", "too_short@17(01)"},
        {"(01)(10)ABC", "10=ABC too_short@4(01)"},
        {"(05)ABC", "unknown_ai@0(05)"},
        {"(3106)000195", "unknown_ai@0(3106)"},
        {"(010)9506000134352", "unknown_ai@0(010)"},
        {"(1)A", "brackets@0"},
        {"01)09506000134352", "brackets@0"},
        {"()A", "brackets@0"},
        {" (01)09506000134352", "brackets@0"},
        {"", "empty@0"},
        {"(01) 09506000134352 (10) ABC", "01=09506000134352 10=ABC"},
        {"(01)  09506000134352(10)A B", "01=09506000134352 character@25(10)"},
        {"(01) 09506000134353", "check_digit@18(01)"},
        {"(01) (10)ABC", "10=ABC too_short@5(01)"},
        {"(01) ", "too_short@5(01)"},
    };
    for (const ElementStringRow& row : table)
        EXPECT_EQ(told(parse_bracketed(row.text, test_year)), row.told) << row.text;
}

TEST(Gs1FormatTest, PutsSeparatorsWhereTheyAreNeeded) {
    const ElementStringRow table[] = {
        {"(01)09506000134352(10)ABC", "010950600013435210ABC"},
        {"(10)ABC(01)09506000134352", "10ABC^0109506000134352"},
        {"(01)09506000134352(17)260131(10)ABC(21)S", "01095060001343521726013110ABC^21S"},
        {"(01)09506000134352(422)276(10)A", "0109506000134352422276^10A"},
        {"(410)9506000134352(420)12", "410950600013435242012"},
    };
    for (const ElementStringRow& row : table) {
        const Message message = parse_bracketed(row.text, test_year);
        EXPECT_EQ(element_string(message.elements), with_gs(row.told));
        EXPECT_EQ(bracketed(message.elements), row.text);
    }
    const Message escaped = parse_bracketed("(01)09506000134352(10)A\\(21)(B)", test_year);
    EXPECT_EQ(element_string(escaped.elements), "010950600013435210A(21)(B)");
    EXPECT_EQ(bracketed(escaped.elements), "(01)09506000134352(10)A\\(21)(B)");
}

}  // namespace
