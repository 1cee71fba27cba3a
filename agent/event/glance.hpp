// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <string_view>

namespace tillpost {

class JsonObject;

/// What can be told at a glance of a record that did not become an event, for people who decide on it.
struct Glance {
    std::string type;    ///< "sale"; "" if it does not say one that is known.
    std::string amount;  ///< As written: the gross total, or the amount of the whole; "" if there is none.
    std::string till, store, number, business_date, currency;  ///< "" if it does not say them, or says no such thing.
};

/// Of a member that is there twice nothing is told. Pure; never throws for what is in the bytes.
Glance glance_at(std::string_view bytes);

/// As members of a `quarantined` event: record_type, class, till, store, number, business_date, amount, currency; what
/// is not known is left out.
void add_members(JsonObject& object, const Glance& glance);

}  // namespace tillpost
