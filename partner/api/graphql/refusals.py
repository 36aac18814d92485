"""What is told of an operation that GraphQL itself refuses: in Japanese and English, and which variable is to blame.

graphql-core says what is wrong in English, as text. Its words are handed on, within ours.
"""

from __future__ import annotations

import re

from graphql import GraphQLError, VariableDefinitionNode, print_ast

from partner.errors import FieldError, Malformed, Text, pointer

CODE = "invalid_query"
QUERY = "/query"
VALUE = re.compile(r"Variable '\$(\w+)' has invalid value(?: at ((?:\.\w+|\[\d+\])+))?: (.*)", re.DOTALL)
POSITION = re.compile(r"Variable '\$(\w+)' of type '([^']+)' used in position expecting type '([^']+)'\.")
STEP = re.compile(r"\.(\w+)|\[(\d+)\]")
MISSING = re.compile(r"Expected value of type '[^']+' to include required field '(\w+)'")
UNKNOWN = re.compile(r"Expected value of type '[^']+' not to include unknown field '([^']+)'")
NOT_GIVEN = "Expected a value of non-null type"
TOKENS = re.compile(r"Document contains more than (\d+) tokens")
SCHEMA = Text(
    "スキーマ(/graphql のイントロスペクション)と照らし合わせてください。", "Compare it with the schema (introspection of /graphql)."
)
SHORTER = Text("短くするか、複数のリクエストに分けてください。", "Make it shorter, or send several requests.")
SEVERAL = Text(
    "操作が複数あります。実行するものを operationName で指定してください。",
    "There are several operations; operationName says which one to execute.",
)
NO_OPERATION = Text("実行する操作がありません。", "There is no such operation to execute.")
NAME_IT = Text("operationName にクエリの中の操作の名前を指定してください。", "Name an operation of the query as operationName.")


def refused(error: Malformed) -> GraphQLError:
    """An error of GraphQL that stands for one of ours."""
    return GraphQLError(str(error), original_error=error)


def no_operation() -> Malformed:
    """What is said when the document has no operation of that name, or none at all."""
    return Malformed(CODE, NO_OPERATION, remedy=NAME_IT)


def several() -> Malformed:
    """What is said when nobody says which of several operations to execute."""
    return Malformed(CODE, SEVERAL, remedy=NAME_IT)


def of(error: GraphQLError) -> Malformed:
    """What an error of graphql-core, found before anything was executed, is among ours: `invalid_query`."""
    said = error.message
    if found := VALUE.fullmatch(said):
        return _value(error, *found.groups())
    if found := POSITION.fullmatch(said):
        return _position(*found.groups())
    if found := TOKENS.search(said):
        words = Text(f"クエリの字句が{found[1]}個を超えています。", f"The query has more than {found[1]} tokens.")
        return Malformed(CODE, words, remedy=SHORTER)
    return Malformed(CODE, Text(f"クエリが正しくありません({_bare(said)})。", f"{_bare(said)}."), remedy=SCHEMA)


def _value(error: GraphQLError, name: str, place: str | None, said: str) -> Malformed:
    """A variable whose value is not of its type."""
    steps = [key or int(number) for key, number in STEP.findall(place or "")]
    code = "invalid"
    if found := MISSING.match(said) or UNKNOWN.match(said):
        steps.append(found[1])
        code = "required" if MISSING.match(said) else "unknown"
    elif said.startswith(NOT_GIVEN):
        code = "required"
    words = Text(
        f"変数 ${name} の値が型に合いません({_bare(said)})。", f"The value of variable ${name} does not fit its type: {_bare(said)}."
    )
    declared = next((print_ast(node.type) for node in error.nodes or () if isinstance(node, VariableDefinitionNode)), "")
    remedy = Text(
        f"変数 ${name} を、クエリで宣言した型 {declared} の値にしてください。", f"Give ${name} a value of its declared type {declared}."
    )
    return Malformed(CODE, words, remedy=remedy, errors=[FieldError(pointer("variables", name, *steps), code, words)])


def _position(name: str, declared: str, wanted: str) -> Malformed:
    """A variable that is declared otherwise than it is used."""
    words = Text(
        f"変数 ${name} は {declared} と宣言されていますが、{wanted} が必要な場所で使われています。",
        f"Variable ${name} is declared as {declared}, and used where {wanted} is expected.",
    )
    remedy = Text(f"クエリの宣言を ${name}: {wanted} に改めてください。", f"Declare it as ${name}: {wanted} in the query.")
    return Malformed(CODE, words, remedy=remedy, errors=[FieldError(QUERY, "invalid", words)])


def _bare(said: str) -> str:
    return said.rstrip(".")
