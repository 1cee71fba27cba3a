#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""One type of one name: two types of the same namespace and name, linked into one program, are taken for each other
without a word from compiler or linker ([basic.def.odr]). Types in anonymous namespaces are their file's own.

clang-format puts what stands at namespace level into the first column; that is how definitions are recognised.
"""
import re

from sources import code_only, files, line_of, run

OPENED = re.compile(r"^namespace(?P<name>[ \w:]*)\{(?P<all>[^\n]*\}[ ]*$)?", re.M)
CLOSED = re.compile(r"^\}[ ]*$", re.M)
TYPE = re.compile(r"^(?:class|struct|union|enum(?: class| struct)?) (?:alignas\([^)]*\) )?(?P<name>\w+(?:::\w+)*)"
                  r"(?: final)?(?:\s*:[^;{]*)?\s*\{", re.M)
# Function bodies and types end with a brace in the first column too: a type's with a semicolon, a body's without.
BODY = re.compile(r"^(?!namespace\b)(?!\})\S[^\n]*[^;{}\n]?\{[ ]*$", re.M)


class OneDefinition:
    def __init__(self):
        self.places = {}

    def __call__(self, path, text):
        code = code_only(text)
        events = sorted([(match.start(), "type", match) for match in TYPE.finditer(code)] +
                        [(match.start(), "opened", match) for match in OPENED.finditer(code)] +
                        [(match.start(), "body", match) for match in BODY.finditer(code)] +
                        [(match.start(), "closed", match) for match in CLOSED.finditer(code)],
                        key=lambda event: (event[0], event[1] != "type"))
        scopes, bodies, types = [], 0, set()
        for at, what, match in events:
            if what == "opened" and match["all"] is None:
                scopes.append(match["name"].strip())
            elif what == "type":
                types.add(at)
                if "" not in scopes:
                    yield from self.define("::".join(scopes + [match["name"]]), path, line_of(code, at))
            elif what == "body" and at not in types:
                bodies += 1
            elif what == "closed" and bodies:
                bodies -= 1
            elif what == "closed" and scopes:
                scopes.pop()

    def define(self, name, path, line):
        first = self.places.setdefault(name, (path, line))
        if first != (path, line):
            yield line, f"{name} is defined in {first[0]}:{first[1]} already: give one of them another name"


CASES = [
    ("a type", "a.hpp", "namespace n {\nstruct First {\n    int a;\n};\n}  // namespace n\n", None),
    ("the same name elsewhere", "b.hpp", "namespace n {\nclass First final : public Base {\n};\n}\n", "a.hpp:2"),
    ("in another namespace", "c.hpp", "namespace m {\nstruct First {};\n}\n", None),
    ("nested namespaces", "d.cpp", "namespace n::inner {\nenum class First { one };\n}\n", None),
    ("nested twice", "e.cpp", "namespace n {\nnamespace inner {\nstruct First {};\n}\n}\n", "d.cpp:2"),
    ("anonymous", "f.cpp", "namespace n {\nnamespace {\nstruct First {};\n}\n}\n", None),
    ("behind an anonymous one", "g.cpp",
     "namespace n {\nnamespace {\nvoid f() {\n}\nstruct Own {\n    int a;\n};\n}\nvoid g() {\n}\nstruct First {\n};\n}\n",
     "a.hpp:2"),
    ("declared only", "h.hpp", "namespace n {\nclass First;\n}\n", None),
    ("a member's type", "i.hpp", "namespace n {\nclass Second {\n    struct First {};\n};\n}\n", None),
    ("a type's own", "k.cpp", "namespace n {\nstruct First::Parts {\n};\n}\n", None),
    ("in a comment", "j.hpp", "namespace n {\n/*\nstruct First {};\n*/\n}\n", None),
]

if __name__ == "__main__":
    run(OneDefinition(), CASES,
        (path for path in files((".cpp", ".hpp")) if not path.startswith("tests/") or path.startswith("tests/support/")))
