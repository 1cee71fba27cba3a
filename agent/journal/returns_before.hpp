// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "agent/event/returned_goods.hpp"
#include "platform/error.hpp"

namespace tillpost {

constexpr std::size_t most_of_one_key = 8;  ///< Events of one business key that are looked at

/// What was given back until now of each sale that is asked for, by the business key that the returns name.
class ReturnsBefore {
public:
    using Lines = std::vector<ReturnedGoods::Line>;
    using Read = std::function<Result<Lines>(const std::string& key)>;
    explicit ReturnsBefore(Read read) : read_(std::move(read)) {}

    /// All that is recorded, and what was added. It stays where it is.
    Result<const Lines*> of(const std::string& key) {
        const auto [known, is_new] = known_.try_emplace(key);
        if (is_new) {
            Result<Lines> recorded = read_(key);
            if (!recorded) return recorded.error();
            known->second = std::move(*recorded);
        }
        return &known->second;
    }
    /// Of the return that is being recorded.
    Result<void> add(const ReturnedGoods::Line& line) {
        if (const auto all = of(line.original); !all) return all.error();
        known_[line.original].push_back(line);
        return {};
    }

private:
    Read read_;
    std::map<std::string, Lines> known_;
};

}  // namespace tillpost
