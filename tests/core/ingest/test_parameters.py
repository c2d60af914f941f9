"""The parameters of a run: what is taken, what is refused, and in which words."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vectora_core.errors import ParametersError
from vectora_core.ingest.parameters import RunParameters, parse_parameters


def test_nothing_given_means_all_active_clients_with_their_own_settings() -> None:
    """Empty values, as a form sends them, are the same as none."""
    form = {"client_ids": [], "sources": [], "period_days": None, "from_date": None, "force_refresh": False}
    assert parse_parameters(form) == parse_parameters({}) == RunParameters()


def test_a_single_client_id_is_a_list_of_one() -> None:
    """`client_id` is the old name for one client."""
    assert parse_parameters({"client_id": "acme", "client_ids": []}).client_ids == ("acme",)


def test_dates_are_iso_dates() -> None:
    """ISO 8601 dates are read as dates."""
    parameters = parse_parameters({"from_date": "2026-01-02", "to_date": "2026-01-02"})
    assert (parameters.from_date, parameters.to_date) == (date(2026, 1, 2), date(2026, 1, 2))


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"client_idz": ["acme"]}, "client_idz: unknown parameter, did you mean client_ids?"),
        ({"xyz": 1}, "xyz: unknown parameter, known are client_ids, sources,"),
        ({"client_ids": "acme"}, "client_ids: 'acme' is not a list; write it as ['acme']"),
        ({"client_ids": ["acme", " "]}, "client_ids: one of them is empty; leave it out"),
        ({"client_ids": [7]}, "client_ids.0: Input should be a valid string"),
        ({"client_id": "a", "client_ids": ["b"]}, "client_id and client_ids name different clients"),
        ({"period_days": 0}, "period_days: Input should be greater than or equal to 1"),
        ({"period_days": "14"}, "period_days: Input should be a valid integer"),
        ({"period_days": True}, "period_days: Input should be a valid integer"),
        ({"from_date": "01/02/2026"}, "from_date: '01/02/2026' is not a date; write it as YYYY-MM-DD"),
        ({"from_date": 20260102}, "from_date: 20260102 is not a date"),
        ({"to_date": "9999-12-31"}, "to_date: 9999-12-31 is out of range"),
        ({"from_date": "2026-02-01", "to_date": "2026-01-01"}, "from_date 2026-02-01 is after to_date 2026-01-01"),
        ({"from_date": "2026-02-01", "period_days": 3}, "from_date and period_days both say where the window starts"),
        ({"ingestion_mode": "loose"}, "ingestion_mode: Input should be 'strict', 'balanced' or 'broad'"),
        ({"dry_run": "false"}, "dry_run: Input should be a valid boolean"),
        ({"tolerated_failure_percentage": 101}, "tolerated_failure_percentage: Input should be less than or equal to 100"),
        ({"tolerated_failure_percentage": "60"}, "tolerated_failure_percentage: '60' is not a number"),
        (
            {"only_failed_of_run": "r1", "client_ids": ["a"]},
            "only_failed_of_run takes interval and parameters from that run",
        ),
    ],
)
def test_what_cannot_be_used_is_refused_by_name(values: dict[str, object], message: str) -> None:
    """A wrong value never falls back to a default, and the message names the parameter."""
    with pytest.raises(ParametersError) as caught:
        parse_parameters(values)
    assert message in str(caught.value)


def test_all_mistakes_are_named_at_once() -> None:
    """One round trip tells everything that is wrong."""
    with pytest.raises(ParametersError, match=r"client_idz.*period_days"):
        parse_parameters({"client_idz": 1, "period_days": -1})


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@given(st.dictionaries(st.sampled_from([*RunParameters.model_fields, "client_id", "other"]), JSON, max_size=4))
def test_any_json_is_parameters_or_a_clear_refusal(values: dict[str, object]) -> None:
    """Hostile input is refused as ParametersError, and what is taken survives its own JSON."""
    try:
        parameters = parse_parameters(values)
    except ParametersError:
        return
    assert parse_parameters(parameters.as_json()) == parameters
