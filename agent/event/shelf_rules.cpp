// SPDX-License-Identifier: Apache-2.0
#include "agent/event/common_rules.hpp"
#include "agent/event/rules.hpp"

/// Goods that stay where they are: counted, corrected, priced anew.
namespace tillpost {
namespace {

using Article = ObjectRules::Article;

constexpr std::array<std::string_view, 3> count_kind_words{"cycle", "full", "spot"};
constexpr Choice count_kinds{"kind", count_kind_words};
constexpr std::array count_fields{
    FieldRule{Name::kind, Shape::choice, true, &count_kinds},
    FieldRule{Name::status, Shape::text, true},
    FieldRule{Name::lines, Shape::array, true},
    FieldRule{Name::location, Shape::text},
};
constexpr auto count_root_fields = joined(count_fields, common_fields);
constexpr ObjectRules count_root_rules(count_root_fields);
constexpr std::array counted_fields{
    FieldRule{Name::line, Shape::number_or_text, true},
    FieldRule{Name::counted, Shape::size, true},
    FieldRule{Name::unit, Shape::text, true},
    FieldRule{Name::expected, Shape::decimal},
    FieldRule{Name::location, Shape::text},
};
constexpr auto counted_line_fields = joined(counted_fields, article_fields);
constexpr ObjectRules counted_line_rules(counted_line_fields, Article::needed);
constexpr RecordRules count_rules{
    {Role::root, &count_root_rules}, {Role::origin, &origin_rules}, {Role::line, &counted_line_rules}};

constexpr std::array adjustment_fields{
    FieldRule{Name::reason, Shape::text, true},
    FieldRule{Name::lines, Shape::array, true},
    FieldRule{Name::location, Shape::text},
    FieldRule{Name::currency, Shape::currency},
};
constexpr auto adjustment_root_fields = joined(adjustment_fields, common_fields);
constexpr ObjectRules adjustment_root_rules(adjustment_root_fields);
constexpr std::array adjusted_fields{
    FieldRule{Name::line, Shape::number_or_text, true},
    FieldRule{Name::delta, Shape::decimal, true},
    FieldRule{Name::unit, Shape::text, true},
    FieldRule{Name::reason, Shape::text},
    FieldRule{Name::amount, Shape::decimal},
};
constexpr auto adjusted_line_fields = joined(adjusted_fields, article_fields);
constexpr ObjectRules adjusted_line_rules(adjusted_line_fields, Article::needed);
constexpr RecordRules adjustment_rules{
    {Role::root, &adjustment_root_rules}, {Role::origin, &origin_rules}, {Role::line, &adjusted_line_rules}};

constexpr std::array<std::string_view, 4> price_kind_words{"temporary", "permanent", "override", "expiry"};
constexpr Choice price_kinds{"kind", price_kind_words};
constexpr std::array price_fields{
    FieldRule{Name::kind, Shape::choice, true, &price_kinds},
    FieldRule{Name::currency, Shape::currency, true},
    FieldRule{Name::lines, Shape::array, true},
    FieldRule{Name::effective_from, Shape::day_or_time},
    FieldRule{Name::effective_to, Shape::day_or_time},
};
constexpr auto price_root_fields = joined(price_fields, common_fields);
constexpr ObjectRules price_root_rules(price_root_fields);
/// Goods are not marked down without a reason.
constexpr std::array markdown_fields{FieldRule{Name::reason, Shape::text, true}};
constexpr auto markdown_root_fields = joined(markdown_fields, price_root_fields);
constexpr ObjectRules markdown_root_rules(markdown_root_fields);
constexpr std::array priced_fields{
    FieldRule{Name::line, Shape::number_or_text, true},
    FieldRule{Name::old_price, Shape::size, true},
    FieldRule{Name::new_price, Shape::size, true},
    FieldRule{Name::quantity, Shape::size},
    FieldRule{Name::unit, Shape::text},
    FieldRule{Name::labels, Shape::count},
};
constexpr auto priced_line_fields = joined(priced_fields, article_fields);
constexpr ObjectRules priced_line_rules(priced_line_fields, Article::needed);
constexpr RecordRules price_rules{
    {Role::root, &price_root_rules}, {Role::origin, &origin_rules}, {Role::line, &priced_line_rules}};
constexpr RecordRules markdown_rules{
    {Role::root, &markdown_root_rules}, {Role::origin, &origin_rules}, {Role::line, &priced_line_rules}};

}  // namespace

void mark_stock_count(const Record& record, Quality& quality) { count_rules.check(record, quality); }
void mark_adjustment(const Record& record, Quality& quality) { adjustment_rules.check(record, quality); }
void mark_markdown(const Record& record, Quality& quality) { markdown_rules.check(record, quality); }
void mark_price_change(const Record& record, Quality& quality) { price_rules.check(record, quality); }

}  // namespace tillpost
