// SPDX-License-Identifier: Apache-2.0
#include "agent/journal/page_rows.hpp"

#include <algorithm>
#include <array>

#include "agent/journal/position.hpp"

namespace tillpost {
namespace {

constexpr std::size_t most_local = page_size - 35;
constexpr std::size_t least_local = (page_size - 12) * 32 / 255 - 23;
constexpr std::size_t overflow_bytes = page_size - 4;
constexpr std::size_t leaf_header = 8;
constexpr char table_leaf = 0x0d;
constexpr std::size_t largest_record = 64 << 20;  // more than any event may have

std::uint64_t big_endian(std::string_view bytes) {
    std::uint64_t value = 0;
    for (const char byte : bytes) value = value << 8 | static_cast<unsigned char>(byte);
    return value;
}

/// A varint at the text's beginning, which is taken off; nullopt when the text ends before.
std::optional<std::uint64_t> varint(std::string_view& text) {
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < 9 && i < text.size(); ++i) {
        const auto byte = static_cast<unsigned char>(text[i]);
        if (i == 8) value = value << 8 | byte;
        if (i < 8) value = value << 7 | (byte & 0x7fU);
        if (i < 8 && (byte & 0x80U) != 0) continue;
        text.remove_prefix(i + 1);
        return value;
    }
    return std::nullopt;
}

std::optional<PageCell> cell_at(std::string_view page, std::size_t offset) {
    std::string_view rest = page.substr(offset);
    const auto size = varint(rest);
    const auto rowid = size ? varint(rest) : std::nullopt;
    if (!rowid || *size > largest_record) return std::nullopt;
    PageCell cell;
    cell.rowid = static_cast<std::int64_t>(*rowid);
    cell.size = *size;
    cell.at = page.size() - rest.size();
    cell.local = cell.size;
    if (cell.size > most_local) {
        cell.local = least_local + (cell.size - least_local) % overflow_bytes;
        if (cell.local > most_local) cell.local = least_local;
    }
    const bool whole = cell.local == cell.size;
    if (rest.size() < cell.local + (whole ? 0 : 4)) return std::nullopt;
    if (!whole) cell.overflow = static_cast<std::uint32_t>(big_endian(rest.substr(cell.local, 4)));
    return cell;
}

/// The serial types of a record, and where its values begin.
template <std::size_t columns>
struct Shape {
    std::array<std::uint64_t, columns> types{};
    std::size_t values = 0;

    /// Bytes of a column's value.
    std::uint64_t size(std::size_t column) const {
        constexpr std::array<std::uint64_t, 12> fixed{0, 1, 2, 3, 4, 6, 8, 8, 0, 0, 0, 0};
        const std::uint64_t type = types[column];
        return type < fixed.size() ? fixed[type] : (type - 12) / 2;
    }
    bool is_integer(std::size_t column) const {
        const std::uint64_t type = types[column];
        return (type >= 1 && type <= 6) || type == 8 || type == 9;
    }
    bool is_null(std::size_t column) const { return types[column] == 0; }
    bool is_text(std::size_t column) const { return types[column] >= 13 && types[column] % 2 == 1; }
    bool is_blob(std::size_t column) const { return types[column] >= 12 && types[column] % 2 == 0; }
    bool is_blob(std::size_t column, std::uint64_t bytes) const { return types[column] == 12 + 2 * bytes; }
};

/// nullopt unless the record has exactly so many columns, or from `least` on, and their sizes make up the cell's.
template <std::size_t columns>
std::optional<Shape<columns>> shape_of(std::string_view local, std::size_t size, std::size_t least = columns) {
    Shape<columns> shape;
    std::string_view header = local;
    const auto length = varint(header);
    if (!length || *length > local.size()) return std::nullopt;
    shape.values = *length;
    const std::size_t taken = local.size() - header.size();
    if (taken > shape.values) return std::nullopt;
    header = header.substr(0, shape.values - taken);
    std::uint64_t sum = shape.values;
    for (std::size_t i = 0; i < columns; ++i) {
        if (header.empty() && i >= least) break;  // those that it does not have are NULL
        const auto type = varint(header);
        if (!type || *type > 2 * largest_record) return std::nullopt;
        shape.types[i] = *type;
        sum += shape.size(i);
    }
    if (!header.empty() || sum != size) return std::nullopt;
    return shape;
}

/// Values of a record in order.
template <std::size_t columns>
class Values {
public:
    Values(std::string_view record, const Shape<columns>& shape) : rest_(record.substr(shape.values)), shape_(shape) {}
    std::string_view bytes() {
        const std::string_view value = rest_.substr(0, shape_.size(column_++));
        rest_.remove_prefix(value.size());
        return value;
    }
    std::int64_t integer() {
        const std::uint64_t type = shape_.types[column_];
        const std::string_view value = bytes();
        if (type == 8 || type == 9) return type == 9 ? 1 : 0;
        const bool negative = !value.empty() && (static_cast<unsigned char>(value[0]) & 0x80U) != 0;
        const std::uint64_t sign = negative && value.size() < 8 ? ~std::uint64_t{0} << (8 * value.size()) : 0;
        return static_cast<std::int64_t>(sign | big_endian(value));
    }

private:
    std::string_view rest_;
    const Shape<columns>& shape_;
    std::size_t column_ = 0;
};

/// "" if a page of the chain is missing or the chain ends too early or too late.
std::string record_of(std::string_view page, const PageCell& cell, const ReadPage& read) {
    std::string record(page.substr(cell.at, cell.local));
    std::uint32_t next = cell.overflow;
    while (record.size() < cell.size) {
        const std::string more = next == 0 ? std::string() : read(next);
        if (more.size() != page_size) return {};
        next = static_cast<std::uint32_t>(big_endian(std::string_view(more).substr(0, 4)));
        record.append(more, 4, std::min(overflow_bytes, cell.size - record.size()));
    }
    return next == 0 ? record : std::string();
}

// position (NULL: it is the row's number), recorded, class, state, digest, chain, reason, body
std::optional<Shape<8>> event_shape(std::string_view page, const PageCell& cell) {
    auto shape = shape_of<8>(page.substr(cell.at, cell.local), cell.size);
    if (!shape || !shape->is_null(0) || !shape->is_integer(1) || !shape->is_integer(2) || !shape->is_integer(3) ||
        !shape->is_blob(4, sizeof(Digest)) || !shape->is_blob(5, sizeof(Digest)) || cell.rowid <= 0) {
        return std::nullopt;
    }
    return shape;
}

constexpr std::size_t record_columns = 16;  // of the table `quarantine`, …
constexpr std::size_t first_columns = 7;    // … and in its first format

// position (NULL), recorded, device, rule, field, bytes, about; type, amount, decision, decided, user, actor, became;
// told; digest
std::optional<Shape<record_columns>> record_shape(std::string_view page, const PageCell& cell) {
    auto shape = shape_of<record_columns>(page.substr(cell.at, cell.local), cell.size, first_columns);
    if (!shape || cell.rowid <= 0 || !shape->is_null(0) || !shape->is_integer(1) || !shape->is_blob(5))
        return std::nullopt;
    for (const std::size_t column : {2, 3, 4}) {
        if (!shape->is_text(column)) return std::nullopt;
    }
    for (const std::size_t column : {7, 8, 9, 12}) {
        if (!shape->is_null(column) && !shape->is_text(column)) return std::nullopt;
    }
    for (const std::size_t column : {6, 10, 11, 13, 14}) {
        if (!shape->is_null(column) && !shape->is_integer(column)) return std::nullopt;
    }
    if (!shape->is_null(15) && !shape->is_blob(15, sizeof(Digest))) return std::nullopt;
    return shape;
}

}  // namespace

std::vector<PageCell> cells_of(std::string_view page) {
    std::vector<PageCell> cells;
    if (page.size() != page_size || page[0] != table_leaf) return cells;
    const std::size_t count = big_endian(page.substr(3, 2));
    const std::size_t pointers_end = leaf_header + 2 * count;
    if (pointers_end > page_size) return cells;
    for (std::size_t i = 0; i < count; ++i) {
        const std::size_t offset = big_endian(page.substr(leaf_header + 2 * i, 2));
        if (offset < pointers_end || offset >= page_size) continue;
        if (const auto cell = cell_at(page, offset)) cells.push_back(*cell);
    }
    return cells;
}

std::optional<StoredRow> event_in(std::string_view page, const PageCell& cell, const ReadPage& read) {
    const auto shape = event_shape(page, cell);
    if (!shape) return std::nullopt;
    const std::string record = record_of(page, cell, read);
    if (record.empty()) return std::nullopt;
    Values<8> values(record, *shape);
    StoredRow row;
    row.sequence = sequence_at(cell.rowid);
    (void)values.bytes();
    row.recorded = values.integer();
    row.business_class = values.integer();
    const std::int64_t state = values.integer();
    row.state = static_cast<RowState>(state);
    row.digest = digest_from_bytes(values.bytes());
    (void)values.bytes();
    row.reason = values.bytes();
    row.body = values.bytes();
    const bool whole = shape->is_null(6) && shape->is_blob(7);  // whatever its state says: its digest proves it
    const bool given_up = row_state(state, false) && shape->is_text(6) && shape->is_null(7);
    if (row.sequence == 0 || (!whole && !given_up)) return std::nullopt;
    if (whole) row.state = RowState::whole;
    return row;
}

std::optional<SalvagedQuarantine::Row> quarantine_in(std::string_view page, const PageCell& cell,
                                                     const ReadPage& read) {
    const auto shape = record_shape(page, cell);
    if (!shape || sequence_at(cell.rowid) == 0) return std::nullopt;
    const std::string record = record_of(page, cell, read);
    if (record.empty()) return std::nullopt;
    Values<record_columns> values(record, *shape);
    SalvagedQuarantine::Row row;
    row.position = cell.rowid;
    (void)values.bytes();
    row.recorded = values.integer();
    for (std::string* text : {&row.device, &row.rule, &row.field, &row.bytes}) *text = values.bytes();
    const std::int64_t about = values.integer();
    if (!shape->is_null(6)) row.about = about;
    for (std::string* text : {&row.type, &row.amount, &row.decision}) *text = values.bytes();
    row.decided = values.integer();
    row.user = values.integer();
    row.actor = values.bytes();
    const std::int64_t became = values.integer();
    if (!shape->is_null(13)) row.became = became;
    (void)values.bytes();
    if (!shape->is_null(15)) row.digest = digest_from_bytes(values.bytes());
    if (!is_decision(row.decision) && !shape->is_null(9)) return std::nullopt;
    return row;
}

// What comes before them is short: both are in the row's first page.
std::optional<RowLink> link_in(std::string_view page, const PageCell& cell) {
    const auto shape = event_shape(page, cell);
    if (!shape) return std::nullopt;
    Values<8> values(page.substr(cell.at, cell.local), *shape);
    for (int before = 0; before < 4; ++before) (void)values.bytes();
    const std::string_view digest = values.bytes();
    const std::string_view chain = values.bytes();
    if (digest.size() != sizeof(Digest) || chain.size() != sizeof(Digest)) return std::nullopt;
    return RowLink{digest_from_bytes(digest), digest_from_bytes(chain)};
}

// ordinal, epoch, source, born, confirmed, pruned, pruned_chain, closed, top, moved, cause
std::optional<EpochSummary> epoch_in(std::string_view page, const PageCell& cell, std::string_view source) {
    const auto shape = shape_of<11>(page.substr(cell.at, cell.local), cell.size);
    if (!shape || cell.local != cell.size || !shape->is_null(0) || !shape->is_blob(1, sizeof(Epoch)) ||
        !shape->is_text(2) || !shape->is_integer(3) || !shape->is_integer(4) || !shape->is_integer(5) ||
        !shape->is_blob(6, sizeof(Digest)) || cell.rowid <= 0 || cell.rowid > std::int64_t{1} << (62 - sequence_bits)) {
        return std::nullopt;
    }
    Values<11> values(page.substr(cell.at, cell.local), *shape);
    EpochSummary epoch;
    epoch.ordinal = static_cast<std::uint32_t>(cell.rowid);
    (void)values.bytes();
    epoch.epoch = epoch_from_bytes(values.bytes());
    if (const std::string_view whose = values.bytes(); !source.empty() && whose != source) return std::nullopt;
    (void)values.bytes();
    epoch.confirmed = static_cast<Sequence>(values.integer());
    epoch.first = static_cast<Sequence>(values.integer()) + 1;
    epoch.before = digest_from_bytes(values.bytes());
    if (!shape->is_null(7)) epoch.confirmed = static_cast<Sequence>(values.integer());
    if (epoch.confirmed > last_sequence || epoch.first > last_sequence) return std::nullopt;
    return epoch;
}

}  // namespace tillpost
