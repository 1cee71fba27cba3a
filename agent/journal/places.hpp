// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/journal/returns_before.hpp"
#include "agent/journal/store.hpp"

namespace tillpost {

/// What a correction is of, and what stands in the place of what was corrected. A *record* is an event and what says it
/// anew when it is mapped again. It has a *place*, which a correction of it shares: the reversal of a reversal speaks
/// of the sale. config/README.md, "What counts", is the rule; the table `corrected` leads from each event of a place to
/// the next one, the table `returned` has what stands there.
class Places {
public:
    explicit Places(Store& store) : store_(store) {}

    /// The next event of its place, 0 for none.
    Result<std::int64_t> corrected_by(std::int64_t position);
    /// In a transaction: by its number a post-void finds it, where its business key does not say that.
    Result<void> note_number(const Event& event, std::int64_t position, std::int64_t recorded);
    /// In a transaction: the same, and what the event at `position` takes back or replaces, it does from now on.
    Result<void> note_correction(const Event& event, std::int64_t position, std::int64_t recorded);
    /// In a transaction: it says anew what the one at `before` said.
    Result<void> note_wording(const Event& event, std::int64_t before, std::int64_t position, std::int64_t recorded);
    /// What is said in the place of a record.
    struct Standing {
        enum class Is {
            unknown,     ///< It is not held, or there are more corrections than are followed.
            no_sale,     ///< The record itself takes something back, or adds words.
            taken_back,  ///< Nothing stands there.
            said
        } is = Is::unknown;
        std::string body{};     ///< What stands there by now …
        std::string first{};    ///< … and what the record said itself.
        bool replaced = false;  ///< By another record
        bool shared = false;    ///< Other events have the same place.
    };
    /// Of the record at `position`. `left`: bytes of events that may be looked at.
    Result<Standing> standing(std::int64_t position, std::size_t& left);
    /// What returns gave back of the sale at `position`, that is by now as `sale` says: by all that name it, or what
    /// replaces it, by `key` or, where no other sale has that one, by the key of another wording. `left` as above.
    Result<ReturnsBefore::Lines> given_back(std::int64_t position, const Standing& sale, const std::string& key,
                                            ReturnsBefore& before, std::size_t& left);
    /// What says, or said, what a sale was.
    struct Saying {
        std::int64_t position;
        std::string key;  ///< "" for what takes it back, and what has none
        std::string body;
    };
    /// Where sales with that business key are, or, if there is none, with the number in it, whatever key they have.
    Result<std::vector<std::int64_t>> positions_of_sale(std::string_view key);
    /// [complete-1] What it changes of a till's business day.
    Result<BearsOn> bears_on(const Event& event, std::int64_t position);

private:
    Result<std::optional<std::int64_t>> position_of_id(std::string_view id);
    Result<std::string> held_body(std::int64_t position);
    Result<std::string> held_body(std::int64_t position, std::size_t& left);
    Result<std::vector<Saying>> sayings(std::int64_t position, std::size_t& left);
    Result<bool> are_among(const std::vector<std::int64_t>& positions, const std::vector<Saying>& sayings,
                           std::size_t& left);
    Result<std::int64_t> record_of(std::int64_t position);
    Result<std::int64_t> place_of(std::int64_t position);
    Result<std::int64_t> newest_at(std::int64_t place, std::int64_t before);
    Result<std::optional<std::int64_t>> taken_back_by(const Event& event, std::int64_t position);
    Result<std::optional<std::int64_t>> voided_by(const Event& event, std::int64_t position);
    Result<void> add_numbered(std::string_view number, std::vector<std::int64_t>& all);
    Result<std::vector<std::int64_t>> with_number_in(const Event& event);
    Result<std::int64_t> first_place(std::int64_t position);
    Result<void> read_original(std::int64_t named, std::int64_t before, Original& original);
    Result<void> name_all(std::int64_t position, Original& original);

    Store& store_;
};

}  // namespace tillpost
