// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "agent/wire/seal.hpp"
#include "platform/signature.hpp"
#include "tests/unit/central_line_maker.hpp"

namespace tillpost::test {

/// Seals what a maker makes, as an agent does.
class LineSealer {
public:
    explicit LineSealer(LineMaker& maker) : maker_(maker), before_(maker.chain()) {}

    /// The line of a seal over what came since the one before: sales, but for those named.
    std::string sealed(const MessageSigner& signer, std::vector<std::pair<std::string, std::uint64_t>> others = {}) {
        Seal seal;
        seal.epoch = maker_.epoch();
        seal.ordinal = 1;
        seal.first = from_;
        seal.last = maker_.sequence();
        seal.before = before_;
        seal.head = maker_.chain();
        seal.time = rfc3339(WallTime(Millis(1'795'000'000'000)));
        seal.cause = "stop";
        if (from_ > 1) others.emplace_back("seal", 1);
        std::uint64_t sales = seal.count();
        for (const auto& [type, count] : others) sales -= count;
        seal.totals = {{"sale", sales}};
        for (auto& [type, count] : others) seal.totals.emplace_back(type, count);
        std::sort(seal.totals.begin(), seal.totals.end());
        seal.certificate = signer.certificate();
        seal.signature = signer.sign(sealed_message(seal, maker_.source())).value();
        before_ = maker_.chain();
        std::string line = maker_.own("seal", encode(seal));
        from_ = maker_.sequence();
        return line;
    }

private:
    LineMaker& maker_;
    Sequence from_ = 1;
    Digest before_;
};

}  // namespace tillpost::test
