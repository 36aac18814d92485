"""The conventions of the house as rules over the syntax tree. Each answers the lines that break it."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FUNCTION_LINES, FILE_LINES = 40, 400
SQL_NOW = re.compile(
    r"\b(now\s*\(\s*\)|current_(timestamp|date|time)\b|localtimestamp|(clock|statement|transaction)_timestamp)", re.IGNORECASE
)
SQL_TEXT = re.compile(r"^\s*(SELECT\b.*\bFROM|INSERT\s+INTO|UPDATE\s+\w+\s+SET|DELETE\s+FROM|WITH\s+\w+.*\bAS\s*\()", re.DOTALL)
LEFT_OPEN = re.compile(r"\b(" + "|".join(["TO" + "DO", "FIX" + "ME", "XX" + "X", "HA" + "CK", "NotImplemented" + "Error"]) + r")\b")
VAGUE = {"manager", "handler", "helper", "helpers", "utils", "util", "misc"}
CLOCKS = {
    ("datetime", "now"),
    ("datetime", "utcnow"),
    ("datetime", "today"),
    ("date", "today"),
    ("time", "time"),
    ("time", "time_ns"),
    ("time", "localtime"),
    ("time", "gmtime"),
}
FRAMEWORK_NAMES = {"get_route_handler"}  # overridden, and so named by FastAPI
QUERY_MAKERS = {"select", "insert", "update", "delete", "exists", "text"}


@dataclass(frozen=True)
class Source:
    """One file of the program: its path below the root, its text and its tree."""

    path: str
    text: str

    @property
    def tree(self) -> ast.Module:
        return ast.parse(self.text)


Rule = Callable[[Source], Iterator[str]]


def sources(folder: str) -> list[Source]:
    """Every Python file below a folder."""
    return [Source(str(path.relative_to(ROOT)), path.read_text(encoding="utf-8")) for path in sorted((ROOT / folder).rglob("*.py"))]


def broken(rule: Rule, folder: str) -> list[str]:
    """`path:line: what` for everything below a folder that breaks a rule."""
    return [f"{source.path}:{what}" for source in sources(folder) for what in rule(source)]


def calls(source: Source) -> Iterator[tuple[ast.Call, str, str]]:
    """Every call, with the name that is called and the name before the dot."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Call):
            if isinstance(node.func, ast.Attribute):
                yield node, node.func.attr, getattr(node.func.value, "id", getattr(node.func.value, "attr", ""))
            elif isinstance(node.func, ast.Name):
                yield node, node.func.id, ""


def literals(source: Source) -> Iterator[tuple[int, str]]:
    """Every text in the program but docstrings."""
    tree = source.tree
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    first = [node.body[0] for node in ast.walk(tree) if isinstance(node, documented) and node.body]
    docstrings = {id(statement.value) for statement in first if isinstance(statement, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings:
            yield node.lineno, node.value


def nobody_commits(source: Source) -> Iterator[str]:
    """The transaction is the request: only `database.py` commits or rolls back."""
    if source.path != "partner/database.py":
        yield from (f"{node.lineno}: {name}" for node, name, _ in calls(source) if name in {"commit", "rollback"})


def time_comes_from_the_clock(source: Source) -> Iterator[str]:
    """`partner.clock` is the only reader of time; the monotonic clock measures patience only."""
    if source.path != "partner/clock.py":
        yield from (f"{node.lineno}: {before}.{name}" for node, name, before in calls(source) if (before, name) in CLOCKS)


def the_database_does_not_ask_the_time(source: Source) -> Iterator[str]:
    """No SQL reads the time: it comes as a parameter."""
    for line, words in literals(source):
        for found in SQL_NOW.finditer(words):
            yield f"{line}: {found[0]}"
    yield from (f"{node.lineno}: func.{name}" for node, name, before in calls(source) if before == "func" and SQL_NOW.match(f"{name}()"))


def speaks_to_the_database(path: str) -> bool:
    """Which modules hold SQL: queries, storage of the register, statistics, and the house's own plumbing."""
    name = Path(path).stem
    return (
        name in {"queries", "models", "database", "embedded", "migrate", "doctor", "app"}
        or name.endswith(("_queries", "_models"))
        or path.startswith(("partner/registry/", "partner/kpi/", "migrations/"))
    )


def sql_stands_in_queries(source: Source) -> Iterator[str]:
    """SQL is found where one looks for it."""
    if speaks_to_the_database(source.path):
        return
    imported = {
        alias.asname or alias.name
        for node in ast.walk(source.tree)
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] in {"sqlalchemy", "sqlmodel"}
        for alias in node.names
    }
    yield from (f"{node.lineno}: {name}(" for node, name, before in calls(source) if not before and name in QUERY_MAKERS & imported)
    yield from (f"{line}: {words.strip()[:40]}" for line, words in literals(source) if SQL_TEXT.match(words))


def errors_are_words_of_the_domain(source: Source) -> Iterator[str]:
    """`HTTPException` is nowhere: `partner.api.problems` alone knows statuses, and translates those of the framework."""
    if source.path == "partner/api/problems.py":
        return
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Name) and node.id == "HTTPException":
            yield f"{node.lineno}: HTTPException"


def small(source: Source) -> Iterator[str]:
    """A function of more than forty lines, or a file of more than four hundred, is two."""
    lines = source.text.count("\n")
    if lines > FILE_LINES:
        yield f"1: {lines} lines"
    for node in ast.walk(source.tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            if length > FUNCTION_LINES:
                yield f"{node.lineno}: {node.name} has {length} lines"


def nothing_is_left_open(source: Source) -> Iterator[str]:
    """What is not done is not mentioned; what is mentioned is done."""
    for number, line in enumerate(source.text.splitlines(), 1):
        if LEFT_OPEN.search(line):
            yield f"{number}: {line.strip()[:60]}"


def names_say_what_a_thing_is(source: Source) -> Iterator[str]:
    """No module, class or function is called manager, handler, helper or utils."""
    if VAGUE & set(Path(source.path).stem.lower().split("_")):
        yield "1: the file's name"
    for node in ast.walk(source.tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            words = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", node.name).lower().split("_")
            if VAGUE & set(words) and node.name not in FRAMEWORK_NAMES:
                yield f"{node.lineno}: {node.name}"


def nothing_is_swallowed(source: Source) -> Iterator[str]:
    """No `except` without a word: it answers, raises, or goes on and says why."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.ExceptHandler) and (node.type is None or all(isinstance(step, ast.Pass) for step in node.body)):
            yield f"{node.lineno}: except"


def sql_is_not_glued(source: Source) -> Iterator[str]:
    """No SQL is built from an f-string with values; `migrations` compose constants of their own."""
    for node, name, _ in calls(source):
        if name in {"text", "execute"} and node.args and isinstance(node.args[0], ast.JoinedStr):
            yield f"{node.lineno}: {name}(f…"


EVERYWHERE: tuple[Rule, ...] = (
    nobody_commits,
    time_comes_from_the_clock,
    the_database_does_not_ask_the_time,
    sql_stands_in_queries,
    errors_are_words_of_the_domain,
    small,
    nothing_is_left_open,
    names_say_what_a_thing_is,
    nothing_is_swallowed,
    sql_is_not_glued,
)
