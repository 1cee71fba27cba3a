// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>

namespace tillpost::simulator {

/// Random numbers that are the same everywhere for the same seed (splitmix64, Steele et al. 2014): the standard
/// library's distributions differ from one library to the next.
class Random {
public:
    explicit Random(std::uint64_t seed) : state_(seed) {}

    std::uint64_t next() {
        state_ += 0x9e3779b97f4a7c15U;
        std::uint64_t z = state_;
        z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9U;
        z = (z ^ (z >> 27U)) * 0x94d049bb133111ebU;
        return z ^ (z >> 31U);
    }
    /// 0 … bound - 1; `bound` is at least 1.
    std::uint32_t below(std::uint32_t bound) { return static_cast<std::uint32_t>(((next() >> 32U) * bound) >> 32U); }
    /// Both ends included; at most 2^32 - 1 apart.
    std::int64_t between(std::int64_t low, std::int64_t high) {
        return low + below(static_cast<std::uint32_t>(high - low) + 1);
    }
    bool chance(std::uint32_t in_ten_thousand) { return below(10'000) < in_ten_thousand; }
    /// One of an array's items.
    template <class Array>
    const auto& pick(const Array& items) {
        return items[below(static_cast<std::uint32_t>(items.size()))];
    }

private:
    std::uint64_t state_;
};

}  // namespace tillpost::simulator
