// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string_view>

#include "agent/control/object_reader.hpp"
#include "agent/mqtt/address.hpp"

/// What the texts of a configuration must look like. Pure.
namespace tillpost::rules {

constexpr std::size_t longest_names = 64;  ///< Tenant, store and node together: they name the certificate.

bool is_name(std::string_view text);
bool is_absolute_path(std::string_view text);
bool is_socket_path(std::string_view text);
bool is_socket_path_or_empty(std::string_view text);
bool is_account(std::string_view text);
bool is_broker_address(std::string_view text);
bool is_proxy(std::string_view text);
bool is_printable(std::string_view text);
bool is_receiver(std::string_view text);
bool is_framing(std::string_view text);
bool is_prefix(std::string_view text);
bool is_suffix(std::string_view text);
bool is_marking_rule(std::string_view text);
/// Of a rule that is one.
bool may_be_off(std::string_view rule);
bool is_feed_type(std::string_view text);
bool is_keyed_type(std::string_view text);
bool is_key_path(std::string_view text);
bool is_changing_path(std::string_view text);
bool is_card_prefix(std::string_view text);
bool is_member_name(std::string_view text);
bool is_member_path(std::string_view text);
bool is_time_of_day(std::string_view text);
bool is_time_zone(std::string_view text);
bool is_weekday(std::string_view text);
bool is_till(std::string_view text);
bool is_page_address(std::string_view text);

constexpr TextRule name{is_name, "1 to 62 of the characters A-Z a-z 0-9 _ -"};
constexpr TextRule path{is_absolute_path, "an absolute path such as \"/var/lib/tillpost/journal.db\""};
constexpr TextRule device_key{is_absolute_path, "an absolute path such as \"/var/lib/tillpost/device.key\""};
constexpr TextRule device_certificate{is_absolute_path, "an absolute path such as \"/var/lib/tillpost/device.pem\""};
constexpr TextRule certificates{is_absolute_path, "the absolute path of a PEM file such as \"/etc/tillpost/ca.pem\""};
constexpr TextRule private_key{is_absolute_path, "the absolute path of a PEM file such as \"/etc/tillpost/agent.key\""};
constexpr TextRule password_file{is_absolute_path, "an absolute path such as \"/etc/tillpost/broker.password\""};
constexpr TextRule proxy_credentials{is_absolute_path, "an absolute path such as \"/etc/tillpost/proxy.credentials\""};
constexpr TextRule pseudonym_key{is_absolute_path, "an absolute path such as \"/etc/tillpost/pseudonym.key\""};
constexpr TextRule device{is_absolute_path, "the path of a serial device such as \"/dev/serial/by-id/usb-…\""};
constexpr TextRule socket{is_socket_path, "the absolute path of a Unix socket, of at most 107 bytes"};
constexpr TextRule socket_or_none{is_socket_path_or_empty,
                                  "the absolute path of a Unix socket, of at most 107 bytes, or \"\" for none"};
constexpr TextRule account{is_account, "the name of a user or group of this machine"};
constexpr TextRule address{
    is_broker_address, "ssl://host:port, wss://host:port/path, or tcp://127.0.0.1:port for a broker on this machine",
    broker_address_advice};
constexpr TextRule proxy{is_proxy, "http://host:port, with name and password for it in proxy_credentials_file"};
constexpr TextRule receiver{is_receiver, "the 32 hex digits, in lower case, that `tillpost status` names"};
constexpr TextRule user_name{is_printable, "1 to 256 bytes without control characters"};
constexpr TextRule framing{is_framing, "data bits 7 or 8, parity N, E or O, stop bits 1 or 2, such as \"8N1\""};
constexpr TextRule prefix{is_prefix, "at most 16 bytes"};
constexpr TextRule card_prefix{is_card_prefix, "1 to 8 digits that card numbers begin with"};
constexpr TextRule member_name{is_member_name, "the name of a member, 1 to 64 bytes"};
constexpr TextRule member_path{is_member_path, "a JSON pointer such as \"/customer/id\" or \"/lines/*/seller\""};
constexpr TextRule measure_template{is_printable, "a template such as \"28IIIIIWW.WWWC KGM\""};
constexpr TextRule time_of_day{is_time_of_day, "a local time from \"00:00\" to \"23:59\""};
constexpr TextRule time_zone{is_time_zone, "the IANA's name of a time zone, such as \"Europe/Berlin\""};
constexpr TextRule weekday{is_weekday, "mon, tue, wed, thu, fri, sat or sun"};
constexpr TextRule till{is_till, "a till's name, 1 to 64 bytes"};
constexpr TextRule page_address{is_page_address,
                                "127.0.0.1:port or [::1]:port, because the page asks for no password and so is for "
                                "this machine alone (from another one: ssh -L 7480:127.0.0.1:7480)"};
constexpr TextRule suffix{
    is_suffix,
    "1 to 16 bytes as JSON writes them: \"\\r\" for CR, \"\\r\\n\" for CR LF, \"\\t\" for TAB, \"\\u0003\" for ETX"};

constexpr TextRule marking_rule{is_marking_rule, "a rule that `tillpost rules` lists, such as \"totals\""};
constexpr TextRule feed_type{is_feed_type, "a type that a feed may send, such as \"sale\""};
constexpr TextRule keyed_type{
    is_keyed_type, "a type that may have a business key, such as \"sale\"; scans and weights are never merged"};
constexpr TextRule changing_path{
    is_changing_path,
    "a JSON pointer to what is not a fact: \"/time\", \"/offline\", \"/origin\" and below it, or a member that "
    "agent/event/README.md does not name, such as \"/printed_at\" or \"/lines/*/scanned_at\"; never what was sold, "
    "counted or paid, nor what says which record it is"};
constexpr TextRule key_path{is_key_path,
                            "a JSON pointer to one member, such as \"/till\" or \"/receipt/id\", without \"*\""};

}  // namespace tillpost::rules
