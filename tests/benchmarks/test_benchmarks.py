"""The benchmarks: their arithmetic, their command line and what they are fed with; nothing here is timed."""

from __future__ import annotations

import inspect
import io
import json
import signal
import time
from contextlib import redirect_stderr, redirect_stdout
from importlib import import_module
from pathlib import Path

import psutil
import pytest

from benchmarks import __main__ as command
from benchmarks import machine, newsroom, printing, task
from benchmarks.dag import cpu_of
from benchmarks.errors import BenchmarkError
from benchmarks.figures import Result, Row, median, ratio
from benchmarks.limit import at_most
from vectora_core.config.catalog_files import load_catalog
from vectora_core.config.client_files import load_client
from vectora_core.storage import open_storage


def result(**rows: Row) -> Result:
    return Result(name="task", title="A task", measured="it", peer="nothing", rows=tuple(rows.values()), notes=("Noted.",))


def test_a_median_is_the_middle_whatever_the_order() -> None:
    """The middle of an odd number, the mean of the two middle ones of an even number, an error for none."""
    assert median([9, 1, 5]) == 5
    assert median([4, 1, 2, 100]) == 3
    with pytest.raises(ValueError, match="at least one round"):
        median([])


def test_a_ratio_is_one_of_medians() -> None:
    """One slow round on either side changes nothing; a peer of nothing is not a division by zero."""
    assert ratio([3, 3, 300], [2, 2, 200]) == 1.5
    assert ratio([1], [0]) == float("inf")


def test_a_row_without_a_peer_has_no_ratio() -> None:
    """And says nothing about a peer in JSON."""
    row = Row(what="imports", unit="s", values=(0.123456, 0.2, 0.3))
    assert row.ratio is None
    assert row.as_json() == {"what": "imports", "unit": "s", "median": 0.2, "values": [0.1235, 0.2, 0.3]}


def test_results_are_one_document_and_one_table() -> None:
    """JSON has every value; the table has median, range, the peer's median and the ratio."""
    row = Row(what="time", unit="s", values=(1.0, 2.0, 4.0), peer=(1.0, 1.0, 8.0))
    told = machine.describe()
    parsed = json.loads(printing.document([result(row=row)], told, rounds={"task": 3}))
    assert parsed["machine"] == told
    assert parsed["benchmarks"][0]["rows"][0]["ratio"] == 2
    assert parsed["benchmarks"][0]["rounds"] == 3
    shown = io.StringIO()
    with redirect_stdout(shown):
        printing.print_tables([result(row=row)], told, rounds={"task": 3})
    line = next(line for line in shown.getvalue().splitlines() if line.strip().startswith("time "))
    assert line.split() == ["time", "2.00", "s", "1.00", "s", "4.00", "s", "1.00", "s", "2.00"]
    assert "Noted." in shown.getvalue()


def test_numbers_of_things_have_no_unit_and_no_fractions() -> None:
    """Requests and rows are counted, not measured; a ratio of them is one all the same."""
    row = Row(what="requests", unit="", values=(102.0,), peer=(10_000.0,))
    shown = io.StringIO()
    with redirect_stdout(shown):
        printing.print_tables([result(row=row)], machine.describe(), rounds={"task": 1})
    line = next(line for line in shown.getvalue().splitlines() if line.strip().startswith("requests "))
    assert line.split() == ["requests", "102", "102", "102", "10,000", "0.01"]


@pytest.mark.parametrize("name", command.BENCHMARKS)
def test_every_benchmark_is_a_module_that_takes_its_sizes(name: str) -> None:
    """The command line finds it by its name and calls it with the sizes it is listed with."""
    measure = inspect.signature(import_module(f"benchmarks.{name}").measure)
    benchmark = command.BENCHMARKS[name]
    assert set(measure.parameters) == {"tell", *benchmark.sizes, *(["rounds"] if benchmark.rounds else [])}
    assert set(benchmark.sizes) <= set(command.SIZES)


def test_the_machine_is_described_without_its_name() -> None:
    """Cores, memory, processor and versions: what makes figures comparable, and no host name and no path."""
    told = machine.describe()
    assert set(told) == {"cpu", "cores", "memory_gb", "system", "python", "airflow", "load_before"}
    text = json.dumps(told)
    assert str(Path.home()) not in text
    assert told["cores"] >= 1 and told["memory_gb"] > 0


def test_help_names_every_benchmark() -> None:
    """`--help` succeeds."""
    shown = io.StringIO()
    with redirect_stdout(shown), pytest.raises(SystemExit) as ended:
        command.main(["--help"])
    assert ended.value.code == 0
    words = (*command.BENCHMARKS, "--rounds", *(f"--{size}" for size in command.SIZES), "--json")
    assert {"discovery", "dag", "task", "jobs", "job_lambda", "migration"} <= set(words)
    assert all(word in shown.getvalue() for word in words)


@pytest.mark.parametrize(
    "wrong",
    [["speed"], ["--rounds", "0"], ["dag", "--clients", "many"], ["--rounds"], ["--round", "1"], ["jobs", "--jobs", "0"]],
)
def test_a_wrong_command_line_is_a_usage_error(wrong: list[str]) -> None:
    """Nothing is started for it: exit code 2 and the usage."""
    shown = io.StringIO()
    with redirect_stderr(shown), pytest.raises(SystemExit) as ended:
        command.main(wrong)
    assert ended.value.code == 2
    assert "usage: python -m benchmarks" in shown.getvalue()


def test_what_takes_too_long_is_stopped() -> None:
    """The limit holds whatever the benchmark waits for, and leaves no alarm behind."""
    with pytest.raises(BenchmarkError, match=r"dag took longer than 0 s: give it fewer --rounds"), at_most(0.01, "dag"):
        signal.pause()
    assert signal.getitimer(signal.ITIMER_REAL) == (0, 0)


def test_every_client_is_valid_and_of_a_realistic_length(tmp_path: Path) -> None:
    """More than 100 lines, in a catalog of 185 sources, following feeds that exist."""
    newsroom.write_clients(tmp_path, 12)
    newsroom.write_catalog(tmp_path, "http://127.0.0.1:1")
    storage = open_storage(tmp_path.as_uri())
    catalog = load_catalog(storage)
    assert catalog.problems() == []
    assert len(catalog.source_keys) == newsroom.SOURCES
    for number in range(12):
        client = load_client(storage, newsroom.client_name(number), catalog=catalog)
        assert len(client.sources) == 2
    assert newsroom.client_file(0)[1].count(b"\n") > 100


def test_imports_count_from_the_mark_on() -> None:
    """By package, in seconds, without the header and without what Airflow had imported before."""
    lines = "\n".join(
        [
            "import time: self [us] | cumulative | imported package",
            "import time:      9999 |       9999 | airflow",
            task.MARK,
            "import time:      1000 |       1000 |     feedparser.api",
            "import time:       500 |       1500 |   feedparser",
            "import time:       200 |       1700 | vectora_core.ingest.parsers.feed",
        ]
    )
    assert task.imports_of(lines) == {"feedparser": 0.0015, "vectora_core": 0.0002}


def test_processor_time_counts_this_process() -> None:
    """And it never runs backwards, so that a difference is what was spent in between."""
    before = cpu_of(psutil.Process())
    deadline = time.process_time() + 0.05
    while time.process_time() < deadline:
        pass
    assert cpu_of(psutil.Process()) > before > 0
