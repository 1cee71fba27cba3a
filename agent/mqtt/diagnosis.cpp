// SPDX-License-Identifier: Apache-2.0
#include "agent/mqtt/diagnosis.hpp"

#include <netdb.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <memory>

#include "agent/mqtt/address.hpp"
#include "agent/mqtt/proxy.hpp"
#include "platform/files.hpp"

namespace tillpost {
namespace {

constexpr Millis alert_time{1000};  // TLS 1.3: what the broker says of our certificate comes after the handshake

struct Free {
    void operator()(SSL* tls) const { SSL_free(tls); }
    void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
    void operator()(addrinfo* list) const { ::freeaddrinfo(list); }
};
template <class T>
using Owned = std::unique_ptr<T, Free>;

bool wait_for(int socket, short what, SteadyTime end) {
    for (;;) {
        const auto left = std::chrono::ceil<Millis>(end - std::chrono::steady_clock::now()).count();
        pollfd entry{socket, what, 0};
        const int ready = ::poll(&entry, 1, static_cast<int>(std::max<std::int64_t>(left, 0)));
        if (ready < 0 && errno == EINTR) continue;
        return ready > 0;
    }
}

std::string system_text(int number) { return std::generic_category().message(number); }

std::string tls_text(const std::string& otherwise) {
    const char* reason = ERR_reason_error_string(ERR_peek_last_error());
    ERR_clear_error();
    return reason != nullptr ? reason : otherwise;
}

/// "" and a connected socket, or what is wrong.
std::string connect_to(const BrokerAddress& address, SteadyTime end, FileDescriptor& socket) {
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* raw = nullptr;
    const int failed = ::getaddrinfo(address.host.c_str(), std::to_string(address.port).c_str(), &hints, &raw);
    if (failed != 0) return "look up " + address.host + ": " + ::gai_strerror(failed);
    const Owned<addrinfo> list(raw);
    std::string why;
    for (const addrinfo* each = list.get(); each != nullptr; each = each->ai_next) {
        socket = FileDescriptor(::socket(each->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
        if (socket.get() < 0) {  // IPv6 is off, or the process has no more descriptors
            why = "make a socket: " + system_text(errno);
            continue;
        }
        int number = ::connect(socket.get(), each->ai_addr, each->ai_addrlen) == 0 ? 0 : errno;
        if (number == EINPROGRESS) {
            if (!wait_for(socket.get(), POLLOUT, end)) return "no answer from the broker's machine";
            socklen_t size = sizeof number;
            ::getsockopt(socket.get(), SOL_SOCKET, SO_ERROR, &number, &size);
        }
        if (number == 0) return "";
        why = system_text(number);
    }
    return why;
}

/// "" when the proxy has opened a way to the broker.
std::string ask_proxy(const std::string& request, int socket, SteadyTime end) {
    if (::send(socket, request.data(), request.size(), MSG_NOSIGNAL) < 0) return system_text(errno);
    std::string said;
    std::array<char, 512> part{};
    for (;;) {
        if (!wait_for(socket, POLLIN, end)) return "no answer from the proxy";
        const ssize_t size = ::recv(socket, part.data(), part.size(), 0);
        if (size <= 0) return "the proxy hung up";
        said.append(part.data(), static_cast<std::size_t>(size));
        if (auto meaning = proxy::answer(said)) return *meaning;
    }
}

std::string load_files(SSL_CTX* context, const MqttSettings& settings) {
    ERR_clear_error();
    if (SSL_CTX_load_verify_file(context, settings.ca_file.c_str()) != 1) {
        return "read the authorities in " + settings.ca_file + ": " + tls_text("failed");
    }
    if (settings.certificate_file.empty()) return "";
    if (SSL_CTX_use_certificate_chain_file(context, settings.certificate_file.c_str()) != 1) {
        return "read our certificate in " + settings.certificate_file + ": " + tls_text("failed");
    }
    const std::string& key = settings.key_file.empty() ? settings.certificate_file : settings.key_file;
    if (SSL_CTX_use_PrivateKey_file(context, key.c_str(), SSL_FILETYPE_PEM) != 1) {
        return "read our key in " + key + ": " + tls_text("failed");
    }
    return "";
}

std::string verify_text(long result, const std::string& host) {
    if (result == X509_V_ERR_HOSTNAME_MISMATCH || result == X509_V_ERR_IP_ADDRESS_MISMATCH) {
        return "the certificate is not for " + host;
    }
    return std::string("the broker's certificate is refused: ") + X509_verify_cert_error_string(result);
}

/// One try of `step` after another until it succeeds, fails for good, or the time is over.
template <class Step>
bool drive(SSL* tls, Step step, SteadyTime end) {
    for (;;) {
        ERR_clear_error();
        const int code = step(tls);
        if (code > 0) return true;
        const int wanted = SSL_get_error(tls, code);
        if (wanted != SSL_ERROR_WANT_READ && wanted != SSL_ERROR_WANT_WRITE) return false;
        if (!wait_for(SSL_get_fd(tls), wanted == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT, end)) return false;
    }
}

int read_byte(SSL* tls) {
    char byte = 0;
    return SSL_read(tls, &byte, 1);
}

std::string shake_hands(SSL_CTX* context, const BrokerAddress& address, int socket, SteadyTime end) {
    const Owned<SSL> tls(SSL_new(context));
    X509_VERIFY_PARAM* check = SSL_get0_param(tls.get());
    if (X509_VERIFY_PARAM_set1_ip_asc(check, address.host.c_str()) != 1) {
        X509_VERIFY_PARAM_set1_host(check, address.host.c_str(), 0);
        SSL_ctrl(tls.get(), SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name,
                 const_cast<char*>(address.host.c_str()));
    }
    // The handshake stops at a certificate that is refused, so a stranger never sees ours.
    SSL_set_verify(tls.get(), SSL_VERIFY_PEER, nullptr);
    SSL_set_fd(tls.get(), socket);
    if (!drive(tls.get(), SSL_connect, end)) {
        const long result = SSL_get_verify_result(tls.get());
        if (result != X509_V_OK) return verify_text(result, address.host);
        const bool no_tls = ERR_GET_REASON(ERR_peek_last_error()) == SSL_R_WRONG_VERSION_NUMBER;
        return "TLS handshake: " + tls_text("the broker broke it off or did not answer") +
               (no_tls ? "; what answers there does not speak TLS: is it the broker's port for TLS, often 8883?"
                       : "; is it the broker's port for TLS, often 8883?");
    }
    const SteadyTime until = std::min(end, std::chrono::steady_clock::now() + alert_time);
    const bool said = !drive(tls.get(), read_byte, until) && ERR_peek_last_error() != 0;
    return said ? "the broker refuses our certificate: " + tls_text("") : "";
}

/// A peer that answers a hello of TLS by a handshake, or by one of TLS's own alerts.
bool speaks_tls(SSL_CTX* context, int socket, SteadyTime end) {
    const Owned<SSL> tls(SSL_new(context));
    SSL_set_verify(tls.get(), SSL_VERIFY_NONE, nullptr);
    SSL_set_fd(tls.get(), socket);
    if (drive(tls.get(), SSL_connect, end)) return true;
    const int reason = ERR_GET_REASON(ERR_peek_last_error());
    ERR_clear_error();
    return reason >= SSL_AD_REASON_OFFSET;
}

std::string tls_where_none_is_meant(const BrokerAddress& address) {
    const std::string scheme = address.websocket ? "wss://" : "ssl://";
    return "this port speaks TLS: write " + scheme + "<name>:" + std::to_string(address.port) +
           ", with the name that is in the broker's certificate, and set ca_file";
}

}  // namespace

std::string diagnose_connect(const MqttSettings& settings, Millis time) {
    const SteadyTime end = std::chrono::steady_clock::now() + time;
    const Result<BrokerAddress> address = parse_broker_address(settings.address);
    if (!address) return address.error().message;
    const Owned<SSL_CTX> context(SSL_CTX_new(TLS_client_method()));
    if (address->tls) {
        if (std::string why = load_files(context.get(), settings); !why.empty()) return why;
    }
    const bool through_proxy = address->tls && !settings.proxy.empty();
    const Result<BrokerAddress> first_hop = through_proxy ? parse_proxy_address(settings.proxy) : address;
    if (!first_hop) return first_hop.error().message;
    FileDescriptor socket;
    const std::string way = through_proxy ? "through the proxy " + settings.proxy + ": " : "";
    if (const std::string why = connect_to(*first_hop, end, socket); !why.empty()) return way + why;
    if (!address->tls) return speaks_tls(context.get(), socket.get(), end) ? tls_where_none_is_meant(*address) : "";
    if (through_proxy) {
        const std::string request = proxy::connect_request(*address, settings.proxy_credentials);
        if (const std::string why = ask_proxy(request, socket.get(), end); !why.empty()) return way + why;
    }
    return shake_hands(context.get(), *address, socket.get(), end);
}

}  // namespace tillpost
