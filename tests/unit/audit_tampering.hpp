// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "platform/signature.hpp"
#include "tests/unit/seal_fixture.hpp"

/// What somebody who has the file, and not the device's key, may do to it.
namespace tillpost::test {

struct StoredLine {
    Sequence sequence = 0;
    Line::Kind kind = Line::Kind::event;
    Digest digest{};
    Digest chain{};
    std::string reason, body;
};

/// The lines of one epoch, and the tools of a forger.
class Forgery {
public:
    Forgery(Epoch of, std::vector<StoredLine> all) : epoch(of), lines(std::move(all)) {}

    Epoch epoch;
    std::vector<StoredLine> lines;

    StoredLine& at(Sequence sequence);
    void change_body(Sequence sequence, bool digest_too);
    void remove(Sequence sequence);
    /// Numbers and chain anew, from this place in `lines` on; nobody without the key can do more.
    void make_fit(Sequence from);
    /// Signs every seal anew over the chain as it is now; `change` may alter it first.
    void sign_anew(const MessageSigner& signer, const std::function<void(Seal&)>& change = {});

private:
    Digest before(std::size_t index);
    Sha256 sha_;
};

struct Tampering {
    const char* name;
    std::function<void(Forgery&)> edit;
    Sequence named;     ///< The first event whose id the first fault must name …
    const char* words;  ///< … with these words
    bool cut = false;   ///< Only found by who knows how far it went.
};

/// On the history that AuditTest makes: 1 to 5 sales, 6 a seal, 7 to 10 three sales and a `quarantined` event (8 is
/// withheld), 11 a seal, 12 and 13 sales, 14 a till closing, 15 a seal, 16 a sale.
std::vector<Tampering> tamperings();

}  // namespace tillpost::test
