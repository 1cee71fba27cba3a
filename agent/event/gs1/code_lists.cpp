// SPDX-License-Identifier: Apache-2.0
#include "agent/event/gs1/code_lists.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

#include "agent/event/gs1/characters.hpp"

namespace tillpost::gs1 {
namespace {

/// ISO 4217: number and letters of each currency, in the order of the numbers. Withdrawn ones are left out, except
/// those of the last years whose labels are still in shops.
constexpr std::string_view currencies =
    "008ALL012DZD032ARS036AUD044BSD048BHD050BDT051AMD052BBD060BMD064BTN068BOB072BWP084BZD090SBD096BND104MMK108BIF"
    "116KHR124CAD132CVE136KYD144LKR152CLP156CNY170COP174KMF188CRC192CUP203CZK208DKK214DOP222SVC230ETB232ERN238FKP"
    "242FJD262DJF270GMD292GIP320GTQ324GNF328GYD332HTG340HNL344HKD348HUF352ISK356INR360IDR364IRR368IQD376ILS388JMD"
    "392JPY398KZT400JOD404KES408KPW410KRW414KWD417KGS418LAK422LBP426LSL430LRD434LYD446MOP454MWK458MYR462MVR480MUR"
    "484MXN496MNT498MDL504MAD512OMR516NAD524NPR532XCG533AWG548VUV554NZD558NIO566NGN578NOK586PKR590PAB598PGK600PYG"
    "604PEN608PHP634QAR643RUB646RWF654SHP682SAR690SCR702SGD704VND706SOS710ZAR728SSP748SZL752SEK756CHF760SYP764THB"
    "776TOP780TTD784AED788TND800UGX807MKD818EGP826GBP834TZS840USD858UYU860UZS882WST886YER901TWD924ZWG925SLE926VED"
    "927UYW928VES929MRU930STN931CUC933BYN934TMT936GHS938SDG940UYI941RSD943MZN944AZN946RON947CHE948CHW949TRY950XAF"
    "951XCD952XOF953XPF955XBA956XBB957XBC958XBD959XAU960XDR961XAG962XPT963XTS964XPD965XUA967ZMW968SRD969MGA970COU"
    "971AFN972TJS973AOA975BGN976CDF977BAM978EUR979MXV980UAH981GEL984BOV985PLN986BRL990CLF994XSU997USN999XXX";
constexpr std::size_t currency_width = 6;

constexpr std::size_t alphabet = 26;

constexpr bool is_capital(char c) { return c >= 'A' && c <= 'Z'; }
constexpr std::size_t place_of(char c) { return static_cast<std::size_t>(c - 'A'); }

/// By the first two letters of a currency: a set of the third ones. It is asked for every sale.
constexpr auto currency_sets = [] {
    std::array<std::uint32_t, alphabet * alphabet> sets{};
    for (std::size_t at = 0; at < currencies.size(); at += currency_width) {
        const std::string_view letters = currencies.substr(at + 3, 3);
        sets[place_of(letters[0]) * alphabet + place_of(letters[1])] |= std::uint32_t{1} << place_of(letters[2]);
    }
    return sets;
}();

/// ISO 3166-1: number and letters of each country, in the order of the numbers.
constexpr std::string_view countries =
    "004AF008AL010AQ012DZ016AS020AD024AO028AG031AZ032AR036AU040AT044BS048BH050BD051AM052BB056BE060BM064BT068BO"
    "070BA072BW074BV076BR084BZ086IO090SB092VG096BN100BG104MM108BI112BY116KH120CM124CA132CV136KY140CF144LK148TD"
    "152CL156CN158TW162CX166CC170CO174KM175YT178CG180CD184CK188CR191HR192CU196CY203CZ204BJ208DK212DM214DO218EC"
    "222SV226GQ231ET232ER233EE234FO238FK239GS242FJ246FI248AX250FR254GF258PF260TF262DJ266GA268GE270GM275PS276DE"
    "288GH292GI296KI300GR304GL308GD312GP316GU320GT324GN328GY332HT334HM336VA340HN344HK348HU352IS356IN360ID364IR"
    "368IQ372IE376IL380IT384CI388JM392JP398KZ400JO404KE408KP410KR414KW417KG418LA422LB426LS428LV430LR434LY438LI"
    "440LT442LU446MO450MG454MW458MY462MV466ML470MT474MQ478MR480MU484MX492MC496MN498MD499ME500MS504MA508MZ512OM"
    "516NA520NR524NP528NL531CW533AW534SX535BQ540NC548VU554NZ558NI562NE566NG570NU574NF578NO580MP581UM583FM584MH"
    "585PW586PK591PA598PG600PY604PE608PH612PN616PL620PT624GW626TL630PR634QA638RE642RO643RU646RW652BL654SH659KN"
    "660AI662LC663MF666PM670VC674SM678ST682SA686SN688RS690SC694SL702SG703SK704VN705SI706SO710ZA716ZW724ES728SS"
    "729SD732EH740SR744SJ748SZ752SE756CH760SY762TJ764TH768TG772TK776TO780TT784AE788TN792TR795TM796TC798TV800UG"
    "804UA807MK818EG826GB831GG832JE833IM834TZ840US850VI854BF858UY860UZ862VE876WF882WS887YE894ZM";
constexpr std::size_t country_width = 5;

/// UN/ECE recommendation 21 with GS1's own codes (GS1 code list PackageTypeCode), between blanks.
constexpr std::string_view package_types =
    " 1A 1B 1D 1F 1G 1W 200 201 202 203 204 205 206 210 211 212 2C 3A 3H 43 44 4A 4B 4C 4D 4F 4G 4H 5H 5L 5M 6H 6P"
    " 7A 7B 8 8A 8B 8C 9 AA AB AC AD AF AG AH AI AJ AL AM AP APE AT AV B4 BB BC BD BE BF BG BGE BH BI BJ BK BL BM"
    " BME BN BO BP BQ BR BRI BS BT BU BV BW BX BY BZ CA CB CBL CC CCE CD CE CF CG CH CI CJ CK CL CM CN CO CP CQ CR"
    " CS CT CU CV CW CX CY CZ DA DB DC DG DH DI DJ DK DL DM DN DP DPE DR DS DT DU DV DW DX DY E1 E2 E3 EC ED EE EF"
    " EG EH EI EN FB FC FD FE FI FL FO FOB FP FPE FR FT FW FX GB GI GL GR GU GY GZ HA HB HC HG HN HR IA IB IC ID"
    " IE IF IG IH IK IL IN IZ JB JC JG JR JT JY KG KI LAB LE LG LT LU LV LZ MA MB MC ME MPE MR MS MT MW MX NA NE"
    " NF NG NS NT NU NV OA OB OC OD OE OF OK OPE OT OU P2 PA PAE PB PC PD PE PF PG PH PI PJ PK PL PLP PN PO POP PP"
    " PPE PR PT PU PUE PV PX PY PZ QA QB QC QD QF QG QH QJ QK QL QM QN QP QQ QR QS RB1 RB2 RB3 RCB RD RG RJ RK RL"
    " RO RT RZ S1 SA SB SC SD SE SEC SH SI SK SL SM SO SP SS ST STL SU SV SW SX SY SZ T1 TB TC TD TE TEV TG THE TI"
    " TK TL TN TO TR TRE TS TT TTE TU TV TW TWE TY TZ UC UN UUE VA VG VI VK VL VN VO VP VQ VR VS VY WA WB WC WD WF"
    " WG WH WJ WK WL WM WN WP WQ WR WRP WS WT WU WV WW WX WY WZ X11 X12 X15 X16 X17 X18 X19 X20 X3 XA XB XC XD XF"
    " XG XH XJ XK YA YB YC YD YF YG YH YJ YK YL YM YN YP YQ YR YS YT YV YW YX YY YZ ZA ZB ZC ZD ZF ZG ZH ZJ ZK ZL"
    " ZM ZN ZP ZQ ZR ZS ZT ZU ZV ZW ZX ZY ZZ ";

/// UN/ECE recommendation 20: masses that scales show, then pieces, lengths, areas and volumes of goods in shops.
constexpr std::string_view weight_units = " MGM CGM DG GRM DJ HGM KGM DTN TNE LBR ONZ APZ CTM STI ";
constexpr std::string_view other_units =
    " EA H87 C62 NAR PR DPR DZN DZP GRO HC CEN SET MMT CMT DMT MTR INH FOT YRD MMK CMK MTK INK FTK YDK MLT CLT DLT LTR"
    " MTQ CMQ ONZ OZA OZI PTL PTI QTL QTI GLL GLI INQ FTQ YDQ ";

std::string_view letters_of(std::string_view list, std::size_t width, std::string_view number) {
    for (; !list.empty(); list.remove_prefix(width)) {
        if (list.substr(0, 3) == number) return list.substr(3, width - 3);
    }
    return {};
}

bool has_letters(std::string_view list, std::size_t width, std::string_view letters) {
    for (; !list.empty(); list.remove_prefix(width)) {
        if (list.substr(3, width - 3) == letters) return true;
    }
    return false;
}

/// Whether the code is one of those between blanks.
bool is_listed(std::string_view list, std::string_view code) {
    while (list.size() > 1) {
        list.remove_prefix(1);
        const std::size_t end = list.find(' ');
        if (list.substr(0, end) == code) return true;
        list.remove_prefix(end);
    }
    return false;
}

}  // namespace

std::string_view currency_letters(std::string_view number) { return letters_of(currencies, currency_width, number); }

bool is_currency_letters(std::string_view letters) {
    if (letters.size() != 3 || !std::all_of(letters.begin(), letters.end(), is_capital)) return false;
    const std::uint32_t set = currency_sets[place_of(letters[0]) * alphabet + place_of(letters[1])];
    return (set >> place_of(letters[2]) & 1) != 0;
}

std::string_view country_letters(std::string_view number) { return letters_of(countries, country_width, number); }

bool is_country_letters(std::string_view letters) { return has_letters(countries, country_width, letters); }

bool is_package_type(std::string_view code) { return is_listed(package_types, code); }

bool is_weight_unit(std::string_view code) { return is_listed(weight_units, code); }

bool is_unit(std::string_view code) { return is_weight_unit(code) || is_listed(other_units, code); }
}  // namespace tillpost::gs1
