"""The form that starts a run: one field a parameter of the DAG, of the type that Airflow's API takes."""

from __future__ import annotations

from typing import Any

import pytest
from airflow.sdk import Param
from bs4 import BeautifulSoup, Tag

from vectora_airflow import defaults
from vectora_airflow.ui import rendering
from vectora_airflow.ui.links import Links
from vectora_airflow.ui.trigger_form import TriggerForm, build_form, help_parts, ingest_form
from vectora_core.ingest.parameters import RunParameters

LINKS = Links(base="/airflow/vectora", airflow="/airflow")


def rendered(macro: str, **values: Any) -> BeautifulSoup:
    template = rendering._environment().from_string(f'{{% import "_trigger.html" as trigger %}}{{{{ trigger.{macro} }}}}')
    return BeautifulSoup(template.render(links=LINKS, **values), "lxml")


def fields_of(soup: BeautifulSoup) -> dict[str, Tag]:
    return {str(field["name"]): field for field in soup.select("[data-type]")}


def as_sent(soup: BeautifulSoup) -> dict[str, Any]:
    """What static/actions.js sends of a form as it stands: what is empty is left out."""
    found: dict[str, Any] = {}
    for name, field in fields_of(soup).items():
        chosen = field.select_one("option[selected]") or field.select_one("option")
        text = (str(chosen["value"]) if chosen else str(field.get("value") or field.get_text())).strip()
        match field["data-type"]:
            case "boolean":
                found[name] = field.has_attr("checked")
            case "list":
                found[name] = text.split()
            case "integer":
                found[name] = int(text) if text else None
            case "number":
                found[name] = float(text) if text else None
            case _:
                found[name] = text or None
    return {name: value for name, value in found.items() if value not in (None, [])}


def test_every_parameter_of_the_dag_is_a_field_of_its_type() -> None:
    """Declared once, in `defaults`; the names are those the run's model takes."""
    form = ingest_form()
    assert {field.name for field in form.fields} == set(defaults.ingest_params()) == set(RunParameters.model_fields)
    assert all(not field.value and not field.checked for field in form.fields if field.kind == "boolean")
    assert {field.name: (field.kind, field.data_type) for field in form.fields} == {
        "client_ids": ("list", "list"),
        "sources": ("list", "list"),
        "period_days": ("integer", "integer"),
        "from_date": ("date", "string"),
        "to_date": ("date", "string"),
        "ingestion_mode": ("choice", "string"),
        "force_refresh": ("boolean", "boolean"),
        "dry_run": ("boolean", "boolean"),
        "tolerated_failure_percentage": ("number", "number"),
        "only_failed_of_run": ("string", "string"),
    }


def test_an_untouched_form_asks_for_nothing_but_the_defaults() -> None:
    """What it sends means what an empty one means: all active clients with their own settings."""
    sent = as_sent(rendered("trigger_form(form, links)", form=ingest_form()))
    assert RunParameters(**sent) == RunParameters()


def test_preset_values_stand_in_their_fields() -> None:
    """A list has one element a line, a choice is selected, a boolean checked."""
    preset = {"client_ids": ["acme", "globex"], "ingestion_mode": "strict", "dry_run": True, "period_days": 7}
    sent = as_sent(rendered("trigger_form(form, links)", form=ingest_form(preset)))
    assert RunParameters(**sent) == RunParameters(**preset)


def test_fields_have_the_limits_of_their_parameters_and_an_explanation() -> None:
    """The browser refuses what Airflow would; what is said of a field is tied to it."""
    soup = rendered("trigger_form(form, links, id='here')", form=ingest_form())
    fields = fields_of(soup)
    assert (fields["period_days"]["min"], fields["period_days"]["max"]) == ("1", "3650")
    assert fields["tolerated_failure_percentage"]["step"] == "any"
    assert fields["only_failed_of_run"]["maxlength"] == "250"
    for field in fields.values():
        assert str(field["aria-describedby"]).startswith("here-")
        explained = soup.find(id=field["aria-describedby"])
        assert explained is not None
        assert explained.get_text().strip()
        assert field.find_parent("label") is not None


def test_the_form_goes_to_airflows_api() -> None:
    """With the prefix of a proxy; the page of the new run is beside it."""
    form = rendered("trigger_form(form, links)", form=ingest_form()).form
    assert form is not None
    assert form["data-action"] == "trigger"
    assert form["data-address"] == "/airflow/api/v2/dags/vectora_ingest/dagRuns"
    assert form["data-run"] == "/airflow/dags/vectora_ingest/runs/"
    assert form.select_one("[data-said][role=status]") is not None


def test_who_may_not_trigger_is_told_which_permission_is_missing() -> None:
    """There is no form then, nor the button."""
    for macro in ("trigger_form(form, links, may_trigger=false)", "rerun_failed_button('r', links, may_trigger=false)"):
        soup = rendered(macro, form=ingest_form())
        assert soup.form is None
        assert soup.button is None
        assert "permission to create runs of the DAG vectora_ingest" in soup.get_text()


def test_a_paused_dag_is_said_beside_the_button() -> None:
    """Airflow takes the run, and lets it wait."""
    for macro in ("trigger_form(form, links, is_paused=true)", "rerun_failed_button('r', links, is_paused=true)"):
        assert "the run waits until it is unpaused" in rendered(macro, form=ingest_form()).get_text()
    assert "paused" not in rendered("trigger_form(form, links)", form=ingest_form()).get_text()


@pytest.mark.parametrize(
    ("failed", "words"), [(None, "failed clients"), (1, "failed client"), (1200, "1,200 failed clients")]
)
def test_the_failed_clients_of_a_run_are_one_button(failed: int | None, words: str) -> None:
    """It sends the run id and nothing else: interval and parameters are those of that run."""
    run_id = 'manual__2026-03-10T11:00:00+00:00#"<b>'
    soup = rendered("rerun_failed_button(run_id, links, failed=failed)", run_id=run_id, failed=failed)
    assert as_sent(soup) == {"only_failed_of_run": run_id}
    assert RunParameters(**as_sent(soup)).given() == {"only_failed_of_run"}
    assert soup.button is not None
    assert soup.button.get_text() == f"Re-run the {words}"
    assert soup.b is None


def test_a_name_that_is_no_parameter_is_a_mistake_of_ours() -> None:
    """In presets and in what is left out; it names what there is."""
    with pytest.raises(KeyError, match="client_idz"):
        ingest_form({"client_idz": ["acme"]})
    with pytest.raises(KeyError, match="only_failed"):
        ingest_form(leave_out=["only_failed"])
    assert "only_failed_of_run" not in {field.name for field in ingest_form(leave_out=["only_failed_of_run"]).fields}


def test_explanations_keep_their_marks_and_nothing_else_is_markup() -> None:
    """Strong and code; whatever else Markdown has, and HTML, is text."""
    parts = [(part.kind, part.text) for part in help_parts("A **b c** of `d` <i>e</i> *f*")]
    assert parts == [
        ("text", "A "),
        ("strong", "b c"),
        ("text", " of "),
        ("code", "d"),
        ("text", " <i>e</i> *f*"),
    ]
    form = build_form("a_dag", {"x": Param("<u>", type="string", title="<u>", description_md="<u>")}, {})
    assert isinstance(form, TriggerForm)
    assert rendered("trigger_form(form, links)", form=form).u is None


def test_a_line_break_in_a_preset_value_stays_in_its_field() -> None:
    """Hostile ids may hold anything: they stay text."""
    soup = rendered("trigger_form(form, links)", form=ingest_form({"client_ids": ["</textarea><script>x</script>"]}))
    assert soup.script is None
    assert fields_of(soup)["client_ids"].get_text().strip() == "</textarea><script>x</script>"
