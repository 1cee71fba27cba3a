// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <memory>
#include <string>

#include "tests/support/temp_dir.hpp"

struct evp_pkey_st;
struct x509_st;

namespace tillpost::test {

/// An authority and the certificates a TLS test wants, as PEM files that live as long as this object. P-256 keys.
class Certificates {
public:
    struct Pair {
        std::string certificate_file;
        std::string key_file;
    };
    struct Request {
        std::string file;  ///< Name of the files, without ending.
        std::string common_name;
        std::string alternative_names{};  ///< "DNS:localhost,IP:127.0.0.1", "" for none
        bool server = true;
        long valid_from_seconds = -3600;  ///< Against now.
        long valid_to_seconds = 24 * 3600;
    };

    Certificates();
    ~Certificates();

    const std::string& ca_file() const { return ca_file_; }
    /// For localhost and 127.0.0.1.
    Pair server() { return issue({"server", "localhost", "DNS:localhost,IP:127.0.0.1"}); }
    Pair wrong_host() { return issue({"wrong-host", "other.example", "DNS:other.example"}); }
    Pair expired();
    Pair client(const std::string& common_name);
    Pair issue(const Request& request);

private:
    struct Free {
        void operator()(evp_pkey_st* key) const;
        void operator()(x509_st* certificate) const;
    };
    using Key = std::unique_ptr<evp_pkey_st, Free>;
    using Certificate = std::unique_ptr<x509_st, Free>;
    Certificate build(const Request& request, const Key& key, bool authority);
    void write(const std::string& path, x509_st* certificate) const;

    TempDir folder_;
    long serial_ = 0;
    Key ca_key_;
    Certificate ca_;
    std::string ca_file_;
};

}  // namespace tillpost::test
