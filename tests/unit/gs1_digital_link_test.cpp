// SPDX-License-Identifier: Apache-2.0
#include "agent/event/gs1/digital_link.hpp"

#include <gtest/gtest.h>

#include "agent/event/gs1/element_string.hpp"
#include "gs1_support.hpp"

using namespace tillpost::gs1;

namespace {

struct Row {
    std::string_view uri;
    std::string_view told;
};

void expect_all(std::initializer_list<Row> table) {
    for (const Row& row : table) EXPECT_EQ(told(parse_digital_link(row.uri, test_year)), row.told) << row.uri;
}

TEST(Gs1DigitalLinkTest, AnyHostSchemeAndPathBeforeTheKey) {
    for (const std::string_view stem :
         {"https://id.gs1.org", "http://id.gs1.org", "HTTPS://ID.GS1.ORG", "HtTpS://a", "https://a.b.example:8443",
          "https://192.0.2.1", "https://[2001:db8::1]", "https://example.com/some/path", "https://example.com/01/x",
          "https://example.com/p", "https://a_b", "https://a:", "https://a:65535", "https://a~b.c%2dd",
          "https://[::1]:80", "https://[v1.a:b]", "https://[::ffff:192.0.2.1]", "https://xn--fsq.xn--0zwm56d",
          "https://a/01/09506000134369/21/1"}) {
        const std::string uri = std::string(stem) + "/01/09506000134352/10/ABC";
        EXPECT_EQ(told(parse_digital_link(uri, test_year)), "01=09506000134352 10=ABC") << uri;
        EXPECT_TRUE(looks_like_uri(uri));
    }
    expect_all({
        {"ftp://a/01/09506000134352", "scheme@0"},
        {"id.gs1.org/01/09506000134352", "scheme@0"},
        {"", "scheme@0"},
    });
}

TEST(Gs1DigitalLinkTest, TheHostAndItsPort) {
    expect_all({
        {"https:///01/09506000134352", "host@8"},
        {"https://:8080/01/09506000134352", "host@8"},
        {"https://", "host@8 no_key@8"},
        {"https://user@a/01/09506000134352", "host@8"},
        {"https://user:word@a/01/09506000134352", "host@8"},
        {"https://a/@/01/09506000134352", "01=09506000134352"},
        {"https://a:abc/01/09506000134352", "host@10"},
        {"https://a:-1/01/09506000134352", "host@10"},
        {"https://a:80:80/01/09506000134352", "host@12"},
        {"https://a:65536/01/09506000134352", "host@10"},
        {"https://a:99999999999999999999/01/09506000134352", "host@10"},
        {"https://[::1/01/09506000134352", "host@8"},
        {"https://[]/01/09506000134352", "host@8"},
        {"https://[1.2.3.4]/01/09506000134352", "host@8"},
        {"https://[::g]/01/09506000134352", "host@8"},
        {"https://[1::2::3]/01/09506000134352", "host@8"},
        {"https://[fe80::1%25eth0]/01/09506000134352", "host@8"},
        {"https://[v.a]/01/09506000134352", "host@8"},
        {"https://[v1.]/01/09506000134352", "host@8"},
        {"https://[vx.a]/01/09506000134352", "host@8"},
        {"https://[::1]a/01/09506000134352", "host@13"},
        {"https://[::1]:x/01/09506000134352", "host@14"},
        {"https://a[b]/01/09506000134352", "host@9"},
        {"https://a]/01/09506000134352", "host@9"},
        {"https://a%z/01/09506000134352", "percent@9"},
    });
    EXPECT_NE(parse_digital_link("https://u@a/01/09506000134352", test_year).faults[0].text.find("user"),
              std::string::npos);
}

// Not only in the values of AIs: it is no URI.
TEST(Gs1DigitalLinkTest, EachPercentHasItsTwoDigits) {
    expect_all({
        {"https://a/a%zz/01/09506000134352", "percent@11"},
        {"https://a/01/09506000134352?linkType=%zz", "percent@37"},
        {"https://a/01/09506000134352?x%=1", "percent@29"},
        {"https://a/01/09506000134352?%=1", "percent@28"},
        {"https://a/01/09506000134352?x=1%2", "percent@31"},
        {"https://a/01/09506000134352/10/A%2", "percent@32"},
        {"https://a/01/09506000134352/10/A%ZZ", "percent@32"},
        {"https://a/01/09506000134352/10/%", "percent@31"},
        {"https://a/01/09506000134352#%zz", "percent@28"},
        {"https://a/%/x", "percent@10 no_key@10"},
        {"https://a/%41/01/09506000134352?x=%41", "01=09506000134352"},
    });
}

TEST(Gs1DigitalLinkTest, KeysAndTheirQualifiers) {
    expect_all({
        {"https://a/01/09506000134352", "01=09506000134352"},
        {"https://a/01/09506000134352/22/V1/10/L1/21/S1", "01=09506000134352 22=V1 10=L1 21=S1"},
        {"https://a/01/09506000134352/22/V1/21/S1", "01=09506000134352 22=V1 21=S1"},
        {"https://a/01/09506000134352/10/L1/22/V1", "01=09506000134352 10=L1 22=V1 path_order@10(01)"},
        {"https://a/01/09506000134352/21/S1/10/L1", "01=09506000134352 21=S1 10=L1 path_order@10(01)"},
        {"https://a/01/09506000134352/235/T", "01=09506000134352 235=T"},
        {"https://a/01/09506000134352/10/L/235/T", "01=09506000134352 10=L 235=T path_order@10(01)"},
        {"https://a/01/09506000134352/17/260131", "01=09506000134352 17=260131 path_order@10(01)"},
        {"https://a/8006/095060001343520102/10/L/21/S", "8006=095060001343520102 10=L 21=S"},
        {"https://a/00/106141412345678908", "00=106141412345678908"},
        {"https://a/414/9506000134352/254/X1", "414=9506000134352 254=X1"},
        {"https://a/414/9506000134352/7040/1ABC", "414=9506000134352 7040=1ABC"},
        {"https://a/414/9506000134352/254/X1/7040/1ABC", "414=9506000134352 254=X1 7040=1ABC path_order@10(414)"},
        {"https://a/417/9506000134352/7040/1ABC", "417=9506000134352 7040=1ABC"},
        {"https://a/415/9506000134352/8020/R1", "415=9506000134352 8020=R1"},
        {"https://a/415/9506000134352", "415=9506000134352 required@10(415)"},
        {"https://a/253/9506000134352D1", "253=9506000134352D1"},
        {"https://a/255/95060001343521", "255=95060001343521"},
        {"https://a/401/9506000134352C", "401=9506000134352C"},
        {"https://a/402/95060001343000120", "402=95060001343000120"},
        {"https://a/8003/09506000134352A", "8003=09506000134352A"},
        {"https://a/8004/9506000134352A/7040/1ABC", "8004=9506000134352A 7040=1ABC"},
        {"https://a/8010/9506000/8011/12", "8010=9506000 8011=12"},
        {"https://a/8013/1987654Ad4X4bL5ttr2310c2K", "8013=1987654Ad4X4bL5ttr2310c2K"},
        {"https://a/8017/950600013430000009/8019/1", "8017=950600013430000009 8019=1"},
        {"https://a/8018/950600013430000009/8019/1", "8018=950600013430000009 8019=1"},
        {"https://a/00/106141412345678908/10/A", "00=106141412345678908 10=A path_order@10(00) required@32(10)"},
    });
}

TEST(Gs1DigitalLinkTest, FillsUpShorterGtins) {
    expect_all({
        {"https://a/01/9506000134352", "01=09506000134352"},
        {"https://a/01/036000291452", "01=00036000291452"},
        {"https://a/01/96385074", "01=00000096385074"},
        {"https://a/01/9506000134353", "check_digit@25(01)"},
        {"https://a/01/95060001343", "too_short@24(01)"},
        {"https://a/01/009506000134352", "too_long@27(01)"},
        {"https://a/01/", "too_short@13(01)"},
    });
}

TEST(Gs1DigitalLinkTest, TheQueryHoldsAttributes) {
    expect_all({
        {"https://a/01/09506000134352?17=260131", "01=09506000134352 17=260131"},
        {"https://a/01/09506000134352?17=260131&3103=000195&3922=0299",
         "01=09506000134352 17=260131 3103=000195 3922=0299"},
        {"https://a/01/09506000134352?17=260131;15=260101", "01=09506000134352 17=260131 15=260101"},
        {"https://a/01/09506000134352?", "01=09506000134352"},
        {"https://a/01/09506000134352?&&17=260131&", "01=09506000134352 17=260131"},
        {"https://a/01/09506000134352?linkType=gs1:pip&context=x&s&=1", "01=09506000134352"},
        {"https://a/01/09506000134352?17=260131#frag?11=260101", "01=09506000134352 17=260131"},
        {"https://a/01/09506000134352#10/ABC", "01=09506000134352"},
        {"https://a/01/09506000134352?17=260132", "01=09506000134352 date@31(17)"},
        {"https://a/01/09506000134352?05=1", "01=09506000134352 unknown_ai@28(05)"},
        {"https://a/01/09506000134352?1=1", "01=09506000134352 unknown_ai@28(1)"},
        {"https://a/01/09506000134352?12345=1", "01=09506000134352 unknown_ai@28(12345)"},
        {"https://a/01/09506000134352?17", "01=09506000134352 empty@28(17)"},
        {"https://a/01/09506000134352?17=", "01=09506000134352 too_short@31(17)"},
        {"https://a/01/09506000134352?10=ABC", "01=09506000134352 10=ABC path_order@28(10)"},
        {"https://a/01/09506000134352/10/A?21=S", "01=09506000134352 10=A 21=S path_order@33(21)"},
        {"https://a/01/09506000134352/235/A?21=S", "01=09506000134352 235=A 21=S attribute@34(21) excluded@34(21)"},
        {"https://a/00/106141412345678908?02=99506000134300&37=5&10=A",
         "00=106141412345678908 02=99506000134300 37=5 10=A"},
        {"https://a/01/09506000134352/235/T?10=A", "01=09506000134352 235=T 10=A"},
        {"https://a/8004/9506000134352A?01=9506000134352", "8004=9506000134352A 01=09506000134352"},
        {"https://a/01/09506000134352?8200=x", "01=09506000134352 8200=x attribute@28(8200)"},
        {"https://a/01/09506000134352?17=260131&17=260131", "01=09506000134352 17=260131 duplicate@38(17)"},
        {"https://a/01/09506000134352?01=09506000134352", "01=09506000134352 duplicate@28(01)"},
        {"https://a/01/09506000134352?01n=1", "01=09506000134352"},
        {"https://a/01/09506000134352?lot=A", "01=09506000134352"},
        {"https://a/01/09506000134352?x=1&ser=A", "01=09506000134352"},
        {"https://a/01/09506000134352?cpv=A", "01=09506000134352"},
        {"https://a/01/09506000134352?exp=260131", "01=09506000134352"},
        {"https://a/01/09506000134352?exp=1767225600&lot&lot=&LOT=A", "01=09506000134352"},
    });
}

TEST(Gs1DigitalLinkTest, DecodesPercent) {
    expect_all({
        {"https://a/01/09506000134352/10/A%2FB%28%29", "01=09506000134352 10=A/B()"},
        {"https://a/01/09506000134352/10/A%2fB%25", "01=09506000134352 10=A/B%"},
        {"https://a/01/09506000134352/10/A+B", "01=09506000134352 10=A+B"},
        {"https://a/01/09506000134352?240=A%2BB%26C%3DD", "01=09506000134352 240=A+B&C=D"},
        {"https://a/01/09506000134352?240=A=B", "01=09506000134352 240=A=B"},
        {"https://a/01/09506000134352?240=A+B", "01=09506000134352 character@33(240)"},
        {"https://a/01/09506000134352/10/A%20B", "01=09506000134352 character@32(10)"},
        {"https://a/01/09506000134352/10/%41%20B", "01=09506000134352 character@34(10)"},
        {"https://a/01/09506000134352/10/A%00", "01=09506000134352 character@32(10)"},
        {"https://a/01/%30%39506000134352", "01=09506000134352"},
        {"https://a/01/09506000134352?%31%37=251231", "01=09506000134352 17=251231"},
        {"https://a/01/09506000134352?%31%37=251231&17=251231", "01=09506000134352 17=251231 duplicate@42(17)"},
        {"https://a/01/09506000134352?1%38=251231", "01=09506000134352 unknown_ai@28(18)"},
        {"https://a/%301/09506000134352/1%30/A", "01=09506000134352 10=A"},
        {"https://a/01/09506000134352/10/A B", "character@32"},
        {"https://a/01/09506000134352/10/A\"B", "character@32"},
        {"https://a/01/09506000134352/10/\xc3\xa4", "character@31"},
        {"https://a/01/09506000134352/10/~", "01=09506000134352 character@31(10)"},
    });
}

TEST(Gs1DigitalLinkTest, WhatIsNone) {
    expect_all({
        {"https://example.com", "no_key@19"},
        {"https://example.com/", "no_key@20"},
        {"https://example.com/products/summer-sale", "no_key@20"},
        {"https://a/10/ABC", "no_key@10"},
        {"https://a/01/09506000134352/", "path_order@28(01)"},
        {"https://a/01/09506000134352/?17=260131", "path_order@28(01)"},
        {"https://a/01/9506000134352/x/y", "path_order@27(01)"},
        {"https://a/01/09506000134352/89/ABC", "path_order@28(01)"},
        {"https://a/01/09506000134352/10/A/", "path_order@28(01)"},
        {"https://a/01/09506000134353/", "no_key@10"},
        {"https://a/01/2026/news/", "no_key@10"},
        {"https://a/05/123", "no_key@10"},
        {"https://a/?01=09506000134352", "no_key@10"},
        {"https://a/gtin/09506000134352/lot/A", "short_name@10"},
        {"https://a/gtin/09506000134352", "short_name@10"},
        {"https://a/b/gln/9506000134352", "short_name@12"},
        {"https://a/gtin/09506000134353", "no_key@10"},
        {"https://a/gtin/5", "no_key@10"},
        {"https://a/lot/5", "no_key@10"},
        {"https://a/gtin", "no_key@10"},
        {"https://id.gs1.org/ARFKk4XBoA", "compressed@19"},
        {"https://id.gs1.org/ABeRcNWtKMPA", "compressed@19"},
        {"https://id.gs1.org/QUilScLg0A", "compressed@19"},
        {"https://id.gs1.org/ARFKk4XBoB", "compressed@19"},
        {"https://id.gs1.org/ARFKk4XBpA", "no_key@19"},
        {"https://id.gs1.org/ARFKk4XB", "no_key@19"},
        {"https://id.gs1.org/ARHkgIgOHQSRBA", "no_key@19"},
        {"https://video.example/ABCDEFGHIJK", "no_key@22"},
        {"https://a/01/2026/news", "no_key@10"},
        {"https://dlnkd.tn.gg/some/AQnYUc1gmiERBhQ3ecc", "compressed@25"},
        {"https://id.gs1.org/01/09506000134352/EGGEQI7XQA", "compressed@37"},
    });
    EXPECT_FALSE(looks_like_uri("httpx://a"));
    EXPECT_FALSE(looks_like_uri("http:/a"));
    EXPECT_EQ(told(parse_digital_link("https://a/" + std::string(longest_input, 'x'), test_year)), "too_long@8192");
}

TEST(Gs1DigitalLinkWriterTest, MakesUris) {
    const Row table[] = {
        {"(01)09506000134352", "https://id.gs1.org/01/09506000134352"},
        {"(01)09506000134352(17)260131(10)A/B(21)S(3103)000195",
         "https://id.gs1.org/01/09506000134352/10/A%2FB/21/S?17=260131&3103=000195"},
        {"(21)S(10)L(22)V(01)09506000134352", "https://id.gs1.org/01/09506000134352/22/V/10/L/21/S"},
        {"(01)09506000134352(235)T", "https://id.gs1.org/01/09506000134352/235/T"},
        {"(01)09506000134352(10)L(235)T", "https://id.gs1.org/01/09506000134352/235/T?10=L"},
        {"(01)09506000134352(10)L(10)L", "https://id.gs1.org/01/09506000134352/10/L"},
        {"(00)106141412345678908(02)99506000134300(37)5",
         "https://id.gs1.org/00/106141412345678908?02=99506000134300&37=5"},
        {"(415)9506000134352(8020)R(3902)199", "https://id.gs1.org/415/9506000134352/8020/R?3902=199"},
        {"(01)09506000134352(240)A+B=C&D", "https://id.gs1.org/01/09506000134352?240=A%2BB%3DC%26D"},
    };
    for (const Row& row : table) {
        const Message message = parse_bracketed(row.uri, test_year);
        const auto uri = digital_link(message.elements);
        ASSERT_TRUE(uri) << row.uri;
        EXPECT_EQ(*uri, row.told);
        EXPECT_TRUE(parse_digital_link(*uri, test_year).ok()) << *uri;
    }
    const Message message = parse_bracketed("(01)09506000134352(10)A", test_year);
    EXPECT_EQ(*digital_link(message.elements, "https://example.com/x/"),
              "https://example.com/x/01/09506000134352/10/A");
    EXPECT_FALSE(digital_link(parse_bracketed("(10)A", test_year).elements));
    EXPECT_FALSE(digital_link(parse_bracketed("(01)09506000134352(8200)x", test_year).elements));
    EXPECT_FALSE(digital_link(parse_bracketed("(01)02012345012356", test_year).elements));
    EXPECT_FALSE(digital_link(parse_bracketed("(01)09506000134352(21)S(235)T", test_year).elements));
}

}  // namespace
