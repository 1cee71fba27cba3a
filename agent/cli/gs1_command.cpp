// SPDX-License-Identifier: Apache-2.0
#include "agent/cli/gs1_command.hpp"

#include <CLI/CLI.hpp>
#include <chrono>
#include <iostream>

#include "agent/cli/commands.hpp"
#include "agent/cli/gs1_report.hpp"

namespace tillpost::cli {
namespace {

constexpr int all_right = 0;
constexpr int some_faulty = 1;

constexpr const char* footer =
    R"(A CODE is what a scanner sends, or a person writes. It is read as the first of these that it can be, in this order:
  ]C1010950600013435210ABC^21S1          with an AIM identifier: what that symbol holds; UPC-E is ]E0, EAN-8 ]E4
  https://id.gs1.org/01/09506000134352   a GS1 Digital Link URI, of any host; the compressed form is not read
  (01)09506000134352(10)ABC              with brackets; one within a value that looks like an AI: \(01)
  ^010950600013435210ABC^21S1            an element string behind FNC1
  4006381333931, 04252614                8, 12, 13 or 14 digits: EAN-13, -8, UPC-A, ITF-14; with a 0 first UPC-E, then EAN-8
  010950600013435210ABC                  an element string
^, \x1d, {GS}, <GS> and {FNC1} are the separator GS (FNC1), except in a URI. A composite symbol is ]E09506000134352|]e010ABC.
Without a CODE, or for "-", codes are read from standard input, one a line; blank lines are passed over.

--template says how in-store numbers with a price or weight are built: "22IIIIIKPP.PPC EUR", "28IIIIIWW.WWWC KGM".
Digits are the prefix, I the item, P a price, W a weight, N a count, K its check digit, X any digit, C the check digit.

A fault has a rule and the byte where it begins, counted in the code with each separator as one byte. With --json, a line
is an object with
  code, ok, form                         form: element_string, bracketed, gtin, digital_link, add_on, plain
  symbol, gtin, add_on                   if there are any; gtin in its own length
  from_upce, other_gtin                  gtin stands for a UPC-E number; the GTIN-8 that its digits could be as well
  restricted                             RCN-8, -12 or -13: gtin is no article's number outside a company or country
  elements                               of each ai, title, value, offset, and what it means: date, day_unknown, last_date,
                                         time, amount, unit, currency
  variable_measure                       by a template: item, price with currency, or weight or count with unit
  faults                                 of each rule, kind (syntax or association), ai, offset, text
  element_string, bracketed, digital_link   the same elements in other forms, where they have one

Exit codes: 0 all codes are right; 1 one is not; 64 wrong arguments)";

int current_year() {
    using std::chrono::days, std::chrono::year_month_day;
    const auto today = std::chrono::floor<days>(std::chrono::system_clock::now());
    return static_cast<int>(year_month_day(today).year());
}

bool report(const std::string& code, const Gs1Options& options) {
    const Gs1Report report = report_gs1(code, options);
    std::cout << report.text;
    return report.ok;
}

bool report_input(const Gs1Options& options) {
    bool right = true;
    std::string line;
    while (std::getline(std::cin, line)) {
        if (line.ends_with('\r')) line.pop_back();
        if (line.find_first_not_of(" \t") == std::string::npos) continue;
        right = report(line, options) && right;
    }
    return right;
}

}  // namespace

CLI::App* add_gs1(CLI::App& app, Gs1Arguments& arguments) {
    CLI::App* gs1 =
        app.add_subcommand("gs1", "Read bar codes' GS1 data and say what is wrong with it; needs no daemon");
    gs1->add_flag("--json", arguments.json, "One line of JSON a code, for programs");
    gs1->add_flag("--no-pairs", arguments.no_pairs,
                  "Do not judge which AIs must, or must not, stand together, except one with two values");
    gs1->add_option("--year", arguments.year, "The year by which two digits of a year get their century [this year]")
        ->check(CLI::Range(1900, 9000))
        ->type_name("YEAR");
    gs1->add_option("--template", arguments.templates, "How in-store numbers are built; may be given several times")
        ->type_name("TEMPLATE")
        ->allow_extra_args(false);  // one behind each --template, or the codes would be taken for more
    gs1->add_option("CODE", arguments.codes, "Codes to read, or - for standard input")->type_name("");
    gs1->footer(footer);
    return gs1;
}

int read_gs1(const Gs1Arguments& arguments) {
    auto templates = gs1::parse_templates(arguments.templates);
    if (!templates) {
        complain(templates.error().message);
        return wrong_usage;
    }
    Gs1Options options;
    options.json = arguments.json;
    options.pairs = !arguments.no_pairs;
    options.year = arguments.year == 0 ? current_year() : arguments.year;
    options.templates = std::move(*templates);
    bool right = true;
    if (arguments.codes.empty()) right = report_input(options);
    for (const std::string& code : arguments.codes) {
        right = (code == "-" ? report_input(options) : report(code, options)) && right;
    }
    std::cout << std::flush;
    return right ? all_right : some_faulty;
}

}  // namespace tillpost::cli
