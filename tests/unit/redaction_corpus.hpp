// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <string_view>
#include <vector>

/// Card data as feeds carry them, by name: what the redaction's tests plant and must not find again. The numbers are
/// the test numbers that the schemes and payment providers publish.
namespace tillpost::test {

struct Planted {
    const char* name;
    std::string text;   ///< Stands in a text or in a JSON string, as it is.
    std::string clean;  ///< What is left of it.
};

inline const std::string visa = "4111111111111111";
inline const std::string mask_1111 = "************1111";

inline std::vector<Planted> planted_brands() {
    return {
        {"visa", visa, mask_1111},
        {"visa, 19 digits", "4035501000000000006", "************0006"},
        {"mastercard", "5555555555554444", "************4444"},
        {"mastercard, 2 series", "2223003122003222", "************3222"},
        {"amex", "378282246310005", "************0005"},
        {"diners, 14 digits", "30569309025904", "************5904"},
        {"diners, 36", "36227206271667", "************1667"},
        {"discover", "6011111111111117", "************1117"},
        {"jcb", "3530111333300000", "************0000"},
        {"unionpay, 19 digits", "6212341111111111116", "************1116"},
        {"uzcard", "8600123412341239", "************1239"},
        {"humo", "9860123412341232", "************1232"},
        {"napas", "9704361234123418", "************3418"},
        {"napas, 19 digits", "9704361234123412344", "************2344"},
        {"belkart", "9112123412341238", "************1238"},
        {"maestro, 16 digits", "6759649826438453", "************8453"},
    };
}

inline std::vector<Planted> planted_groups() {
    return {
        {"spaces", "4111 1111 1111 1111", mask_1111},
        {"hyphens", "4111-1111-1111-1111", mask_1111},
        {"dots", "4111.1111.1111.1111", mask_1111},
        {"amex in its groups", "3782 822463 10005", "************0005"},
        {"two spaces", "4111  1111  1111  1111", mask_1111},
        {"spaces and hyphens", "4111 - 1111 - 1111 - 1111", mask_1111},
        {"plus, as forms write a space", "4111+1111+1111+1111", mask_1111},
        {"percent escapes", "4111%201111%201111%201111", mask_1111},
        {"in a form", "card%224111111111111111%22", "card%22" + mask_1111 + "%22"},
        {"thousands", "4 268 656 355 150 580", "************0580"},
        {"thousands, dots", "4.268.656.355.150.580", "************0580"},
        {"thousands, commas", "4,268,656,355,150,580.00", "************0580.00"},
        {"thousands, apostrophes", "4'268'656'355'150'580", "************0580"},
        {"thousands beside a date", "4 268 656 355 150 580 12/27", "************0580 12/27"},
        {"amex in thousands", "378 282 246 310 005", "************0005"},
        {"diners in thousands", "30 569 309 025 904", "************5904"},
        {"19 digits in thousands", "4,035,501,000,000,000,006", "************0006"},
        {"eight and eight, a dot", "41111111.11111111", mask_1111},
        {"six and thirteen, a dot", "403550.1000000000006", "************0006"},
        {"a group of one, spaces", "41 1 111 11111 11111", mask_1111},
        {"a group of one first, hyphens", "4-11111-11111-11111", mask_1111},
        {"a group of one, dots", "411.1.111.1111.11111", mask_1111},
        {"a group of one, hard spaces",
         "411\xc2\xa0"
         "1\xc2\xa0"
         "111111111111",
         mask_1111},
        {"vertical tabs", "4111\v1111\v1111\v1111", mask_1111},
        {"digit by digit", "4 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1", mask_1111},
        {"digit by digit before a date", "4 0 1 2 8 8 8 8 8 8 8 8 1 8 8 1 12/27", "************1881 12/27"},
        {"digit by digit behind a till", "T 01 4-1-1-1-1-1-1-1-1-1-1-1-1-1-1-1", "T 01 " + mask_1111},
        {"digit by digit between others", "4711 4 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 2026", "4711 " + mask_1111 + " 2026"},
        {"two by two", "41 11 11 11 11 11 11 11", mask_1111},
        {"beside text", "Karte4111111111111111OK", "Karte" + mask_1111 + "OK"},
        {"in a sentence", "paid with 4111 1111 1111 1111, thanks", "paid with " + mask_1111 + ", thanks"},
        {"in brackets", "(4111111111111111)", "(" + mask_1111 + ")"},
        {"two of them", visa + "/5555555555554444", mask_1111 + "/************4444"},
        {"two of them, a space between", visa + " 5555555555554444", mask_1111 + " ************4444"},
        {"before a date", visa + " 12/27", mask_1111 + " 12/27"},
        {"behind a till number", "T 01 4111 1111 1111 1111", "T 01 " + mask_1111},
        {"with cents", "4111111111111111.00", mask_1111 + ".00"},
    };
}

/// As on the card, with one and the same sign between the groups, or with the usual ones mixed.
inline std::vector<Planted> planted_marked() {
    std::vector<Planted> all{
        {"dots and a space", "4267.2656 3378.6396", "************6396"},
        {"all that is usual, mixed", "4111-1111 1111.1111", mask_1111},
        {"amex, mixed", "3782.822463-10005", "************0005"},
        {"hyphen, dot, hyphen", "4111-.-1111-.-1111-.-1111", mask_1111},
        {"amex, a sign between", "3782*822463*10005", "************0005"},
        {"diners, a sign between", "3056~930902~5904", "************5904"},
        {"19 digits, a sign between", "4035_5010_0000_0000_006", "************0006"},
        {"a sign with spaces", "4111 * 1111 * 1111 * 1111", mask_1111},
        {"brackets", "no [4111][1111][1111][1111]", "no [" + mask_1111 + "]"},
        {"behind other numbers, a sign between", "T 01 4711 4111*1111*1111*1111", "T 01 4711 " + mask_1111},
        {"beside text, a sign between", "no.4111#1111#1111#1111, thanks", "no." + mask_1111 + ", thanks"},
    };
    for (const char* sign : {"*", "~", "'", "=", ">", "_", "#", "!", "@", "$", "^", "?", "`", ")(", "}{", "\x1c",
                             "\x1d", "\x1e", "\x1f"}) {
        const std::string between(sign);
        all.push_back({sign, "4111" + between + "1111" + between + "1111" + between + "1111", mask_1111});
    }
    return all;
}

/// To a fixed length, as files of card terminals have it.
inline std::vector<Planted> planted_filled() {
    return {
        {"filled to 19", "0004111111111111111", "000" + mask_1111},
        {"filled to 20", "00004111111111111111", "0000" + mask_1111},
        {"filled to 17", "04111111111111111", "0" + mask_1111},
        {"filled to 18", "004111111111111111", "00" + mask_1111},
        {"amex filled to 16", "0378282246310005", "0************0005"},
        {"amex filled to 19", "0000378282246310005", "0000************0005"},
        {"diners filled to 16", "0030569309025904", "00************5904"},
        {"diners filled to 19", "0000030569309025904", "00000************5904"},
        {"19 digits filled to 20", "04035501000000000006", "0************0006"},
        {"filled, in groups", "0378 2822 4631 0005", "0************0005"},
    };
}

inline std::vector<Planted> planted_like_ids() {
    return {
        {"two, joined by a hyphen", "4111111111111111-5500005555555559", mask_1111 + "-************5559"},
        {"two, as long as an event's id", "4111111111111111-4111111111111111", mask_1111 + "-" + mask_1111},
        {"behind an order number of 16 digits", "2026112700001234-4111111111111111", "2026112700001234-" + mask_1111},
        {"before an order number of 16 digits", "4111111111111111-2026112700001234", mask_1111 + "-2026112700001234"},
        {"before many zeros", "4111111111111111-0000000000000012", mask_1111 + "-0000000000000012"},
        {"behind 16 hex digits", "ABCDEF0123456789-4111111111111111", "ABCDEF0123456789-" + mask_1111},
        {"before 16 hex digits", "4111111111111111-00000ABCDEF01234", mask_1111 + "-00000ABCDEF01234"},
    };
}

inline std::vector<Planted> planted_encodings() {
    return {
        {"hard spaces",
         "4111\xc2\xa0"
         "1111\xc2\xa0"
         "1111\xc2\xa0"
         "1111",
         mask_1111},
        {"thin spaces",
         "4111\xe2\x80\x89"
         "1111\xe2\x80\x89"
         "1111\xe2\x80\x89"
         "1111",
         mask_1111},
        {"dashes",
         "4111\xe2\x80\x93"
         "1111\xe2\x80\x93"
         "1111\xe2\x80\x93"
         "1111",
         mask_1111},
        {"zero-width spaces",
         "4111\xe2\x80\x8b"
         "1111\xe2\x80\x8b"
         "11111111",
         mask_1111},
        {"full width",
         "\xef\xbc\x94\xef\xbc\x91\xef\xbc\x91\xef\xbc\x91\xef\xbc\x91\xef\xbc\x91\xef\xbc\x91\xef\xbc\x91"
         "\xef\xbc\x91\xef\xbc\x91\xef\xbc\x91\xef\xbc\x91\xef\xbc\x91\xef\xbc\x91\xef\xbc\x91\xef\xbc\x91",
         mask_1111},
        {"Arabic digits",
         "\xd9\xa4\xd9\xa1\xd9\xa1\xd9\xa1\xd9\xa1\xd9\xa1\xd9\xa1\xd9\xa1"
         "\xd9\xa1\xd9\xa1\xd9\xa1\xd9\xa1\xd9\xa1\xd9\xa1\xd9\xa1\xd9\xa1",
         mask_1111},
        {"Adlam digits",
         "\xf0\x9e\xa5\x94\xf0\x9e\xa5\x91\xf0\x9e\xa5\x91\xf0\x9e\xa5\x91\xf0\x9e\xa5\x91\xf0\x9e\xa5\x91\xf0\x9e\xa5"
         "\x91\xf0\x9e\xa5\x91\xf0\x9e\xa5\x91\xf0\x9e\xa5\x91\xf0\x9e\xa5\x91\xf0\x9e\xa5\x91\xf0\x9e\xa5\x91\xf0\x9e"
         "\xa5\x91\xf0\x9e\xa5\x91\xf0\x9e\xa5\x91",
         mask_1111},
        {"segmented digits",
         "\xf0\x9f\xaf\xb4\xf0\x9f\xaf\xb1\xf0\x9f\xaf\xb1\xf0\x9f\xaf\xb1\xf0\x9f\xaf\xb1\xf0\x9f\xaf\xb1\xf0\x9f\xaf"
         "\xb1\xf0\x9f\xaf\xb1\xf0\x9f\xaf\xb1\xf0\x9f\xaf\xb1\xf0\x9f\xaf\xb1\xf0\x9f\xaf\xb1\xf0\x9f\xaf\xb1\xf0\x9f"
         "\xaf\xb1\xf0\x9f\xaf\xb1\xf0\x9f\xaf\xb1",
         mask_1111},
        {"voids of UTF-16, as JSON escapes", R"(4\u00001\u00001\u00001\u0000111111111111)", mask_1111},
        {"JSON escapes", R"(\u0034\u0031\u0031\u00311111\u0031\u0031111111)", mask_1111},
        {"JSON escapes, escaped again", R"(\\u0034\\u0031\\u0031\\u0031111111111111)", mask_1111},
        {"full width, as JSON escapes", R"(\uff14\uFF11\uff11\uff11111111111111)", mask_1111},
        {"a tab, as JSON escape", R"(4111\t1111\t1111\t1111)", mask_1111},
        {"JSON in JSON", R"({\"number\":\"4111111111111111\"})",
         R"({\")"
         "number"
         R"(\":\")" +
             mask_1111 + R"(\"})"},
        {"XML", "<PrimaryAccountNumber>4111111111111111</PrimaryAccountNumber>",
         "<PrimaryAccountNumber>" + mask_1111 + "</PrimaryAccountNumber>"},
        {"EMV in hex digits", "9F02065A0841111111111111115F2403271231", "9F02065A08" + mask_1111 + "5F2403271231"},
    };
}

inline std::vector<Planted> planted_escapes() {
    return {
        {"percent escapes of digits", "%34%31%31%31%31%31%31%31%31%31%31%31%31%31%31%31", mask_1111},
        {"percent escapes of the first two digits", "%34%3111111111111111", mask_1111},
        {"percent escapes, escaped again", "%2534%2531%2531%25311111%20111111%31%31", mask_1111},
        {"amex behind a percent sign", "%3782 822463 10005", "%************0005"},
        {"decimal references", "&#52;&#49;&#49;&#49;111111111111", mask_1111},
        {"hexadecimal references", "&#x34;&#X31;&#x0031;&#x31;1111&nbsp;1111&#160;1111", mask_1111},
        {"references without their end", "&#52&#49&#49&#49 1111 1111 1111", mask_1111},
        {"references, escaped again", "&amp;#52;&amp;#49;&amp;amp;#49;&#49;111111111111", mask_1111},
        {"no reference", "&#4111111111111111", "&#" + mask_1111},
        {"superscript digits",
         "\xe2\x81\xb4\xc2\xb9\xc2\xb9\xc2\xb9\xc2\xb9\xc2\xb9\xc2\xb9\xc2\xb9"
         "\xc2\xb9\xc2\xb9\xc2\xb9\xc2\xb9\xc2\xb9\xc2\xb9\xc2\xb9\xc2\xb9",
         mask_1111},
        {"subscript digits",
         "\xe2\x82\x84\xe2\x82\x81\xe2\x82\x81\xe2\x82\x81\xe2\x82\x81\xe2\x82\x81\xe2\x82\x81\xe2\x82\x81"
         "\xe2\x82\x81\xe2\x82\x81\xe2\x82\x81\xe2\x82\x81\xe2\x82\x81\xe2\x82\x81\xe2\x82\x81\xe2\x82\x81",
         mask_1111},
        {"digits in circles",
         "\xe2\x91\xa3\xe2\x91\xa0\xe2\x91\xa0\xe2\x91\xa0\xe2\x91\xa0\xe2\x91\xa0\xe2\x91\xa0\xe2\x91\xa0"
         "\xe2\x91\xa0\xe2\x91\xa0\xe2\x91\xa0\xe2\x91\xa0\xe2\x91\xa0\xe2\x91\xa0\xe2\x91\xa0\xe2\x91\xa0",
         mask_1111},
        {"keys",
         "4\xef\xb8\x8f\xe2\x83\xa3"
         "1\xef\xb8\x8f\xe2\x83\xa3"
         "11\xe2\x83\xa3"
         "111111111111",
         mask_1111},
        {"digits with accents",
         "4\xcc\x81"
         "1\xcc\x81"
         "1\xcc\xb2"
         "1111111111111\xcc\x81",
         mask_1111},
        {"quotes, as JSON escapes", R"(4111\"1111\"1111\"1111)", mask_1111},
        {"backslashes, as JSON escapes", R"(4111\\1111\\1111\\1111)", mask_1111},
        {"before a footnote's mark", "4111111111111111\xc2\xb9\xc2\xb2", mask_1111 + "\xc2\xb9\xc2\xb2"},
    };
}

inline std::vector<Planted> planted_tracks() {
    return {
        {"track 2", ";4111111111111111=27121011000012300000?", mask_1111},
        {"track 2 without its sentinels", "4111111111111111=27121011000012300000", mask_1111},
        {"track 2 of EMV", "4111111111111111D27121011000012300000F", mask_1111 + "F"},
        {"track 2 of a card without a brand", ";9999123456789012=27121011000012300000?", "************9012"},
        {"track 2, = as JSON escape", R"(;4111111111111111\u003d27121011000012300000?)", mask_1111},
        {"track 2 in percent escapes", "%3B4111111111111111%3D27121011000012300000%3F", mask_1111},
        {"track 1", "%B4111111111111111^DOE/JOHN^27121011000012300000?", mask_1111},
        {"track 1 with spaces", "%B3782 822463 10005^DOE/J R^2712101?", "************0005"},
        {"track 1 without its sentinels", "B4111111111111111^DOE/JOHN^2712101", mask_1111},
        {"both tracks", "%B4111111111111111^DOE/JOHN^2712101?;4111111111111111=2712101?", mask_1111 + mask_1111},
    };
}

/// Numbers that are found by themselves, whatever field they are in.
inline std::vector<Planted> planted_numbers() {
    std::vector<Planted> all = planted_brands();
    for (const auto& more : {planted_groups(), planted_marked(), planted_filled(), planted_like_ids(),
                             planted_encodings(), planted_escapes(), planted_tracks()}) {
        all.insert(all.end(), more.begin(), more.end());
    }
    return all;
}

/// What a label in the text tells.
inline std::vector<Planted> planted_labelled() {
    return {
        {"security code", "CVV: 123", "CVV: ***"},
        {"security code in words", "card security code = 1234", "card security code = ***"},
        {"security code, full width", "\xef\xbc\xa3\xef\xbc\xb6\xef\xbc\xb6: 123",
         "\xef\xbc\xa3\xef\xbc\xb6\xef\xbc\xb6: ***"},
        {"PIN block in XML", "<PinBlock>0412AC89ABCDEF67</PinBlock>", "<PinBlock>***</PinBlock>"},
        {"JSON in JSON", R"({\"cvv\":\"123\"})", R"({\"cvv\":\"***\"})"},
        {"XML in XML", "&lt;CVV&gt;123&lt;/CVV&gt;", "&lt;CVV&gt;***&lt;/CVV&gt;"},
        {"JSON in XML", "&quot;pin&quot;: &quot;4711&quot;", "&quot;pin&quot;: &quot;***&quot;"},
        {"number without check digit", "PAN=4111111111111112&x=1", "PAN=************1112&x=1"},
        {"form", "user=7&pin=4711", "user=7&pin=***"},
        {"security code behind a blank", "card ok cvv 123", "card ok cvv ***"},
        {"security code of four digits", "CVV2 1234 x", "CVV2 *** x"},
        {"security code behind a hyphen", "CVV-123", "CVV-***"},
        {"security code behind a tab", "CVC\t123\nx", "CVC\t***\nx"},
        {"security code behind blanks", "cvv  -  123; ok", "cvv  -  ***; ok"},
        {"security code in German", "Sicherheitscode 123", "Sicherheitscode ***"},
        {"security code in two words", "security code 123.", "security code ***."},
        {"PIN behind a blank", "pin 4711", "pin ***"},
        {"PIN beside others", "PIN 4711, cvv 123 and more", "PIN ***, cvv *** and more"},
        {"PIN and card number", "pin 4711 4111111111111111", "pin *** ************1111"},
        {"security code, full width, behind a blank", "\xef\xbc\xa3\xef\xbc\xb6\xef\xbc\xb6 123",
         "\xef\xbc\xa3\xef\xbc\xb6\xef\xbc\xb6 ***"},
    };
}

}  // namespace tillpost::test
