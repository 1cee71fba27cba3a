#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Rejects the coroutine forms that g++ 12 miscompiles, without a warning, into double frees.

R1  co_await is a whole statement or the whole right-hand side of = (or of co_return), one a statement.
R2  The awaited expression has no lambda, braces, ?:, && or ||: name the operands on the lines above.
R3  No co_await in a condition or among arguments: loops are for (;;) with the await inside.
R4  Coroutines are defined in .cpp files (inline in a header they break the one-definition rule under LTO).
R5  A coroutine is never a lambda that captures: the closure dies before the frame that reads it.
And: co_spawn only in platform/task_group.cpp (and what tests share), so that every coroutine has an owner.
"""
import re

from sources import CODE, code_only, files, line_of, run

WORD = re.compile(r"\b(co_await|co_return|co_yield|co_spawn)\b")
SPAWNERS = ("platform/task_group.cpp", "tests/support/")
# What may stand before co_await in its statement: nothing, or a declaration or assignment up to "=".
BEFORE = re.compile(r"^(?:co_return|[\w:<>,&*\s.\[\]()-]*(?:->[\w:<>,&*\s.\[\]()-]*)*[\w)\]]\s*=)?$")
CONTROL = re.compile(r"^(?:else\b|(?:case\b[^:]*(?:::[^:]+)*|default)\s*:(?!:)|(?:if(?:\s+constexpr)?|for|while|switch)\s*(?=\())\s*")
PAIRS = {")": "(", "]": "[", "}": "{"}


def enclosing(text, end):
    """Offsets of the brackets that are open at `end`, outermost first."""
    stack = []
    for at, char in enumerate(text[:end]):
        if char in "([{":
            stack.append(at)
        elif char in PAIRS and stack and text[stack[-1]] == PAIRS[char]:
            stack.pop()
    return stack


def matching(text, at):
    """Offset of the bracket that closes the one at `at`."""
    depth = 0
    for index in range(at, len(text)):
        depth += (text[index] in "([{") - (text[index] in ")]}")
        if depth == 0:
            return index
    return len(text) - 1


def opening(text, at):
    """Offset of the bracket that the one at `at` closes."""
    depth = 0
    for index in range(at, -1, -1):
        depth += (text[index] in ")]}") - (text[index] in "([{")
        if depth == 0:
            return index
    return 0


def statement_start(text, at, block):
    """Where the statement around `at` begins, inside the block whose brace is at `block`."""
    index = at - 1
    while index > block:
        if text[index] in ")]":
            index = opening(text, index)
        elif text[index] in ";{}":
            return index + 1
        index -= 1
    return block + 1


def without_control(before):
    """Drops `if (…)`, `else`, `for (…)`, `case x:` in front of the statement proper."""
    before = before.strip()
    while match := CONTROL.match(before):
        rest = before[match.end():]
        before = rest[matching(rest, 0) + 1:].strip() if rest.startswith("(") else rest.strip()
    return before


def postfix_end(text, at):
    """Where the call chain `a::b<c>(…).d->e(…)[…]` that begins at `at` ends."""
    while at < len(text):
        if text[at] in "([":
            at = matching(text, at) + 1
        elif text[at].isalnum() or text[at] in "_.:* \n":
            at += 1
        elif text.startswith("->", at):
            at += 2
        elif angle := re.match(r"<[\w:<>,&* ]*>(?=\s*(?:\(|::))", text[at:]):
            at += angle.end()
        else:
            break
    return at


def awaited_faults(text, at):
    """What is wrong with the expression behind a co_await that ends at `at`."""
    end = at
    while end < len(text) and text[end] != ";":
        end = matching(text, end) + 1 if text[end] in "([{" else end + 1
    awaited = text[at:end]
    if re.search(r"[{}]", awaited):
        yield "R2: a lambda or braces in the awaited expression: name the operand first"
    if re.search(r"\?|&&|\|\||\band\b|\bor\b", awaited):
        yield "R2: ?:, && or || in the awaited expression: name the operands first"
    elif "co_await" in awaited:
        yield "R1: one co_await a statement"
    elif "{" not in awaited and postfix_end(text, at) < end:
        yield "R1: co_await is a whole right-hand side: do the rest in the next statement"


def await_faults(text, at):
    stack = enclosing(text, at)
    if stack and text[stack[-1]] in "([":
        yield "R3: co_await in a condition or among arguments: name its result first"
        return
    block = stack[-1] if stack else -1
    before = without_control(text[statement_start(text, at, block):at])
    if not BEFORE.match(" ".join(before.split())) or re.match(r"^(?:const\s+)?auto\s*&*\s*\[", before):
        yield "R1: co_await is a whole statement or a whole right-hand side"
    yield from awaited_faults(text, at + len("co_await"))


def capturing_lambda(text, at):
    """True when the function around `at` is a lambda that captures something."""
    for brace in reversed(enclosing(text, at)):
        if text[brace] != "{":
            continue
        head = text[:brace].rstrip()
        head = re.sub(r"(?:\bmutable\b|\bnoexcept\b|->\s*[\w:<>,&* ]+|\s)+$", "", head)
        if head.endswith(")"):
            head = head[:opening(head, len(head) - 1)].rstrip()
        if head.endswith("]"):
            start = opening(head, len(head) - 1)
            if re.search(r"[\w)\]]$", head[:start].rstrip()) and not re.search(r"\breturn$", head[:start].rstrip()):
                continue    # a subscript
            return bool(head[start + 1:-1].strip())
        if not re.search(r"\b(?:if|for|while|switch|catch|else|do|try|constexpr)$", head) and text[:brace].rstrip()[-1:] not in "{};:":
            return False    # a named function
    return False


def check(path, text):
    text = code_only(text)
    for match in WORD.finditer(text):
        word, at = match.group(1), match.start()
        if word == "co_spawn":
            if not path.startswith(SPAWNERS) and not text[:at].endswith("asio/"):
                yield line_of(text, at), "co_spawn belongs to TaskGroup::spawn"
            continue
        if path.endswith(".hpp"):
            yield line_of(text, at), "R4: define coroutines in a .cpp file"
        if capturing_lambda(text, at):
            yield line_of(text, at), "R5: a coroutine lambda captures nothing: pass values, or name a function"
        if word == "co_yield":
            yield line_of(text, at), "R1: no co_yield here"
        if word == "co_await":
            for message in await_faults(text, at):
                yield line_of(text, at), message


def _in_function(statement):
    return "asio::awaitable<void> Forwarder::run() {\n    " + statement + "\n}\n"


_GOOD = [
    "co_await wake_.wait();",
    "co_await f(named, std::move(other));",
    "co_return co_await storage_.run(std::move(job));",
    "const Result<std::size_t> sent = co_await forward_batch();",
    "Result<std::map<int, Range>> ranges = co_await journal_->read(limits.first, limits[1]);",
    "outcome = co_await f(std::string(\"x\"));",
    "this->state.at[0] = co_await f();",
    "state->last = co_await f<Range>(a, b);",
    "const asio::cancellation_state state = co_await asio::this_coro::cancellation_state;",
    "for (;;) {\n        co_await wake_.wait();\n    }",
    "if (waiting) co_await wake_.wait();",
    "if (a && (b || c)) {\n        co_await wake_.wait();\n    } else co_await timer_.wait();",
    "for (const auto& each : all) co_await each->drain();",
    "switch (kind) { case Kind::live: co_await live(); break; default: co_await backlog(); }",
    "co_await f(\"a ? b : c && {}\");    // [this] { co_await (x) } in a comment",
    "if (delay > 20'000) co_await f('{', \"}\");",
    "auto task = [](Wake& wake) -> asio::awaitable<void> { co_await wake.wait(); };",
    "auto job = [this, ids] { return journal_.remove(ids); };\n    co_await storage_.run(std::move(job));",
    "if (table[2]) {\n        co_await wake_.wait();\n    }",
]
_BAD = [
    ("co_await run(pool, [value] { use(value); });", "R2"),
    ("co_await run(pool, [] { use(); });", "R2"),
    ("co_await take(Request{a, b});", "R2"),
    ("co_await take({a, b});", "R2"),
    ("x = co_await take(a ? b : c);", "R2"),
    ("x = co_await take(a && b);", "R2"),
    ("x = co_await take(a or b);", "R2"),
    ("x = cond ? (co_await f()) : y;", "R3"),
    ("x = cond ? co_await f() : y;", "R1"),
    ("while (co_await more()) { next(); }", "R3"),
    ("for (; co_await more();) { next(); }", "R3"),
    ("if (co_await f()) return;", "R3"),
    ("if (const auto x = co_await f(); x) g();", "R3"),
    ("auto [a, b] = co_await f();", "R1"),
    ("const auto& [a, b] = co_await f();", "R1"),
    ("f(co_await g());", "R3"),
    ("Range range{co_await g()};", "R1"),
    ("x = co_await f() + 1;", "R1"),
    ("x = 1 + co_await f();", "R1"),
    ("x += co_await f();", "R1"),
    ("ok = co_await f() && co_await g();", "R2"),
    ("x = co_await f(co_await g());", "R1"),
    ("!co_await f();", "R1"),
    ("co_yield 3;", "R1"),
    ("auto task = [this]() -> asio::awaitable<void> { co_await wake_.wait(); };", "R5"),
    ("auto task = [&] { for (;;) { if (x) { co_return; } } };", "R5"),
    ("spawn(\"x\", [name = std::move(name)](int n) mutable -> asio::awaitable<int> { co_return n; });", "R5"),
    ("asio::co_spawn(loop_, run(), asio::detached);", "co_spawn"),
]
CASES = [(f"good {n}", "agent/forward/x.cpp", _in_function(s), None) for n, s in enumerate(_GOOD)]
CASES += [(f"bad {n}", "agent/forward/x.cpp", _in_function(s), rule) for n, (s, rule) in enumerate(_BAD)]
CASES += [
    ("in a header", "platform/x.hpp", "inline asio::awaitable<void> f() { co_return; }\n", "R4"),
    ("a bridge in a header", "platform/x.hpp", "asio::awaitable<void> run(Job job);\n", None),
    ("the task group itself", "platform/task_group.cpp", "void f() { asio::co_spawn(loop, std::move(t), g); }\n", None),
    ("the header's name", "tests/unit/x.cpp", "#include <boost/asio/co_spawn.hpp>\n", None),
    ("a method of a class in a .cpp file", "agent/x.cpp", "struct A {\n  asio::awaitable<int> f() const {\n co_return 1; }\n};\n", None),
]

if __name__ == "__main__":
    run(check, CASES, files((".cpp", ".hpp"), CODE))
