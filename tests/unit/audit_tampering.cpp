// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/audit_tampering.hpp"

#include <utility>

namespace tillpost::test {
namespace {

constexpr std::string_view begin_of_data = ",\"data\":";

/// A thief's machine.
std::shared_ptr<const MessageSigner> other_signer() {
    static const TempDir dir;
    static const auto signer = make_signer(dir, "thief");
    return signer;
}

void put_seal(StoredLine& line, const Seal& seal, Sha256& sha) {
    line.body = line.body.substr(0, line.body.find(begin_of_data)) + std::string(begin_of_data) + encode(seal) + "}";
    line.digest = sha(line.body);
}

Seal seal_of(const StoredLine& line) {
    const std::size_t at = line.body.find(begin_of_data) + begin_of_data.size();
    return decode_seal(std::string_view(line.body).substr(at, line.body.size() - at - 1)).value();
}

}  // namespace

StoredLine& Forgery::at(Sequence sequence) {
    for (StoredLine& line : lines) {
        if (line.sequence == sequence) return line;
    }
    ADD_FAILURE() << sequence << " is not there";
    return lines.front();
}

void Forgery::change_body(Sequence sequence, bool digest_too) {
    StoredLine& line = at(sequence);
    const std::size_t salt = line.body.find("\"salt\":\"") + 8;
    line.body[salt] = line.body[salt] == '0' ? '1' : '0';
    if (digest_too) line.digest = sha_(line.body);
}

void Forgery::remove(Sequence sequence) {
    std::erase_if(lines, [sequence](const StoredLine& line) { return line.sequence == sequence; });
}

Digest Forgery::before(std::size_t index) {
    return index == 0 ? chain_start(sha_, source, epoch) : lines[index - 1].chain;
}

void Forgery::make_fit(Sequence from) {
    for (std::size_t i = 0; i < lines.size(); ++i) {
        lines[i].sequence = i + 1;
        if (i + 1 >= from) lines[i].chain = chain_next(sha_, before(i), epoch, i + 1, lines[i].digest);
    }
}

void Forgery::sign_anew(const MessageSigner& signer, const std::function<void(Seal&)>& change) {
    for (std::size_t i = 0; i < lines.size(); ++i) {
        StoredLine& line = lines[i];
        if (line.kind == Line::Kind::event && body_type(line.body) == "seal") {
            Seal seal = seal_of(line);
            seal.head = before(i);
            if (seal.first > 1) seal.before = before(seal.first - 1);
            if (change) change(seal);
            seal.certificate = signer.certificate();
            seal.signature = signer.sign(sealed_message(seal, source)).value();
            put_seal(line, seal, sha_);
        }
        line.chain = chain_next(sha_, before(i), epoch, line.sequence, line.digest);
    }
}

namespace {

/// Without a chain that fits.
std::vector<Tampering> plain() {
    return {{"a_byte_of_a_body", [](Forgery& f) { f.change_body(3, false); }, 3, ""},
            {"a_body_and_its_digest", [](Forgery& f) { f.change_body(3, true); }, 3, "does not follow"},
            {"a_chain_hash", [](Forgery& f) { f.at(3).chain[5] ^= 1U; }, 3, "does not follow"},
            {"the_first_removed", [](Forgery& f) { f.remove(1); }, 1, "missing"},
            {"a_middle_one_removed", [](Forgery& f) { f.remove(9); }, 9, "missing"},
            {"a_range_removed", [](Forgery& f) { f.remove(3), f.remove(4); }, 3, "missing"},
            {"the_last_removed", [](Forgery& f) { f.remove(16); }, 16, "missing", true},
            {"truncated_with_its_seals",
             [](Forgery& f) {
                 for (Sequence n = 12; n <= 16; ++n) f.remove(n);
             },
             12, "missing", true},
            {"truncated_before_what_tells_of_a_tombstone",
             [](Forgery& f) {
                 for (Sequence n = 10; n <= 16; ++n) f.remove(n);
             },
             8, "tells of it"},
            {"two_exchanged", [](Forgery& f) { std::swap(f.at(3).sequence, f.at(4).sequence); }, 3, ""},
            {"two_contents_exchanged",
             [](Forgery& f) {
                 std::swap(f.at(3).body, f.at(4).body);
                 std::swap(f.at(3).digest, f.at(4).digest);
             },
             3, "does not follow"},
            {"renumbered",
             [](Forgery& f) {
                 for (StoredLine& line : f.lines) ++line.sequence;
             },
             1, "missing"}};
}

/// With a chain that fits again only the signatures tell.
std::vector<Tampering> fitted() {
    return {{"changed_and_fitted", [](Forgery& f) { f.change_body(3, true), f.make_fit(3); }, 6, "another head"},
            {"changed_behind_a_seal_and_fitted", [](Forgery& f) { f.change_body(7, true), f.make_fit(7); }, 11,
             "another head"},
            {"removed_and_fitted", [](Forgery& f) { f.remove(3), f.make_fit(3); }, 5, "does not stand behind"},
            {"inserted_and_fitted",
             [](Forgery& f) {
                 f.lines.insert(f.lines.begin() + 3, f.at(2));
                 f.make_fit(3);
             },
             7, "does not stand behind"},
            {"exchanged_and_fitted", [](Forgery& f) { std::swap(f.at(3), f.at(4)), f.make_fit(1); }, 6, "another head"},
            {"a_seal_removed_and_fitted", [](Forgery& f) { f.remove(6), f.make_fit(6); }, 7, "tells of it"}};
}

/// Content that is said not to travel.
std::vector<Tampering> of_stones() {
    const auto lose = [](StoredLine& line) {
        line.kind = Line::Kind::lost;
        line.body.clear();
        line.digest = Digest{};
        line.reason = "damaged_on_disk";
    };
    const auto lose_from = [lose](Forgery& f, Sequence first) {
        for (Sequence n = first; n <= 16; ++n) lose(f.at(n));
    };
    const auto withhold = [](StoredLine& line, const char* reason) {
        line.kind = Line::Kind::withheld;
        line.body.clear();
        line.reason = reason;
    };
    const auto replace = [=](StoredLine& line) {
        withhold(line, "shed");
        line.digest[0] ^= 0x55U;
    };
    return {
        {"another_tombstone", [=](Forgery& f) { replace(f.at(8)); }, 8, "does not follow"},
        {"made_a_tombstone_with_another_digest", [=](Forgery& f) { replace(f.at(3)), f.make_fit(3); }, 3,
         "tells of it"},
        {"made_a_tombstone", [=](Forgery& f) { withhold(f.at(3), "shed"); }, 3, "no event that is here tells of it"},
        {"a_seal_made_a_tombstone", [=](Forgery& f) { withhold(f.at(11), "shed"); }, 11, "tells of it"},
        {"the_last_seal_made_a_tombstone", [=](Forgery& f) { withhold(f.at(15), "erased"); }, 15, "tells of it"},
        {"the_last_made_a_tombstone", [=](Forgery& f) { withhold(f.at(16), "shed"); }, 16, "tells of it"},
        {"a_tombstones_reason", [](Forgery& f) { f.at(8).reason = "shed"; }, 8, "tells of it"},
        {"the_event_that_tells_of_one", [=](Forgery& f) { withhold(f.at(10), "larger_than_packet"); }, 8,
         "tells of it"},
        {"made_lost", [=](Forgery& f) { lose(f.at(3)); }, 3, "no seal vouches"},
        {"the_last_made_lost", [=](Forgery& f) { lose(f.at(16)); }, 16, "no event that is here tells of it"},
        {"the_end_made_lost_with_its_seals", [=](Forgery& f) { lose_from(f, 12); }, 12,
         "no event that is here tells of it"},
        {"all_behind_a_seal_made_lost", [=](Forgery& f) { lose_from(f, 7); }, 7, "no event that is here tells of it"},
        {"all_made_lost", [=](Forgery& f) { lose_from(f, 1); }, 1, "no event that is here tells of it"},
        {"lost_as_if_one_were_damaged",
         [=](Forgery& f) { lose(f.at(12)), lose(f.at(13)), withhold(f.at(14), "damaged_on_disk"); }, 12,
         "no seal vouches"},
        {"made_lost_to_hide_a_change",
         [=](Forgery& f) {
             const Digest chain = f.at(3).chain;
             f.change_body(2, true);
             f.make_fit(2);
             lose(f.at(3));
             f.at(3).chain = chain;
             f.make_fit(4);
         },
         3, "no seal vouches"}};
}

std::vector<Tampering> of_seals() {
    return {
        {"a_seals_signature",
         [](Forgery& f) {
             std::string& body = f.at(6).body;
             const std::size_t end = body.find("\"signature\":\"") + 30;
             body[end] = body[end] == 'A' ? 'B' : 'A';
             f.at(6).digest = Sha256()(body);
             f.make_fit(6);
         },
         6, "bad"},
        {"a_seals_head",
         [](Forgery& f) {
             f.at(6).body.replace(f.at(6).body.find("\"head\":\"") + 8, 4, "0000"),
                 f.at(6).digest = Sha256()(f.at(6).body), f.make_fit(6);
         },
         6, "signature does not hold"},
        {"all_signed_by_another_key",
         [](Forgery& f) { f.change_body(3, true), f.make_fit(3), f.sign_anew(*other_signer()); }, 6, "another key"}};
}

}  // namespace

std::vector<Tampering> tamperings() {
    std::vector<Tampering> all = plain();
    for (const auto& more : {fitted(), of_stones(), of_seals()}) all.insert(all.end(), more.begin(), more.end());
    return all;
}

}  // namespace tillpost::test
