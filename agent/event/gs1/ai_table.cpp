// SPDX-License-Identifier: Apache-2.0
#include "agent/event/gs1/ai_table.hpp"

#include <algorithm>

#include "agent/event/gs1/ai_format.hpp"

namespace tillpost::gs1 {
namespace {

constexpr Definition one(std::string_view ai, std::string_view title, std::string_view format,
                         std::string_view needs = {}, std::string_view excludes = {}) {
    Definition result = definition(ai, ai, title, format);
    result.needs = needs;
    result.excludes = excludes;
    return result;
}

constexpr Definition some(std::string_view first, std::string_view last, std::string_view title,
                          std::string_view format, std::string_view needs = {}, std::string_view excludes = {}) {
    Definition result = one(first, title, format, needs, excludes);
    result.last = last;
    return result;
}

constexpr Definition predefined(Definition row) {
    row.predefined_length = true;
    return row;
}

constexpr Definition path_only(Definition row) {
    row.link_attribute = false;
    return row;
}

constexpr Definition key(Definition row, std::string_view qualifiers) {
    row.qualifiers = qualifiers;
    return row;
}

constexpr Definition amount(Definition row, std::uint8_t component) {
    row.amount = component;
    return row;
}

/// Six digits with as many decimals as the last digit of the AI says.
constexpr Definition measure(std::string_view first, std::string_view last, std::string_view title,
                             std::string_view unit, std::string_view needs, std::string_view same) {
    Definition result = amount(predefined(some(first, last, title, "n6", needs, same)), 1);
    result.unit = unit;
    return result;
}

// What many AIs need: one of these.
constexpr std::string_view goods = "01,02,03,8006,8026";
constexpr std::string_view trade = "01,02";
constexpr std::string_view trade_03 = "01,02,03";
constexpr std::string_view logistic = "00,01";
constexpr std::string_view measured = "30,31nn,32nn,35nn,36nn";
constexpr std::string_view serial = "8017,8018";

constexpr auto table = std::to_array<Definition>({
    key(predefined(one("00", "SSCC", "n18:check")), ""),
    key(predefined(one("01", "GTIN", "n14:check", "", "255,37")), "22,10,21|235"),
    predefined(one("02", "CONTENT", "n14:check", "37", "01,03")),
    path_only(predefined(one("03", "MTO GTIN", "n14:check", "", "01,02,37,235"))),
    one("10", "BATCH/LOT", "x..20", goods),
    predefined(one("11", "PROD DATE", "n6:date0", goods)),
    predefined(one("12", "DUE DATE", "n6:date0", "8020")),
    predefined(one("13", "PACK DATE", "n6:date0", goods)),
    predefined(one("15", "BEST BEFORE or BEST BY", "n6:date0", goods)),
    predefined(one("16", "SELL BY", "n6:date0", goods)),
    predefined(one("17", "USE BY or EXPIRY", "n6:date0", "01,02,03,255,8006,8026")),
    predefined(one("20", "VARIANT", "n2", goods)),
    path_only(one("21", "SERIAL", "x..20", "01,03,8006", "235")),
    path_only(one("22", "CPV", "x..20", "01")),
    path_only(one("235", "TPX", "x..28", "01")),
    one("240", "ADDITIONAL ID", "x..30", goods),
    one("241", "CUST. PART No.", "x..30", goods),
    one("242", "MTO VARIANT", "n..6", "01,02,8006,8026"),
    one("243", "PCN", "x..20", "01,03"),
    one("250", "SECONDARY SERIAL", "x..30", "01+21,03+21,8006+21"),
    one("251", "REF. TO SOURCE", "x..30", "01,03,8006"),
    key(one("253", "GDTI", "n13:check [x..17]"), ""),
    path_only(one("254", "GLN EXTENSION COMPONENT", "x..20", "414")),
    key(one("255", "GCN", "n13:check [n..12]", "", "01,02,415,8006,8020,8026"), ""),
    one("30", "VAR. COUNT", "n..8", trade),
    measure("3100", "3105", "NET WEIGHT (kg)", "KGM", trade, "310n"),
    measure("3110", "3115", "LENGTH (m)", "MTR", trade, "311n"),
    measure("3120", "3125", "WIDTH (m)", "MTR", trade, "312n"),
    measure("3130", "3135", "HEIGHT (m)", "MTR", trade, "313n"),
    measure("3140", "3145", "AREA (m²)", "MTK", trade, "314n"),
    measure("3150", "3155", "NET VOLUME (l)", "LTR", trade, "315n"),
    measure("3160", "3165", "NET VOLUME (m³)", "MTQ", trade, "316n"),
    measure("3200", "3205", "NET WEIGHT (lb)", "LBR", trade, "320n"),
    measure("3210", "3215", "LENGTH (in)", "INH", trade, "321n"),
    measure("3220", "3225", "LENGTH (ft)", "FOT", trade, "322n"),
    measure("3230", "3235", "LENGTH (yd)", "YRD", trade, "323n"),
    measure("3240", "3245", "WIDTH (in)", "INH", trade, "324n"),
    measure("3250", "3255", "WIDTH (ft)", "FOT", trade, "325n"),
    measure("3260", "3265", "WIDTH (yd)", "YRD", trade, "326n"),
    measure("3270", "3275", "HEIGHT (in)", "INH", trade, "327n"),
    measure("3280", "3285", "HEIGHT (ft)", "FOT", trade, "328n"),
    measure("3290", "3295", "HEIGHT (yd)", "YRD", trade, "329n"),
    measure("3300", "3305", "GROSS WEIGHT (kg)", "KGM", logistic, "330n"),
    measure("3310", "3315", "LENGTH (m), log", "MTR", logistic, "331n"),
    measure("3320", "3325", "WIDTH (m), log", "MTR", logistic, "332n"),
    measure("3330", "3335", "HEIGHT (m), log", "MTR", logistic, "333n"),
    measure("3340", "3345", "AREA (m²), log", "MTK", logistic, "334n"),
    measure("3350", "3355", "VOLUME (l), log", "LTR", logistic, "335n"),
    measure("3360", "3365", "VOLUME (m³), log", "MTQ", logistic, "336n"),
    measure("3370", "3375", "KG PER m²", "28", "01", "337n"),
    measure("3400", "3405", "GROSS WEIGHT (lb)", "LBR", logistic, "340n"),
    measure("3410", "3415", "LENGTH (in), log", "INH", logistic, "341n"),
    measure("3420", "3425", "LENGTH (ft), log", "FOT", logistic, "342n"),
    measure("3430", "3435", "LENGTH (yd), log", "YRD", logistic, "343n"),
    measure("3440", "3445", "WIDTH (in), log", "INH", logistic, "344n"),
    measure("3450", "3455", "WIDTH (ft), log", "FOT", logistic, "345n"),
    measure("3460", "3465", "WIDTH (yd), log", "YRD", logistic, "346n"),
    measure("3470", "3475", "HEIGHT (in), log", "INH", logistic, "347n"),
    measure("3480", "3485", "HEIGHT (ft), log", "FOT", logistic, "348n"),
    measure("3490", "3495", "HEIGHT (yd), log", "YRD", logistic, "349n"),
    measure("3500", "3505", "AREA (in²)", "INK", trade, "350n"),
    measure("3510", "3515", "AREA (ft²)", "FTK", trade, "351n"),
    measure("3520", "3525", "AREA (yd²)", "YDK", trade, "352n"),
    measure("3530", "3535", "AREA (in²), log", "INK", logistic, "353n"),
    measure("3540", "3545", "AREA (ft²), log", "FTK", logistic, "354n"),
    measure("3550", "3555", "AREA (yd²), log", "YDK", logistic, "355n"),
    measure("3560", "3565", "NET WEIGHT (tr oz)", "APZ", trade, "356n"),
    measure("3570", "3575", "NET VOLUME (oz)", "ONZ", trade, "357n"),
    measure("3600", "3605", "NET VOLUME (qt (US))", "QTL", trade, "360n"),
    measure("3610", "3615", "NET VOLUME (gal.)", "GLL", trade, "361n"),
    measure("3620", "3625", "VOLUME (qt (US)), log", "QTL", logistic, "362n"),
    measure("3630", "3635", "VOLUME (gal (US)), log", "GLL", logistic, "363n"),
    measure("3640", "3645", "NET VOLUME (in³)", "INQ", trade, "364n"),
    measure("3650", "3655", "NET VOLUME (ft³)", "FTQ", trade, "365n"),
    measure("3660", "3665", "NET VOLUME (yd³)", "YDQ", trade, "366n"),
    measure("3670", "3675", "VOLUME (in³), log", "INQ", logistic, "367n"),
    measure("3680", "3685", "VOLUME (ft³), log", "FTQ", logistic, "368n"),
    measure("3690", "3695", "VOLUME (yd³), log", "YDQ", logistic, "369n"),
    one("37", "COUNT", "n..8", "00+02,00+8026"),
    amount(some("3900", "3909", "AMOUNT", "n..15", "255,8020", "390n,391n,394n,8111"), 1),
    amount(some("3910", "3919", "AMOUNT", "n3:currency n..15", "8020", "391n"), 2),
    amount(some("3920", "3929", "PRICE", "n..15", "01+30,01+31nn,01+32nn,01+35nn,01+36nn", "392n,393n"), 1),
    amount(some("3930", "3939", "PRICE", "n3:currency n..15", measured, "393n"), 2),
    amount(some("3940", "3943", "PRCNT OFF", "n4", "255", "394n,8111"), 1),
    amount(some("3950", "3955", "PRICE/UoM", "n6", measured, "392n,393n,395n,8005"), 1),
    one("400", "ORDER NUMBER", "x..30"),
    key(one("401", "GINC", "x..30:prefix"), ""),
    key(one("402", "GSIN", "n17:check"), ""),
    one("403", "ROUTE", "x..30", "00"),
    predefined(one("410", "SHIP TO LOC", "n13:check")),
    predefined(one("411", "BILL TO", "n13:check")),
    predefined(one("412", "PURCHASE FROM", "n13:check")),
    predefined(one("413", "SHIP FOR LOC", "n13:check")),
    key(predefined(one("414", "LOC No.", "n13:check")), "254|7040"),
    key(predefined(one("415", "PAY TO", "n13:check", "8020")), "8020"),
    predefined(one("416", "PROD/SERV LOC", "n13:check")),
    key(predefined(one("417", "PARTY", "n13:check")), "7040"),
    one("420", "SHIP TO POST", "x..20", "", "421"),
    one("421", "SHIP TO POST", "n3:country x..9", "", "4307"),
    one("422", "ORIGIN", "n3:country", goods, "426"),
    one("423", "COUNTRY - INITIAL PROCESS", "n3:country [n3:country] [n3:country] [n3:country] [n3:country]", trade_03,
        "426"),
    one("424", "COUNTRY - PROCESS", "n3:country", trade_03, "426"),
    one("425", "COUNTRY - DISASSEMBLY", "n3:country [n3:country] [n3:country] [n3:country] [n3:country]", trade_03,
        "426"),
    one("426", "COUNTRY - FULL PROCESS", "n3:country", trade_03),
    one("427", "ORIGIN SUBDIVISION", "x..3", "01+422,02+422,03+422"),
    one("4300", "SHIP TO COMP", "x..35:percent", "00"),
    one("4301", "SHIP TO NAME", "x..35:percent", "00"),
    one("4302", "SHIP TO ADD1", "x..70:percent", "00"),
    one("4303", "SHIP TO ADD2", "x..70:percent", "4302"),
    one("4304", "SHIP TO SUB", "x..70:percent", "00"),
    one("4305", "SHIP TO LOC", "x..70:percent", "00"),
    one("4306", "SHIP TO REG", "x..70:percent", "00"),
    one("4307", "SHIP TO COUNTRY", "x2:letters", "00"),
    one("4308", "SHIP TO PHONE", "x..30", "00"),
    one("4309", "SHIP TO GEO", "n10:latitude n10:longitude", "00"),
    one("4310", "RTN TO COMP", "x..35:percent", "00"),
    one("4311", "RTN TO NAME", "x..35:percent", "00"),
    one("4312", "RTN TO ADD1", "x..70:percent", "00"),
    one("4313", "RTN TO ADD2", "x..70:percent", "4312"),
    one("4314", "RTN TO SUB", "x..70:percent", "00"),
    one("4315", "RTN TO LOC", "x..70:percent", "00"),
    one("4316", "RTN TO REG", "x..70:percent", "00"),
    one("4317", "RTN TO COUNTRY", "x2:letters", "00"),
    one("4318", "RTN TO POST", "x..20", "00"),
    one("4319", "RTN TO PHONE", "x..30", "00"),
    one("4320", "SRV DESCRIPTION", "x..35:percent", "00"),
    one("4321", "DANGEROUS GOODS", "n1:yesno", "00"),
    one("4322", "AUTH TO LEAVE", "n1:yesno", "00"),
    one("4323", "SIG REQUIRED", "n1:yesno", "00"),
    one("4324", "NOT BEF DEL DT", "n6:date0 n4:time", "00"),
    one("4325", "NOT AFT DEL DT", "n6:date0 n4:time", "00"),
    one("4326", "REL DATE", "n6:date", "00"),
    one("4330", "MAX TEMP F.", "n6 [x1:minus]", "00", "4331"),
    one("4331", "MAX TEMP C.", "n6 [x1:minus]", "00", "4330"),
    one("4332", "MIN TEMP F.", "n6 [x1:minus]", "00", "4333"),
    one("4333", "MIN TEMP C.", "n6 [x1:minus]", "00", "4332"),
    one("7001", "NSN", "n13", "01,02,8006,8026"),
    one("7002", "MEAT CUT", "x..30", trade),
    one("7003", "EXPIRY TIME", "n6:date n4:time", trade_03),
    one("7004", "ACTIVE POTENCY", "n..4", "01+10,03+10"),
    one("7005", "CATCH AREA", "x..12", trade),
    one("7006", "FIRST FREEZE DATE", "n6:date", trade),
    one("7007", "HARVEST DATE", "n6:date [n6:date]", trade),
    one("7008", "AQUATIC SPECIES", "x..3", trade),
    one("7009", "FISHING GEAR TYPE", "x..10", trade),
    one("7010", "PROD METHOD", "x..2", trade_03),
    one("7011", "TEST BY DATE", "n6:date [n4:time]", trade_03),
    one("7020", "REFURB LOT", "x..20", "01+416,03+416,8006+416"),
    one("7021", "FUNC STAT", "x..20", "01,03,8006"),
    one("7022", "REV STAT", "x..20", "01+7021,03+7021,8006+7021"),
    one("7023", "GIAI - ASSEMBLY", "x..30:prefix"),
    some("7030", "7039", "PROCESSOR", "n3:country999 x..27", trade),
    path_only(one("7040", "UIC+EXT", "n1 x1 x1 x1:importer")),
    path_only(one("7041", "UFRGT UNIT TYPE", "x..4:package", "00")),
    one("710", "NHRN PZN", "x..20", "01"),
    one("711", "NHRN CIP", "x..20", "01"),
    one("712", "NHRN CN", "x..20", "01"),
    one("713", "NHRN DRN", "x..20", "01"),
    one("714", "NHRN AIM", "x..20", "01"),
    one("715", "NHRN NDC", "x..20", "01"),
    one("716", "NHRN AIC", "x..20", "01"),
    one("717", "NHRN SRN", "x..20", "01"),
    some("7230", "7239", "CERT", "x2 x..28", "01,8004"),
    one("7240", "PROTOCOL", "x..20", "01,8006", "03"),
    one("7241", "AIDC MEDIA TYPE", "n2:media", serial),
    one("7242", "VCN", "x..25", serial),
    one("7250", "DOB", "n8:longdate", "8018", "7251"),
    one("7251", "DOB TIME", "n8:longdate n4:time", "8018", "7250"),
    one("7252", "BIO SEX", "n1:sex", "8018"),
    one("7253", "FAMILY NAME", "x..40:percent", serial, "7256,7259"),
    one("7254", "GIVEN NAME", "x..40:percent", serial, "7256,7259"),
    one("7255", "SUFFIX", "x..10", serial, "7256,7259"),
    one("7256", "FULL NAME", "x..90:percent", serial),
    one("7257", "PERSON ADDR", "x..70:percent", "8018"),
    one("7258", "BIRTH SEQUENCE", "x3:sequence", "8018+7259"),
    one("7259", "BABY", "x..40:percent", "8018", "7256"),
    one("8001", "DIMENSIONS", "n4:notzero n5:notzero n3:notzero n1:winding n1", "01"),
    one("8002", "CMT No.", "x..20"),
    key(one("8003", "GRAI", "n1:zero n13:check [x..16]"), ""),
    key(one("8004", "GIAI", "x..30:prefix"), "7040"),
    one("8005", "PRICE PER UNIT", "n6", trade),
    key(one("8006", "ITIP", "n14:check n4:piece", "", "01,03,37"), "22,10,21"),
    one("8007", "IBAN", "x..34:iban", "415"),
    one("8008", "PROD TIME", "n6:date n2:hour [n2:sixty] [n2:sixty]", trade_03),
    one("8009", "OPTSEN", "x..50", "00,01,03"),
    key(one("8010", "CPID", "y..30:prefix"), "8011"),
    path_only(one("8011", "CPID SERIAL", "n..12:nolead0", "8010")),
    one("8012", "VERSION", "x..20", "01,03,8006"),
    key(one("8013", "GMN", "x..25:prefix:pair"), ""),
    path_only(one("8014", "MUDI", "x..25:prefix:nondigit:pair", "01")),
    key(one("8017", "GSRN - PROVIDER", "n18:check", "", "8018"), "8019"),
    key(one("8018", "GSRN - RECIPIENT", "n18:check", "", "8017"), "8019"),
    path_only(one("8019", "SRIN", "n..10", serial)),
    path_only(one("8020", "REF No.", "x..25", "415")),
    one("8026", "ITIP CONTENT", "n14:check n4:piece", "37", "02,03,8006"),
    one("8030", "DIGSIG", "z..90", "00,01+21,03+21,253,255,8003,8004,8006+21,8010+8011,8017,8018"),
    path_only(one("8040", "IMEI", "n15", "01+21")),
    path_only(one("8041", "IMEI2", "n15", "01+21+8040")),
    path_only(one("8042", "ESIM", "n32", "01+21+8040")),
    path_only(one("8043", "PSIM", "n18 [n..2]", "01+21+8040")),
    one("8110", "COUPON CODE", "x..70:coupon"),
    one("8111", "POINTS", "n4", "255"),
    one("8112", "OFFER COUPON CODE", "x..70:offer"),
    path_only(one("8200", "PRODUCT URL", "x..70", "01")),
    one("90", "INTERNAL", "x..30"),
    some("91", "99", "INTERNAL", "x..90"),
});

static_assert(std::is_sorted(table.begin(), table.end(),
                             [](const Definition& a, const Definition& b) { return a.first < b.first; }));

struct Prefix {
    std::size_t ai_length = 0;
    std::size_t first_row = 0;
    std::size_t rows = 0;
};

constexpr std::size_t first_two(std::string_view ai) {
    return static_cast<std::size_t>(ai[0] - '0') * 10 + static_cast<std::size_t>(ai[1] - '0');
}

/// By the first two digits of an AI, which decide its length.
constexpr std::array<Prefix, 100> prefixes = [] {
    std::array<Prefix, 100> result{};
    for (std::size_t row = 0; row < table.size(); ++row) {
        for (std::string_view ai = table[row].first;; ai = table[row].last) {
            Prefix& prefix = result.at(first_two(ai));
            if (prefix.rows == 0) prefix = {ai.size(), row, 0};
            if (prefix.ai_length != ai.size()) throw std::logic_error("AIs of two lengths with the same two digits");
            prefix.rows = row - prefix.first_row + 1;
            if (ai == table[row].last) break;
        }
    }
    // 91 to 99 are one row: those between its ends.
    for (std::size_t at = 92; at < 99; ++at) result[at] = result[91];
    return result;
}();

const Prefix* prefix_of(std::string_view text) {
    if (text.size() < 2 || !is_digit(text[0]) || !is_digit(text[1])) return nullptr;
    return &prefixes[first_two(text)];
}

std::size_t sum_of(const Definition& definition, std::uint8_t Component::*length, bool with_optional) {
    std::size_t sum = 0;
    for (const Component& component : definition.parts()) {
        if (with_optional || !component.optional) sum += component.*length;
    }
    return sum;
}

}  // namespace

std::size_t Definition::shortest() const { return sum_of(*this, &Component::least, false); }
std::size_t Definition::longest() const { return sum_of(*this, &Component::most, true); }

std::span<const Definition> definitions() { return table; }

const Definition* find_definition(std::string_view ai) {
    const Prefix* prefix = prefix_of(ai);
    if (prefix == nullptr || prefix->ai_length != ai.size() || !digits_only(ai)) return nullptr;
    for (std::size_t row = prefix->first_row; row < prefix->first_row + prefix->rows; ++row) {
        if (table[row].first <= ai && ai <= table[row].last) return &table[row];
    }
    return nullptr;
}

std::size_t ai_length(std::string_view two_digits) {
    const Prefix* prefix = prefix_of(two_digits);
    return prefix == nullptr ? 0 : prefix->ai_length;
}

// Figure 7.8.4-2.
std::size_t predefined_length(std::string_view two_digits) {
    if (two_digits.size() < 2) return 0;
    const std::string_view two = two_digits.substr(0, 2);
    if (two == "00") return 20;
    if (two == "01" || two == "02" || two == "03" || two == "41") return 16;
    if (two == "04") return 18;
    if (two >= "11" && two <= "19") return 8;
    if (two == "20") return 4;
    if (two >= "31" && two <= "36") return 10;
    return 0;
}

bool matches(std::string_view ai, std::string_view pattern) {
    if (ai.size() != pattern.size()) return false;
    for (std::size_t i = 0; i < ai.size(); ++i) {
        if (pattern[i] != 'n' && pattern[i] != ai[i]) return false;
    }
    return true;
}

bool matches_any(std::string_view ai, std::string_view list) {
    while (!list.empty()) {
        if (matches(ai, take_until(list, ','))) return true;
    }
    return false;
}

}  // namespace tillpost::gs1
