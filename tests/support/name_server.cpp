// SPDX-License-Identifier: Apache-2.0
#include "tests/support/name_server.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/address_v4.hpp>
#include <string_view>

namespace tillpost::test {

namespace asio = boost::asio;
using asio::ip::udp;

namespace {

constexpr std::size_t header_size = 12;

/// Where the first question ends, behind its type and class; 0 if there is none.
std::size_t end_of_question(std::string_view text) {
    std::size_t at = header_size;
    while (at < text.size() && text[at] != '\0') at += static_cast<unsigned char>(text[at]) + 1U;
    return at + 5 <= text.size() ? at + 5 : 0;
}

}  // namespace

NameServer::NameServer(const std::string& own_address)
    : socket_(loop_, udp::endpoint(asio::ip::make_address_v4(own_address), 53)) {
    receive();
    thread_ = std::thread([this] { loop_.run(); });
}

NameServer::~NameServer() {
    loop_.stop();
    thread_.join();
}

void NameServer::answer(const std::string& address, const std::string& second) {
    const std::lock_guard lock(mutex_);
    addresses_.clear();
    for (const std::string& each : {address, second}) {
        if (!each.empty()) addresses_.push_back(each);
    }
}

void NameServer::receive() {
    socket_.async_receive_from(asio::buffer(question_), asker_,
                               [this](const boost::system::error_code& failed, std::size_t size) {
                                   if (failed) return;
                                   ++questions_;
                                   const std::string answer = answer_to({question_.data(), size});
                                   boost::system::error_code ignored;
                                   if (!answer.empty()) socket_.send_to(asio::buffer(answer), asker_, 0, ignored);
                                   receive();
                               });
}

std::string NameServer::answer_to(std::string_view question) {
    const std::lock_guard lock(mutex_);
    const std::size_t end = end_of_question(question);
    if (addresses_.empty() || end == 0) return "";
    const bool wants_v4 = question.substr(end - 4, 2) == std::string_view("\0\1", 2);
    std::string text(question.substr(0, 2));
    text += "\x81\x80";  // an answer, without error
    text += std::string_view("\0\1\0", 3);
    text += wants_v4 ? static_cast<char>(addresses_.size()) : '\0';
    text += std::string_view("\0\0\0\0", 4);
    text += question.substr(header_size, end - header_size);
    if (!wants_v4) return text;
    for (const std::string& address : addresses_) {
        text += std::string_view("\xc0\x0c\0\1\0\1\0\0\0\0\0\4", 12);  // the name above, A, IN, may be kept for 0 s
        const auto bytes = asio::ip::make_address_v4(address).to_bytes();
        text.append(bytes.begin(), bytes.end());
    }
    return text;
}

}  // namespace tillpost::test
