// SPDX-License-Identifier: Apache-2.0
#include "agent/event/json_paths.hpp"

#include <algorithm>
#include <optional>

#include "agent/event/redaction/json_token.hpp"

namespace tillpost {
namespace {

constexpr std::size_t deepest = 64;
constexpr std::size_t no_path = JsonPaths::most;

/// RFC 6901: "~1" is "/", "~0" is "~".
std::string unescaped_step(std::string_view step) {
    std::string text;
    for (std::size_t at = 0; at < step.size(); ++at) {
        const bool escaped = step[at] == '~' && at + 1 < step.size();
        text += !escaped ? step[at] : step[++at] == '1' ? '/' : '~';
    }
    return text;
}

bool is_space(char c) { return byte_class(c) == ByteClass::space; }

}  // namespace

JsonPaths::JsonPaths(const std::vector<std::string>& pointers) {
    for (const std::string& pointer : pointers) {
        if (paths_.size() == most) return;
        Steps steps;
        for (std::size_t at = 0; at < pointer.size();) {
            const std::size_t end = std::min(pointer.find('/', at + 1), pointer.size());
            steps.push_back(unescaped_step(std::string_view(pointer).substr(at + 1, end - at - 1)));
            at = end;
        }
        paths_.push_back(std::move(steps));
    }
}

JsonPaths::Set JsonPaths::narrowed(Set set, std::size_t depth, std::string_view step, bool is_item) const {
    Set left = 0;
    for (std::size_t path = 0; path < paths_.size(); ++path) {
        if ((set >> path & 1) == 0 || paths_[path].size() <= depth) continue;
        const std::string& wanted = paths_[path][depth];
        if (wanted == step || (is_item && wanted == "*")) left |= Set{1} << path;
    }
    return left;
}

/// One way through a text, token by token.
class JsonPaths::Walk {
public:
    Walk(const JsonPaths& paths, std::string_view text) : paths_(paths), text_(text) {
        within_ = paths.paths_.empty() ? 0 : ~Set{0} >> (most - paths.paths_.size());
    }

    struct Token {
        std::size_t begin, end;
    };
    /// The next token; nullopt at the end. `found` is the place that ends with it, if one does.
    std::optional<Token> next(std::optional<Place>& found) {
        while (at_ < text_.size() && is_space(text_[at_])) ++at_;
        found.reset();
        if (at_ >= text_.size() || frames_.size() > deepest) return std::nullopt;
        const std::size_t begin = at_;
        switch (text_[at_]) {
            case '{':
            case '[': open(); break;
            case '}':
            case ']': close(found); break;
            case ',': separate(); break;
            case ':': ++at_; break;
            default: take_scalar(found);
        }
        return Token{begin, at_};
    }

private:
    /// A path that ends at the value that comes next.
    std::size_t path_here() const {
        for (std::size_t path = 0; path < paths_.paths_.size(); ++path) {
            if ((within_ >> path & 1) != 0 && paths_.paths_[path].size() == frames_.size()) return path;
        }
        return no_path;
    }
    void begin_item() {
        Frame& frame = frames_.back();
        within_ =
            frame.within == 0 ? 0 : paths_.narrowed(frame.within, frames_.size() - 1, std::to_string(frame.item), true);
        member_ = at_;
    }
    void open() {
        if (!frames_.empty() && frames_.back().is_array) begin_item();
        const bool is_array = text_[at_] == '[';
        const Place own{path_here(), frames_.empty() ? 0 : member_, at_, 0};
        frames_.push_back({is_array, within_, own});
        key_next_ = !is_array;
        ++at_;
    }
    void close(std::optional<Place>& found) {
        ++at_;
        if (frames_.empty()) return;
        Place own = frames_.back().own;
        frames_.pop_back();
        key_next_ = false;
        own.end = at_;
        if (own.path != no_path) found = own;
    }
    void separate() {
        ++at_;
        if (frames_.empty()) return;
        if (frames_.back().is_array) ++frames_.back().item;
        key_next_ = !frames_.back().is_array;
    }
    void take_scalar(std::optional<Place>& found) {
        const std::size_t begin = at_;
        const bool is_string = text_[at_] == '"';
        if (is_string) {
            at_ = std::min(scan_string(text_, at_ + 1).end + 1, text_.size());
        } else {
            while (at_ < text_.size() && !ends_atom(text_[at_])) ++at_;
        }
        if (frames_.empty()) return;
        if (key_next_) {
            Frame& frame = frames_.back();
            member_ = begin;
            key_next_ = false;
            within_ = frame.within;
            if (within_ == 0) return;
            const std::string_view content = text_.substr(begin + 1, at_ - begin - 2);
            within_ = paths_.narrowed(frame.within, frames_.size() - 1, decoded_string(content), false);
            return;
        }
        if (frames_.back().is_array) begin_item();
        const std::size_t start = frames_.back().is_array ? begin : member_;
        const std::size_t path = path_here();
        if (path != no_path) found = Place{path, start, begin, at_};
    }

    const JsonPaths& paths_;
    std::string_view text_;
    std::size_t at_ = 0;
    std::vector<Frame> frames_;
    Set within_ = 0;          ///< Paths that lead to the value that comes next.
    std::size_t member_ = 0;  ///< Where its member begins.
    bool key_next_ = false;
};

std::string JsonPaths::without(std::string_view text) const {
    // What ends is known at its end alone: where each kept token went says how much to take back.
    std::string out;
    std::vector<std::pair<std::size_t, std::size_t>> kept;  // offset in text, offset in out
    bool comma = false;
    Walk walk(*this, text);
    std::optional<Place> found;
    for (;;) {
        const auto token = walk.next(found);
        if (!token) return out;
        const char first = text[token->begin];
        if (first == ',') {
            comma = true;
            continue;
        }
        const bool closes = first == '}' || first == ']';
        const bool starts = out.empty() || out.back() == '{' || out.back() == '[';
        kept.emplace_back(token->begin, out.size());
        if (comma && !closes && !starts) out += ',';
        comma = false;
        out.append(text.substr(token->begin, token->end - token->begin));
        if (!found) continue;
        while (!kept.empty() && kept.back().first >= found->begin) {
            out.resize(kept.back().second);
            kept.pop_back();
        }
    }
}

std::vector<std::string_view> JsonPaths::values(std::string_view text) const {
    std::vector<std::string_view> found(paths_.size());
    Walk walk(*this, text);
    std::optional<Place> place;
    while (walk.next(place)) {
        if (place && found[place->path].empty())
            found[place->path] = text.substr(place->value, place->end - place->value);
    }
    return found;
}

}  // namespace tillpost
