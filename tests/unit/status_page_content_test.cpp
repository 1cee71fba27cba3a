// SPDX-License-Identifier: Apache-2.0
// What the local page says, in words, metrics and JSON.
#include "agent/status/page_content.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "agent/status/day_html.hpp"
#include "agent/status/findings.hpp"
#include "agent/status/metrics.hpp"
#include "agent/status/status_html.hpp"
#include "agent/status/status_json.hpp"
#include "agent/status/waiting_since.hpp"

namespace tillpost::test {
namespace {

constexpr const char* day_answer =
    R"({"day":{"business_date":"2026-11-23","left_out":0,"tills":[
    {"till":"T01","business_date":"2026-11-23","revision":2,"cause":"late","complete":false,
     "reasons":["missing_numbers","differs","brand_new_reason"],"first_number":"1","last_number":"9",
     "series":[{"first":"1","last":"9","seen":5,"missing":3},
               {"first":"9998","last":"3","turns_after":"9999","goes_on_at":"1","seen":5,"missing":0}],
     "certified":{"cause":"late","time":"2026-11-23T20:00:00.000Z"},
     "numbers":{"series":2,"seen":5,"missing":3,"named_missing":1,"discarded":1,"unplaced":0,"repeated":0},
     "missing":[{"from":"2","to":"2","count":1,"named":true},{"from":"5","to":"7","count":3},
      {"from":"8","to":"8","count":1,"discarded":true}],
     "counts":{"events":8,"late":2,"quarantined":1,"released":1,"discarded":2},
     "sums":[{"currency":"EUR","totals":{"gross":"1234.50"},"tenders":[{"type":"cash","amount":"34.50","count":3}]}],
     "closings":1,"differences":[{"of":"expected/cash","currency":"EUR","closing":"30.00","captured":"34.50",
                                  "difference":"-4.50"}],
     "down":[{"from":"2026-11-23T10:00:00Z","to":"2026-11-23T10:05:00Z"}]},
    {"till":"T02","business_date":"2026-11-23","revision":0,"complete":true,"reasons":[],
     "numbers":{"seen":0,"missing":0},"closings":1,"closings_fit":"captured","differences":[],
     "sums":[{"currency":"EUR","totals":{"gross":"1.99"},"voided":{"amount":"1.99","count":1}}],
     "corrected_sums":[{"currency":"EUR","totals":{"gross":"2.49"},
                        "tenders":[{"type":"voucher","amount":"2.49","count":1}]}],
     "unapplied":[{"event":"e-1","corrects":"<e-0>"}]}]}})";

Status well() {
    Status status;
    status.source = "urn:tillpost:acme:0042:till-1";
    status.version = "0.1.0";
    status.started = "2026-11-23T10:15:30.123Z";
    status.now = "2026-11-23T12:15:30.123Z";
    status.captured = status.confirmed = 1234;
    status.sealing = status.storage = "ok";
    status.journal_bytes = 5'000'000;
    status.acknowledge_p50_ms = 1.25;
    status.connected = true;
    status.broker = "ssl://mqtt.example.com:8883";
    status.broker_detail = "connected since 2026-11-23T10:15:31.000Z";
    status.delivery = "idle";
    status.last_receipt = "2026-11-23T12:15:20.000Z";
    status.devices = {{"feed", true, "listening", 12}};
    return status;
}

class PageContentTest : public ::testing::Test {
protected:
    std::string ask(const std::string& line, const std::string& more = "Host: localhost\r\n") {
        const PageSources sources{[this] { return status; },
                                  [this](const std::string& date, const std::string& till) {
                                      asked = date + "|" + till;
                                      return std::string(day_answer);
                                  }};
        return page_answer(parse_http_head(line + " HTTP/1.1\r\n" + more + "\r\n"), sources);
    }
    static std::string body(const std::string& answer) { return answer.substr(answer.find("\r\n\r\n") + 4); }

    Status status = well();
    std::string asked;
};

bool has(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

std::string replaced(std::string text, const std::string& from, const std::string& to) {
    for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size()) {
        text.replace(at, from.size(), to);
    }
    return text;
}

TEST_F(PageContentTest, GivesTheSameJsonAsTheCommands) {
    EXPECT_EQ(body(ask("GET /api/status")), status_json(status) + "\n");
    EXPECT_EQ(body(ask("GET /api/day?date=2026-11-22&till=T9")), std::string(day_answer) + "\n");
    EXPECT_EQ(asked, "2026-11-22|T9");
}

TEST_F(PageContentTest, EveryAnswerForbidsWhatThePageDoesNotNeed) {
    for (const char* line : {"GET /", "GET /page.css", "GET /page.js", "GET /api/status", "GET /api/day",
                             "GET /metrics", "GET /healthz", "HEAD /", "POST /", "GET /nothing", "BAD"}) {
        const std::string answer = ask(line);
        EXPECT_TRUE(has(answer, "\r\nContent-Security-Policy: default-src 'none'; ")) << line;
        EXPECT_FALSE(has(answer, "unsafe")) << line;
        EXPECT_TRUE(has(answer, "\r\nX-Content-Type-Options: nosniff\r\n")) << line;
        EXPECT_TRUE(has(answer, "\r\nCache-Control: no-store\r\n")) << line;
        EXPECT_TRUE(has(answer, "\r\nConnection: close\r\n")) << line;
        EXPECT_FALSE(has(answer, "Access-Control-Allow")) << line;
        const std::string length = std::to_string(body(answer).size());
        if (!answer.empty() && std::string(line).rfind("HEAD", 0) != 0) {
            EXPECT_TRUE(has(answer, "\r\nContent-Length: " + length + "\r\n")) << line;
        }
    }
}

TEST_F(PageContentTest, HeadGivesTheHeadOfGetAlone) {
    for (const char* target : {"/", "/page.css", "/api/status", "/api/day", "/healthz", "/nothing"}) {
        const std::string whole = ask(std::string("GET ") + target);
        const std::string head = ask(std::string("HEAD ") + target);
        EXPECT_EQ(head, whole.substr(0, whole.find("\r\n\r\n") + 4)) << target;
    }
}

TEST_F(PageContentTest, RefusesWithAStatusAndASentence) {
    EXPECT_TRUE(ask("GET /", "Host: evil.example\r\n").starts_with("HTTP/1.1 403 Forbidden\r\n"));
    EXPECT_TRUE(ask("GET /x").starts_with("HTTP/1.1 404 Not Found\r\n"));
    EXPECT_TRUE(ask("POST /").starts_with("HTTP/1.1 405 Method Not Allowed\r\n"));
    EXPECT_TRUE(has(ask("POST /"), "\r\nAllow: GET, HEAD\r\n"));
    EXPECT_TRUE(ask("GET /?date=x").starts_with("HTTP/1.1 400 Bad Request\r\n"));
    EXPECT_TRUE(ask("GET /" + std::string(9000, 'x')).starts_with("HTTP/1.1 431 "));
    EXPECT_EQ(body(ask("GET /x", "Host: evil.example\r\n")),
              "this page is for this machine alone: ask for http://localhost or http://127.0.0.1\n");
}

TEST_F(PageContentTest, IsHealthyWhileEventsAreTaken) {
    EXPECT_TRUE(ask("GET /healthz").starts_with("HTTP/1.1 200 OK\r\n"));
    status.connected = false;
    status.quarantined = 3;
    EXPECT_TRUE(ask("GET /healthz").starts_with("HTTP/1.1 200 OK\r\n"));
    status.storage = "full";
    const std::string answer = ask("GET /healthz");
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 503 Service Unavailable\r\n"));
    EXPECT_EQ(body(answer), "no events are taken: full\n");
}

TEST_F(PageContentTest, FillsEveryPlaceOfThePage) {
    const std::string page = body(ask("GET /?date=2026-11-23"));
    EXPECT_EQ(asked, "2026-11-23|");
    EXPECT_FALSE(has(page, "{{")) << page.substr(page.find("{{"), 40);
    EXPECT_FALSE(has(page, "}}"));
    EXPECT_TRUE(has(page, "<title>All safe – Tillpost till-1, store 0042, acme</title>")) << page;
    EXPECT_TRUE(has(page, "<h2>Everything is safe, and central has it</h2>"));
    EXPECT_TRUE(has(page, "value=\"2026-11-23\""));
    EXPECT_TRUE(has(page, "href=\"/?date=2026-11-22\">Day before</a>"));
    EXPECT_TRUE(has(page, "href=\"/?date=2026-11-24\">Day after</a>"));
    EXPECT_TRUE(has(page, "1 of 2 tills complete."));
    EXPECT_FALSE(has(page, "style=")) << "the policy forbids it";
    EXPECT_FALSE(has(page, "onclick"));
    EXPECT_FALSE(has(page, "http://")) << "nothing comes from elsewhere";
}

TEST_F(PageContentTest, NothingThatOthersSayBecomesMarkup) {
    const std::string evil = "</p><script>alert(1)</script>\"'&\x1b";
    for (std::string* text :
         {&status.source, &status.version, &status.started, &status.now, &status.storage, &status.sealing,
          &status.broker, &status.broker_detail, &status.last_receipt, &status.receipt_alarm, &status.receipt_alarm_at,
          &status.waiting_since, &status.devices[0].name, &status.devices[0].detail}) {
        *text = evil;
    }
    status.waiting = 1;
    status.devices[0].up = false;
    const std::string page = body(ask("GET /"));
    EXPECT_FALSE(has(page, "<script>"));
    EXPECT_FALSE(has(page, "\"'&\x1b"));
    EXPECT_FALSE(has(page, "\x1b"));
    EXPECT_TRUE(has(page, "&lt;/p&gt;&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#39;&amp;\\x1b"));
    std::string answer(day_answer);
    for (const char* text : {"T01", "2", "7", "1", "9", "EUR", "cash", "1234.50", "34.50", "-4.50", "expected/cash",
                             "brand_new_reason", "2026-11-23", "2026-11-23T10:00:00Z"}) {
        answer = replaced(answer, "\"" + std::string(text) + "\"", "\"<img src=x onerror=y>\"");
    }
    const DayView view = day_view(answer);
    EXPECT_FALSE(has(view.html, "<img")) << view.html;
    EXPECT_TRUE(has(view.html, "&lt;img src=x onerror=y&gt;"));
}

TEST(DayViewTest, SaysWhatIsMissingAndWhatDiffers) {
    const DayView view = day_view(day_answer);
    EXPECT_EQ(view.date, "2026-11-23");
    for (const char* part :
         {"numbers are missing, the closing says other sums, brand_new_reason", "<b>2</b> (the POS misses it, too)",
          "<b>5 to 7</b>", "<b>8</b> (discarded by a person)",
          "1 to 9; 9998 to 9999, 1 to 3: 5 are here, 3 missing, 1 discarded by a person",
          "revision 2, after late events or decisions, ",
          "8, 2 late; 1 record of the day in quarantine; 1 released by a person; 2 discarded by a person",
          "1234.50 EUR", "cash expected in the drawer, EUR<", "<b>-4.50</b>", "Tillpost was down",
          "<details id=\"till-T01\" open>", "<details id=\"till-T02\"><summary>",
          "none yet; these are the figures so far", "agrees with what was captured, before it was corrected",
          "1.99 EUR, corrected to 2.49 EUR", "Tenders, as they were corrected", "1.99 EUR (1)", "e-1 of &lt;e-0&gt;"}) {
        EXPECT_TRUE(has(view.html, part)) << part << "\n" << view.html;
    }
}

TEST(DayViewTest, TakesAnythingForAnAnswer) {
    for (const char* answer : {"", "[]", "{}", "{\"day\":7}", "{\"day\":{\"tills\":7}}", "{\"error\":\"x\"}"}) {
        EXPECT_TRUE(has(day_view(answer).html, "cannot be told")) << answer;
    }
    EXPECT_TRUE(has(day_view(R"({"day":{"tills":[]}})").html, "Nothing is known of this day"));
    EXPECT_TRUE(
        has(day_view(R"({"day":{"tills":[7,{},{"sums":7,"missing":{"a":1},"reasons":"x"}]}})").html, "details"));
    EXPECT_TRUE(has(day_view(R"({"day":{"left_out":3,"tills":[{"complete":true}]}})").html, "1 of 4 tills complete"));
}

TEST(DayViewTest, NamesStoresAndWhatIsInNoDay) {
    const DayView view = day_view(
        R"({"day":{"business_date":"2026-11-23","tills":[{"till":"T01","store":"99","closings":1,"differences":[)"
        R"({"of":"count/tender/cash","closing":"7","captured":"2","difference":"5"}]}],"beyond_events":12,"beyond":[)"
        R"({"till":"<Z>","business_date":"2062-01-01","events":11,"why":"unbelievable_date"}]}})");
    for (const char* const part :
         {"Till T01 of store 99", "id=\"till-99-T01\"", "number of payments: cash", "12 events are in no business day",
          "Till &lt;Z&gt;, 2062-01-01: 11 events, nobody can believe the date"}) {
        EXPECT_TRUE(has(view.html, part)) << part << "\n" << view.html;
    }
}

TEST(DayBesideTest, CountsOverMonthsAndLeapDays) {
    EXPECT_EQ(day_beside("2026-11-23", -1), "2026-11-22");
    EXPECT_EQ(day_beside("2026-12-31", 1), "2027-01-01");
    EXPECT_EQ(day_beside("2028-02-28", 1), "2028-02-29");
    for (const char* none : {"", "today", "2026-02-30"}) EXPECT_EQ(day_beside(none, 1), "");
}

struct Found {
    const char* name;
    void (*change)(Status&);
    Notice::Level level;
    const char* what;
    const char* title;
};

class FindingsTest : public ::testing::TestWithParam<Found> {};

TEST_P(FindingsTest, SayWhatIsWrongAndWhatToDo) {
    Status status = well();
    GetParam().change(status);
    const std::vector<Notice> found = findings(status);
    ASSERT_EQ(found.size(), 1u);
    EXPECT_EQ(found[0].level, GetParam().level);
    EXPECT_TRUE(has(found[0].what, GetParam().what)) << found[0].what;
    EXPECT_FALSE(found[0].to_do.empty());
    const bool of_quarantine = has(found[0].what, "quarantine full") || has(found[0].what, "in quarantine");
    EXPECT_EQ(has(found[0].to_do, "tillpost quarantine list") && !has(found[0].what, "wait for"), of_quarantine);
    EXPECT_EQ(status_title(status), GetParam().title);
}

using Level = Notice::Level;
INSTANTIATE_TEST_SUITE_P(
    One, FindingsTest,
    ::testing::Values(
        Found{"full", [](Status& s) { s.storage = "full"; }, Level::alarm, "recorded: full", "NOT RECORDING"},
        Found{"limit", [](Status& s) { s.storage = "full: the journal has"; }, Level::alarm,
              "recorded: full: the journal", "NOT RECORDING"},
        Found{"near_the_limit", [](Status& s) { s.storage = "nearly full: the"; }, Level::attention,
              "Not everything is being recorded: nearly", "1 thing to look at"},
        Found{
            "full_of_quarantine",
            [](Status& s) { s.storage = "full: the journal has reached it, most of it with what waits in quarantine"; },
            Level::alarm, "most of it with what waits in quarantine", "NOT RECORDING"},
        Found{"quarantine_full", [](Status& s) { s.storage = "quarantine full: it has a quarter"; }, Level::attention,
              "Not everything is being recorded: quarantine full", "1 thing to look at"},
        Found{"disk_full", [](Status& s) { s.storage = "disk full: scans are given up"; }, Level::attention,
              "Not everything is being recorded: disk full: scans", "1 thing to look at"},
        Found{"hangs", [](Status& s) { s.storage = "the disk does not answer"; }, Level::alarm, "not answer",
              "NOT RECORDING"},
        Found{"lost", [](Status& s) { s.lost = 1; }, Level::attention, "1 event was damaged", "1 thing to look at"},
        Found{"shed", [](Status& s) { s.shed = 2000; }, Level::attention, "2,000 scans and", "1 thing to look at"},
        Found{"seals", [](Status& s) { s.sealing = "no key"; }, Level::attention, "signed: no key",
              "1 thing to look at"},
        Found{"keys", [](Status& s) { s.keys = "chmod it"; }, Level::attention, "A private key needs",
              "1 thing to look at"},
        Found{"quarantine", [](Status& s) { s.quarantined = 2; }, Level::attention, "2 records wait",
              "1 thing to look at"},
        Found{"dates",
              [](Status& s) {
                  s.days_unbelieved = 11;
                  s.days_unbelieved_which = "till Z on 2062-01-01 and others";
              },
              Level::attention, "11 events are in no business day, because nobody can believe the date: till Z on 2062",
              "1 thing to look at"},
        Found{"tills",
              [](Status& s) {
                  s.days_crowded_out = 1;
                  s.days_crowded_out_which = "till u1 on 2026-11-23";
              },
              Level::attention, "1 event is in no business day, because there are more days than fit: till u1",
              "1 thing to look at"},
        Found{"device", [](Status& s) { s.devices[0].up = false; }, Level::attention, "feed does not work: listening",
              "1 thing to look at"},
        Found{"cards", [](Status& s) { s.devices[0].redacted = 1; }, Level::attention, "card data, in 1 record",
              "1 thing to look at"},
        Found{"offline", [](Status& s) { s.connected = false; }, Level::waits, "no line to central",
              "All safe, waiting for central"},
        Found{"receipts",
              [](Status& s) {
                  s.receipt_alarm = "another receiver answers";
                  s.receipt_alarm_at = "2026-11-23T10:15:30.000Z";
              },
              Level::attention,
              "A receipt of 2026-11-23T10:15:30.000Z is not what it should be: another receiver answers.",
              "1 thing to look at"},
        Found{"silent_central", [](Status& s) { s.delivery = "probing"; }, Level::waits, "does not confirm",
              "All safe, waiting for central"}),
    [](const auto& which) { return which.param.name; });

TEST(StatusHtmlTest, SaysHowManyWaitAndSinceWhen) {
    Status status = well();
    EXPECT_TRUE(has(banner_html(status), "Everything is safe, and central has it"));
    EXPECT_TRUE(has(status_html(status), "<dt>Waiting for central</dt><dd>nothing</dd>"));
    status.waiting = 1200;
    status.waiting_since = "2026-11-23T10:10:30.000Z";
    status.connected = false;
    EXPECT_TRUE(has(banner_html(status), "<h2>Everything is safe</h2>"));
    const std::string html = status_html(status);
    EXPECT_TRUE(has(html, "1,200 events, since <time datetime=\"2026-11-23T10:10:30.000Z\">")) << html;
    EXPECT_TRUE(has(html, "(2 h 5 min)")) << html;
    EXPECT_TRUE(has(html, "<b>down</b>, ssl://mqtt.example.com:8883")) << html;
}

TEST(PlaceNameTest, IsTheSourceInWords) {
    Status status;
    for (const auto& [source, name] : {std::pair("urn:tillpost:acme:0042:till-1", "till-1, store 0042, acme"),
                                       std::pair("urn:tillpost:acme:0042", "urn:tillpost:acme:0042"),
                                       std::pair("urn:tillpost:", "urn:tillpost:"), std::pair("", "")}) {
        status.source = source;
        EXPECT_EQ(place_name(status), name);
    }
}

TEST(MetricsTest, AreInPrometheusTextFormat) {
    Status status = well();
    status.waiting_since = "";
    status.receipt_alarm = "another receiver answers";
    status.devices.push_back({"scan\"ner\\1\n", false, "", 3});
    status.devices.back().turned_away["too_many_connections"] = 7;
    status.refusal = "0x87 not authorized";
    status.refusal_since = status.started;
    const std::string text = metrics_text(status);
    EXPECT_TRUE(has(text,
                    "# HELP tillpost_events_captured_total Last sequence of the live epoch.\n"
                    "# TYPE tillpost_events_captured_total counter\ntillpost_events_captured_total 1234\n"))
        << text;
    EXPECT_TRUE(has(text, "\ntillpost_receipt_alarm 1\n")) << text;
    EXPECT_TRUE(has(text, "\ntillpost_build_info{version=\"0.1.0\"} 1\n")) << text;
    EXPECT_TRUE(has(text, "\ntillpost_start_time_seconds 1795428930\n")) << text;
    EXPECT_TRUE(has(text, "\ntillpost_acknowledge_seconds{quantile=\"0.5\"} 0.001250\n")) << text;
    EXPECT_TRUE(has(text, "\ntillpost_device_up{device=\"scan\\\"ner\\\\1\\\\n\"} 0\n")) << text;
    EXPECT_TRUE(has(text, "_turned_away_total{device=\"scan\\\"ner\\\\1\\\\n\",reason=\"too_many_connections\"} 7\n"))
        << text;
    EXPECT_TRUE(has(text, "\ntillpost_broker_refuses 1\n")) << text;
    EXPECT_TRUE(has(text, "\ntillpost_broker_refusal{reason=\"0x87 not authorized\"} 1\n")) << text;
    EXPECT_TRUE(has(text, "\ntillpost_broker_refuses_since_seconds 1795428930\n")) << text;
    EXPECT_FALSE(has(text, "tillpost_waiting_since_seconds")) << "nothing waits";
    EXPECT_EQ(text.back(), '\n');
}

// The format's rules (text format 0.0.4) that a scraper depends on, over everything that is written.
TEST(MetricsTest, NameEachMetricOnceBeforeItsSamples) {
    Status status = well();
    status.waiting_since = status.started;
    const std::string text = metrics_text(status);
    std::string name;
    std::vector<std::string> names;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t end = text.find('\n', at);
        const std::string line = text.substr(at, end - at);
        at = end + 1;
        if (line.starts_with("# HELP ")) {
            name = line.substr(7, line.find(' ', 7) - 7);
            EXPECT_EQ(std::count(names.begin(), names.end(), name), 0) << name;
            names.push_back(name);
        } else if (line.starts_with("# TYPE ")) {
            EXPECT_TRUE(line == "# TYPE " + name + " gauge" || line == "# TYPE " + name + " counter") << line;
            EXPECT_EQ(line.ends_with("counter"), name.ends_with("_total")) << line;
        } else {
            EXPECT_TRUE(line.starts_with(name + " ") || line.starts_with(name + "{")) << line;
            EXPECT_NE(line.find_last_of("0123456789"), std::string::npos) << line;
        }
    }
    EXPECT_EQ(names.size(), 27u);
}

TEST(WaitingSinceTest, KnowsTheOldestOfWhatWaits) {
    const WallTime t{Millis(1'000'000)};
    WaitingSince waiting;
    EXPECT_FALSE(waiting.since());
    waiting.note(1, 0, t);
    waiting.note(5, 0, t + Millis(10));
    waiting.note(5, 0, t + Millis(20));
    EXPECT_EQ(*waiting.since(), t);
    waiting.note(5, 1, t + Millis(30));
    EXPECT_EQ(*waiting.since(), t + Millis(10));
    waiting.note(5, 5, t + Millis(40));
    EXPECT_FALSE(waiting.since());
    waiting.note(6, 5, t + Millis(50));
    EXPECT_EQ(*waiting.since(), t + Millis(50));
    waiting.began(t - Millis(99));
    waiting.began(t + Millis(99));
    EXPECT_EQ(*waiting.since(), t - Millis(99)) << "of a backlog from before the start; never a later time";
    waiting.note(2, 0, t + Millis(60));
    EXPECT_EQ(*waiting.since(), t + Millis(60)) << "another epoch";
}

TEST(WaitingSinceTest, StaysSmallAndIsNeverLaterThanTheTruth) {
    const WallTime t{Millis(1'000'000)};
    WaitingSince waiting;
    constexpr std::uint64_t all = 100'000;  // sequence n at t + n
    for (std::uint64_t n = 1; n <= all; ++n) waiting.note(n, 0, t + Millis(n));
    for (std::uint64_t confirmed = 0; confirmed < all; confirmed += 777) {
        waiting.note(all, confirmed, t + Millis(all));
        const auto said = (*waiting.since() - t).count();
        const auto truth = static_cast<std::int64_t>(confirmed + 1);
        EXPECT_LE(said, truth);
        EXPECT_GE(said, truth - static_cast<std::int64_t>(all / 16)) << confirmed;
    }
    waiting.note(all, all, t);
    EXPECT_FALSE(waiting.since());
}

}  // namespace
}  // namespace tillpost::test
