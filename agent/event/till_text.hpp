// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <string_view>

namespace tillpost {

/// A till among those of several stores, as one text: of the own store (`other_store` is "") its name alone, as it was
/// before there were others; else both, so that no name of a till is the same text. Pure.
std::string till_text(std::string_view other_store, std::string_view till);

struct TillOfStore {
    std::string store;  ///< "": the own one
    std::string till;
};
/// Of what till_text() made.
TillOfStore till_from_text(std::string_view text);

}  // namespace tillpost
