// SPDX-License-Identifier: Apache-2.0
// What is valid by the table is read, and each form of it is read back the same.
#include <gtest/gtest.h>

#include <random>

#include "agent/event/gs1/ai_table.hpp"
#include "agent/event/gs1/check_digits.hpp"
#include "agent/event/gs1/digital_link.hpp"
#include "agent/event/gs1/element_string.hpp"
#include "agent/event/gs1/value_rules.hpp"
#include "gs1_support.hpp"

using namespace tillpost::gs1;

namespace {

class Generator {
public:
    explicit Generator(unsigned seed) : random_(seed) {}

    std::size_t number(std::size_t least, std::size_t most) {
        return std::uniform_int_distribution<std::size_t>(least, most)(random_);
    }

    const Definition& definition() { return definitions()[number(0, definitions().size() - 1)]; }

    std::string ai(const Definition& definition) {
        const int first = std::stoi(std::string(definition.first));
        const int last = std::stoi(std::string(definition.last));
        const std::string digits =
            std::to_string(number(static_cast<std::size_t>(first), static_cast<std::size_t>(last)));
        return std::string(definition.first.size() - digits.size(), '0') + digits;
    }

    std::string value(const Definition& definition) {
        std::string out;
        bool optional = true;
        for (const Component& component : definition.parts()) {
            if (component.optional) optional = optional && number(0, 1) == 1;
            if (!component.optional || optional) out += part(component);
        }
        return out;
    }

private:
    std::string part(const Component& component) {
        for (const Rule rule : component.rules) {
            if (const std::string_view fixed = example(rule); !fixed.empty()) return std::string(fixed);
        }
        std::string out = characters(component.charset, number(component.least, component.most));
        const auto has = [&](Rule rule) {
            return std::find(component.rules.begin(), component.rules.end(), rule) != component.rules.end();
        };
        if (has(Rule::company_prefix)) out = characters(Charset::digits, 4) + out.substr(0, component.most - 4U);
        if (has(Rule::check_digit)) out.back() = check_digit(out.substr(0, out.size() - 1));
        return out;
    }

    std::string characters(Charset charset, std::size_t count) {
        static constexpr std::string_view digits = "0123456789";
        static constexpr std::string_view set_39 = "#-/0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
        static constexpr std::string_view set_82 =
            "!\"%&'()*+,-./0123456789:;<=>?ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz";
        static constexpr std::string_view set_64 = "ABCXYZabcxyz0189-_";
        const std::string_view from = charset == Charset::digits   ? digits
                                      : charset == Charset::set_39 ? set_39
                                      : charset == Charset::set_64 ? set_64
                                                                   : set_82;
        std::string out;
        while (out.size() < count) out += from[number(0, from.size() - 1)];
        return out;
    }

    /// For rules whose values are not simply any characters; "" for the others.
    static std::string_view example(Rule rule) {
        switch (rule) {
            case Rule::check_pair: return "1987654Ad4X4bL5ttr2310c2K";
            case Rule::date: return "280229";
            case Rule::date_day_zero: return "260200";
            case Rule::long_date: return "19991231";
            case Rule::hour: return "23";
            case Rule::minute_or_second: return "59";
            case Rule::hour_minute: return "2359";
            case Rule::currency: return "978";
            case Rule::country: return "276";
            case Rule::country_or_999: return "999";
            case Rule::country_letters: return "CH";
            case Rule::percent_encoded: return "A%20B(01)";
            case Rule::latitude: return "1800000000";
            case Rule::longitude: return "3600000000";
            case Rule::yes_no: return "1";
            case Rule::minus_sign: return "-";
            case Rule::importer_index: return "_";
            case Rule::package_type: return "APE";
            case Rule::media_type: return "10";
            case Rule::sex: return "9";
            case Rule::birth_sequence: return "2/3";
            case Rule::not_zero: return {};
            case Rule::zero: return "0";
            case Rule::no_leading_zero: return "120";
            case Rule::winding: return "9";
            case Rule::piece_of_total: return "0102";
            case Rule::iban: return "DE91100000000123456789";
            case Rule::coupon: return "012345612345611110123";
            case Rule::offer_coupon: return "001234561234560123456";
            default: return {};
        }
    }

    std::mt19937 random_;
};

std::string elements_of(const Message& message) {
    std::string out;
    for (const Element& element : message.elements)
        out.append(element.ai).append("=").append(element.value).append(" ");
    return out;
}

Message valid_message(Generator& generator) {
    Message message;
    const std::size_t count = generator.number(1, 8);
    for (std::size_t i = 0; i < count; ++i) {
        const Definition& definition = generator.definition();
        const std::string value = generator.value(definition);
        if (definition.first == "8001" && find_wrong(definition, value, test_year)) continue;  // a dimension of zero
        const std::size_t before = message.elements.size();
        message.add(generator.ai(definition), value, 0, 0, test_year);
        EXPECT_EQ(message.elements.size(), before + 1) << definition.first << " " << value << ": " << told(message);
    }
    return message;
}

TEST(Gs1PropertyTest, EachFormIsReadBackTheSame) {
    for (unsigned seed = 0; seed < 5000; ++seed) {
        Generator generator(seed);
        const Message message = valid_message(generator);
        if (message.elements.empty()) continue;
        const std::string expected = elements_of(message);
        const std::string text = element_string(message.elements);
        const Message plain = parse_element_string(text, test_year);
        ASSERT_TRUE(plain.syntax_ok()) << seed << ": " << told(plain);
        ASSERT_EQ(elements_of(plain), expected) << seed;
        const Message human = parse_bracketed(bracketed(message.elements), test_year);
        ASSERT_TRUE(human.syntax_ok()) << seed << ": " << told(human);
        ASSERT_EQ(elements_of(human), expected) << seed;
        if (const auto uri = digital_link(message.elements)) {
            const Message link = parse_digital_link(*uri, test_year);
            ASSERT_TRUE(link.syntax_ok()) << *uri << ": " << told(link);
            for (const Element& element : link.elements) {
                ASSERT_EQ(message.find(element.ai)->value, element.value) << *uri;
            }
        }
    }
}

// A single wrong digit in a key is always told, and never taken for another element.
TEST(Gs1PropertyTest, AWrongDigitOfAKeyIsTold) {
    for (const std::string_view key : {"0109506000134352", "00106141412345678908", "4109506000134352",
                                       "2539506000134352", "8018950600013430000009"}) {
        const Definition& definition = *find_definition(key.substr(0, ai_length(key)));
        for (std::size_t at = definition.first.size(); at < key.size(); ++at) {
            for (char digit = '0'; digit <= '9'; ++digit) {
                std::string text(key);
                text[at] = digit;
                const bool right = parse_element_string(text, test_year).syntax_ok();
                EXPECT_TRUE(right == (text == key)) << text;
            }
        }
    }
}

}  // namespace
