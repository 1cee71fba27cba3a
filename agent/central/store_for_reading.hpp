// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <memory>
#include <string>

#include "agent/central/store.hpp"
#include "platform/database_copy.hpp"

namespace tillpost {

/// A receiver's file, for commands that look into it: the file itself, or, while a receiver has it open, a copy of it
/// as it was committed at one moment. Blocking; one thread.
class StoreForReading {
public:
    /// `work`: folder for the copy; "" is the file's own.
    static Result<StoreForReading> open(const std::string& path, const std::string& work, const Clock& clock);

    CentralStore& operator*() const { return *store_; }
    CentralStore* operator->() const { return store_.get(); }

private:
    std::unique_ptr<DatabaseCopy> copy_;  ///< Outlives store_; none: the file itself is read.
    std::unique_ptr<CentralStore> store_;
};

}  // namespace tillpost
