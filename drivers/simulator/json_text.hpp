// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <charconv>
#include <cstdint>
#include <string>
#include <string_view>

namespace tillpost::simulator {

/// Builds one JSON object as text, about as fast as its bytes can be copied. Texts must need no escapes.
/// Every value leaves a comma behind, which the end of its object or array takes away.
class JsonText {
public:
    explicit JsonText(std::size_t expected) { out_.reserve(expected); }

    JsonText& begin_object() { return put("{"); }
    JsonText& begin_object(std::string_view name) { return key(name).put("{"); }
    JsonText& begin_array(std::string_view name) { return key(name).put("["); }
    JsonText& end_object() { return end('}'); }
    JsonText& end_array() { return end(']'); }

    JsonText& text(std::string_view name, std::string_view value) { return key(name).item(value); }
    JsonText& item(std::string_view value) { return put("\"").put(value).put("\","); }
    JsonText& number(std::string_view name, std::int64_t value) { return key(name).digits(value).put(","); }
    JsonText& truth(std::string_view name, bool value) { return key(name).put(value ? "true," : "false,"); }
    /// 179 as "1.79".
    JsonText& cents(std::string_view name, std::int64_t value) { return key(name).fixed(value, 100); }
    /// 458 as "0.458", 2000 as "2".
    JsonText& thousandths(std::string_view name, std::int64_t value) {
        return value % 1000 == 0 ? key(name).put("\"").digits(value / 1000).put("\",") : key(name).fixed(value, 1000);
    }

    /// The whole text, once the outermost object has ended.
    std::string take() {
        out_.pop_back();
        return std::move(out_);
    }

private:
    JsonText& put(std::string_view bytes) {
        out_ += bytes;
        return *this;
    }
    JsonText& key(std::string_view name) { return put("\"").put(name).put("\":"); }
    JsonText& digits(std::int64_t value) {
        char buffer[24];
        const auto end = std::to_chars(buffer, buffer + sizeof buffer, value).ptr;
        return put({buffer, static_cast<std::size_t>(end - buffer)});
    }
    JsonText& fixed(std::int64_t value, std::int64_t scale) {
        put(value < 0 ? "\"-" : "\"");
        const std::int64_t size = value < 0 ? -value : value;
        digits(size / scale).put(".");
        for (std::int64_t place = scale / 10; place > 0; place /= 10) {
            out_ += static_cast<char>('0' + size / place % 10);
        }
        return put("\",");
    }
    JsonText& end(char bracket) {
        if (out_.back() == ',') {
            out_.back() = bracket;
        } else {
            out_ += bracket;
        }
        return put(",");
    }

    std::string out_;
};

}  // namespace tillpost::simulator
