// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace tillpost {

/// What the daemon says of itself, to `tillpost status`, to the topic `state` and to whoever asks.
/// Filled by the app from its parts; plain data.
struct Status {
    struct Device {
        std::string name;
        bool up = false;
        std::string detail;
        std::uint64_t observations = 0;
        std::uint64_t redacted = 0;                          ///< Since start: those in which there were card data
        std::uint64_t card_numbers = 0;                      ///< Since start: cut to their last digits
        std::uint64_t card_secrets = 0;                      ///< Since start: tracks, security codes, PINs removed
        std::map<std::string, std::uint64_t> turned_away{};  ///< Since start: connections, by the reason's word
    };
    std::string source;
    std::string version;
    std::string started;  ///< RFC 3339
    std::string now;      ///< RFC 3339

    std::string epoch;            ///< 16 hex digits
    std::uint64_t captured = 0;   ///< Last sequence of the epoch
    std::uint64_t confirmed = 0;  ///< Everything up to here is receipted
    /// The mark is written late (agent/decisions/0009): until something is confirmed after a start, more may be.
    bool confirmed_at_least = false;
    std::uint64_t waiting = 0;      ///< captured - confirmed
    std::string waiting_since;      ///< RFC 3339, the oldest of them, "" if none waits
    std::uint64_t quarantined = 0;  ///< Records in quarantine that nobody has decided on
    std::uint64_t shed = 0;         ///< Cheap events given up near the limit or on a full disk, ever
    std::uint64_t lost = 0;         ///< Events that the disk has damaged, ever
    std::uint64_t repeated = 0;     ///< Since start: known events sent again by a feed
    std::uint64_t refused = 0;      ///< Since start, by a feed or by the journal
    std::string sealing;            ///< "ok", or why the chain's last seal could not be signed
    std::string keys;               ///< What is wrong with the files of private keys, and what to do; "" if nothing
    std::string salvage;            ///< Why a journal that was set aside is not taken over yet; "" if none waits
    std::string storage;            ///< "ok", "nearly full: …" (minor events are refused), "disk full: …"
                                    ///< (they are given up), "full" (the disk),
                                    ///< "full: …" (journal/limit_mb), or why no events are taken
    std::int64_t journal_bytes = 0;
    double acknowledge_p50_ms = 0;  ///< Durable acknowledgement, newest 1,024 events
    double acknowledge_p99_ms = 0;

    bool connected = false;
    std::string broker;         ///< Its address
    std::string broker_detail;  ///< Since when, or why not and when the next try is
    /// "flowing", "idle", "probing", "offline", "waiting for central" (for its answer to a hello, or as much is sent as
    /// may be unconfirmed), "waiting for its rate"; "refused by the broker"; "not confirmed": events are sent, and
    /// central confirms none
    std::string delivery;
    std::string refusal;           ///< Why the broker refuses events (reason code and text), "" if it takes them …
    std::string refusal_since;     ///< … and since when, RFC 3339
    std::uint64_t sent = 0;        ///< Since start, repeats counted again
    std::uint64_t in_flight = 0;   ///< Sent and not receipted
    std::string last_receipt;      ///< RFC 3339, "" if none since start
    std::string receiver;          ///< Whose receipts count, 32 hex digits, "" while nobody has confirmed anything
    std::string receipt_alarm;     ///< What is wrong with receipts, "" if nothing …
    std::string receipt_alarm_at;  ///< … and when the newest such one came, RFC 3339

    /// Events, ever, that are in no business day: of dates that nobody can believe, and of tills beyond those that fit
    /// …
    std::uint64_t days_unbelieved = 0, days_crowded_out = 0;
    std::string days_unbelieved_which, days_crowded_out_which;  ///< … the first of these days, "" if there is none

    std::vector<Device> devices;
    std::string
        people;  ///< Which names of people travel as the POS sends them, and what to configure; "" if all is said
    std::string silence;  ///< Whose silence nobody notices, and what to configure; "" if all are watched
};

}  // namespace tillpost
