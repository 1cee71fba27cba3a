// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <utility>

#include "agent/control/configuration.hpp"
#include "agent/control/json_document.hpp"
#include "agent/event/redaction/people.hpp"
#include "agent/status/silence_words.hpp"
#include "platform/device_key.hpp"
#include "platform/files.hpp"
#include "platform/sealed_file.hpp"
#include "platform/time_zone.hpp"

namespace tillpost {
namespace {

constexpr std::size_t longest_password = 1024;
constexpr std::size_t shortest_key = 32;  // as many bytes as SHA-256 gives
constexpr std::size_t longest_key = 1024;

std::string reason(int number) { return std::generic_category().message(number); }

/// What is in it is for others to see.
void check_readable(const char* where, const std::string& path, Problems& problems) {
    if (path.empty()) return;
    // Not access(2): it asks for the real user, and a daemon's effective one is what reads.
    const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
    if (file.get() < 0) {
        problems.add(where, "is \"" + path + "\": expected a file that can be read: " + reason(errno));
        return;
    }
    struct stat found {};
    if (::fstat(file.get(), &found) == 0 && !S_ISREG(found.st_mode)) {
        problems.add(where, "is \"" + path + "\": expected a regular file");
    }
}

/// The device's own files are made at the first start, before the broker is asked for.
void check_readable_unless_made(const char* where, const std::string& path, const DeviceKeyFiles& made,
                                Problems& problems) {
    const bool is_ours = path == made.key || path == made.certificate;
    if (is_ours && ::access(path.c_str(), F_OK) != 0 && errno == ENOENT) return;
    check_readable(where, path, problems);
}

void check_authorities_of(const MqttSettings& broker, Problems& problems) {
    if (broker.ca_file.empty()) return;
    const auto checked = check_authorities(broker.ca_file);
    if (checked) return;
    problems.add("/broker/ca_file", "is \"" + broker.ca_file +
                                        "\": expected the certificates of the authorities that may vouch for the "
                                        "broker, which whoever runs it has: " +
                                        checked.error().message);
}

/// The device's own pair is the start's to see to.
void check_pair(const MqttSettings& broker, const DeviceKeyFiles& device, Problems& problems) {
    const std::string& certificate = broker.certificate_file;
    const std::string& key = broker.key_file;
    if (certificate.empty() || key.empty()) return;
    if (certificate == device.certificate && key == device.key) return;
    if (const auto read = certificate_fingerprint(certificate); !read) {
        problems.add("/broker/certificate_file", "is \"" + certificate +
                                                     "\": expected the certificate that the broker knows this machine "
                                                     "by: " +
                                                     read.error().message);
        return;
    }
    if (const auto belongs = check_signer({key, certificate}); !belongs) {
        problems.add("/broker/key_file", "is \"" + key +
                                             "\": expected the private key of certificate_file, as the two were "
                                             "issued together: " +
                                             belongs.error().message);
    }
}

void check_folder(const char* where, const std::string& path, Problems& problems) {
    if (path.empty()) return;
    const std::string folder = directory_of(path);
    struct stat found {};
    if (::stat(folder.c_str(), &found) != 0) {
        problems.add(
            where, "is \"" + path + "\": expected a path in a folder that is there: " + folder + ": " + reason(errno));
    } else if (!S_ISDIR(found.st_mode)) {
        problems.add(where, "is \"" + path + "\": expected a path in a folder, and " + folder + " is none");
    }
}

/// What stands there already must be of that kind: it is opened or replaced.
void check_kind(const char* where, const std::string& path, mode_t kind, const char* expected, Problems& problems) {
    struct stat found {};
    if (path.empty() || ::lstat(path.c_str(), &found) != 0 || (found.st_mode & S_IFMT) == kind) return;
    std::string there = "something else is there";
    if (S_ISLNK(found.st_mode)) {
        std::error_code unknown;
        const std::string to = std::filesystem::read_symlink(path, unknown).string();
        there =
            "a symbolic link is there, which is not followed: name what it leads to" + (to.empty() ? "" : ", " + to);
    }
    problems.add(where, "is \"" + path + "\": expected " + expected + ", and " + there);
}

/// Who may connect must exist: a misspelt name would keep the POS out.
void check_accounts(const FeedSettings& feed, Problems& problems) {
    for (std::size_t i = 0; i < feed.users.size(); ++i) {
        if (::getpwnam(feed.users[i].c_str()) != nullptr) continue;
        problems.add("/feed/users/" + std::to_string(i),
                     "is \"" + feed.users[i] + "\": expected a user of this machine");
    }
    const auto check_group = [&problems](const std::string& where, const std::string& name) {
        if (name.empty() || ::getgrnam(name.c_str()) != nullptr) return;
        problems.add(where, "is \"" + name + "\": expected a group of this machine");
    };
    for (std::size_t i = 0; i < feed.groups.size(); ++i) {
        check_group("/feed/groups/" + std::to_string(i), feed.groups[i]);
    }
    check_group("/feed/socket_group", feed.socket_group);
}

/// A zone that the C library does not find is UTC to it, without a word.
void check_zone(const std::string& name, Problems& problems) {
    if (name.empty()) return;
    const auto known = check_time_zone(name);
    if (!known) problems.add("/day/time_zone", "is \"" + name + "\": expected " + known.error().message);
}

/// The first line of the file; a line break at its end is an editor's, not the password's.
Result<std::string> read_password(const std::string& path) {
    auto content = read_file(path, longest_password);
    if (!content) return content.error();
    std::string password = std::move(*content);
    if (password.ends_with('\n')) password.pop_back();
    if (password.ends_with('\r')) password.pop_back();
    if (password.empty() || password.find('\n') != std::string::npos) {
        return Error{Errc::invalid, "read " + path + ": expected the password in one line"};
    }
    return password;
}

/// A file that cannot be looked at is named by whoever reads it.
Result<void> kept_from_others(const std::string& path) {
    struct stat found {};
    if (::stat(path.c_str(), &found) != 0 || (found.st_mode & S_IRWXO) == 0) return {};
    return Error{Errc::invalid, "read " + path + ": every user of this machine can: chmod o= " + path};
}

/// Who has them has the shop's way out, so that the machine's other users must not.
Result<std::string> read_proxy_credentials(const std::string& path) {
    if (auto kept = kept_from_others(path); !kept) return kept.error();
    auto credentials = read_password(path);
    if (!credentials) return credentials.error();
    const auto colon = credentials->find(':');
    if (colon == 0 || colon == std::string::npos) {
        return Error{Errc::invalid, "read " + path + ": expected user:password in one line"};
    }
    return credentials;
}

/// Who has the key can try out which cashier is which, so the machine's other users must not.
Result<std::string> read_pseudonym_key(const std::string& path) {
    if (auto kept = kept_from_others(path); !kept) return kept.error();
    auto content = read_file(path, longest_key);
    if (!content) return content.error();
    std::string key = std::move(*content);
    if (key.ends_with('\n')) key.pop_back();
    if (key.ends_with('\r')) key.pop_back();
    if (key.size() < shortest_key) {
        return Error{Errc::invalid, "read " + path + ": has " + std::to_string(key.size()) + " bytes: expected " +
                                        std::to_string(shortest_key) +
                                        " at least, as `openssl rand -hex 32` makes them"};
    }
    return key;
}

}  // namespace

Result<void> check_files(const Configuration& configuration, const std::string& origin) {
    Problems problems(origin);
    check_folder("/journal/path", configuration.journal.path, problems);
    check_kind("/journal/path", configuration.journal.path, S_IFREG, "the path of a file", problems);
    check_folder("/device/key_file", configuration.device.key, problems);
    check_folder("/device/certificate_file", configuration.device.certificate, problems);
    check_readable("/export/central_certificate", configuration.central_certificate, problems);
    check_readable("/broker/password_file", configuration.password_file, problems);
    check_readable("/broker/proxy_credentials_file", configuration.proxy_credentials_file, problems);
    const MqttSettings& broker = configuration.broker;
    check_readable("/broker/ca_file", broker.ca_file, problems);
    check_readable_unless_made("/broker/certificate_file", broker.certificate_file, configuration.device, problems);
    check_readable_unless_made("/broker/key_file", broker.key_file, configuration.device, problems);
    check_readable("/privacy/key_file", configuration.privacy.key_file, problems);
    check_zone(configuration.time_zone, problems);
    if (configuration.feed) check_folder("/feed/socket", configuration.feed->socket_path, problems);
    if (configuration.feed) {
        check_kind("/feed/socket", configuration.feed->socket_path, S_IFSOCK, "the path of a Unix socket", problems);
    }
    if (configuration.feed) check_accounts(*configuration.feed, problems);
    check_folder("/control/socket", configuration.control_socket, problems);
    check_kind("/control/socket", configuration.control_socket, S_IFSOCK, "the path of a Unix socket", problems);
    if (!problems.empty()) return Error{Errc::invalid, problems.text()};
    return {};
}

Result<void> check_tls_files(const Configuration& configuration, const std::string& origin) {
    Problems problems(origin);
    check_authorities_of(configuration.broker, problems);
    check_pair(configuration.broker, configuration.device, problems);
    if (!problems.empty()) return Error{Errc::invalid, problems.text()};
    return {};
}

std::vector<std::string> left_to_defaults(const Configuration& configuration) {
    const bool named = !configuration.time_zone.empty();
    std::vector<std::string> lines{
        "local times (day/ends_at, feed/trading_hours, delivery/rates) are of " +
        (named ? configuration.time_zone : time_zone_in_use()) +
        (named ? ", as day/time_zone says"
               : ", this machine's time zone: name the store's in day/time_zone if it is another")};
    const std::string silence = configuration.feed ? silence_unwatched(configuration.day, {}) : "";
    if (!silence.empty()) lines.push_back(silence);
    const std::string people = configuration.feed ? people_as_sent(configuration.privacy) : "";
    if (!people.empty()) lines.push_back(people);
    return lines;
}

Result<Configuration> read_configuration(const std::string& path) {
    const auto text = read_file(path, largest_document);
    if (!text) return text.error();
    return parse_configuration(*text, path);
}

Result<Configuration> load_configuration(const std::string& path) {
    auto configuration = read_configuration(path);
    if (!configuration) return configuration;
    if (auto checked = check_files(*configuration, path); !checked) return checked.error();
    if (!configuration->password_file.empty()) {
        auto password = read_password(configuration->password_file);
        if (!password) return password.error().with_context(path + ": /broker/password_file");
        configuration->broker.password = std::move(*password);
    }
    if (!configuration->proxy_credentials_file.empty()) {
        auto credentials = read_proxy_credentials(configuration->proxy_credentials_file);
        if (!credentials) return credentials.error().with_context(path + ": /broker/proxy_credentials_file");
        configuration->broker.proxy_credentials = std::move(*credentials);
    }
    if (!configuration->privacy.key_file.empty()) {
        auto key = read_pseudonym_key(configuration->privacy.key_file);
        if (!key) return key.error().with_context(path + ": /privacy/key_file");
        configuration->privacy.key = std::move(*key);
    }
    return configuration;
}

}  // namespace tillpost
