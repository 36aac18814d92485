"""What is sent is merged into what is there, as RFC 7396 has it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from partner.licensing.merging import merged, patch_to

SINGLE = st.one_of(st.booleans(), st.integers(), st.text(max_size=3), st.lists(st.integers(), max_size=2))
FORMS = st.dictionaries(
    st.sampled_from("abc"), st.recursive(SINGLE, lambda inner: st.dictionaries(st.sampled_from("abc"), inner, max_size=3), max_leaves=6)
)


@pytest.mark.parametrize(
    ("known", "patch", "expected"),
    [  # the examples of RFC 7396, appendix A, that concern objects
        ({"a": "b"}, {"a": "c"}, {"a": "c"}),
        ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}),
        ({"a": "b"}, {"a": None}, {}),
        ({"a": "b", "b": "c"}, {"a": None}, {"b": "c"}),
        ({"a": ["b"]}, {"a": "c"}, {"a": "c"}),
        ({"a": "c"}, {"a": ["b"]}, {"a": ["b"]}),
        ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
        ({"a": [{"b": "c"}]}, {"a": [1]}, {"a": [1]}),
        ({"e": None}, {"a": 1}, {"e": None, "a": 1}),
        ({}, {"a": {"bb": {"ccc": None}}}, {"a": {"bb": {}}}),
    ],
)
def test_the_examples_of_the_rfc(known: Any, patch: Any, expected: Any) -> None:
    assert merged(known, patch) == expected


@given(FORMS, FORMS)
def test_the_patch_to_a_form_makes_that_form(known: dict[str, Any], wanted: dict[str, Any]) -> None:
    assert merged(known, patch_to(known, wanted)) == wanted
    assert merged(known, {}) == known
