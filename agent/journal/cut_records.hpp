// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "platform/bytes.hpp"

namespace tillpost {

/// [once-2] Where the records lie out of which redaction cut something, by a name of what came (CutNames): two that
/// differed only in that are one and the same afterwards, and only this tells a record that is sent again from another
/// one. Nothing of it is ever stored; a restart, and more than most_known of them, forget: what comes then is recorded
/// once more, marked. Pure.
class CutRecords {
public:
    static constexpr std::size_t most_known = 1024;

    std::optional<std::int64_t> find(const Digest& name) const;
    /// Of a name that is known already, the new position counts.
    void add(const Digest& name, std::int64_t position);
    /// What is behind that position was not recorded after all.
    void drop_behind(std::int64_t position);

private:
    struct Row {
        Digest name{};
        std::int64_t position = 0;
    };
    std::vector<Row> rows_;
    std::size_t next_ = 0;  ///< Of rows_, once it is full: the oldest one
};

}  // namespace tillpost
