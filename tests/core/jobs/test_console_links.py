"""Links into the AWS console: its own way of writing names, and none for what is not AWS's."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vectora_core.jobs.console_links import job_url, log_url

JOB = "0a1b2c3d-0000-4000-8000-000000000001"


def test_a_log_stream_is_written_as_the_console_does() -> None:
    """Percent-encoded twice, with dollars for percents."""
    assert log_url("eu-west-1", "encode/default/3f [1]$x") == (
        "https://console.aws.amazon.com/cloudwatch/home?region=eu-west-1#logsV2:log-groups/log-group/"
        "$252Faws$252Fbatch$252Fjob/log-events/encode$252Fdefault$252F3f$2520$255B1$255D$2524x"
    )


def test_a_job_has_a_page() -> None:
    """A child of an array and a node of several too."""
    page = "https://console.aws.amazon.com/batch/home?region=us-east-1#jobs/detail/"
    assert job_url("us-east-1", JOB) == page + JOB
    assert job_url("us-east-1", f"{JOB}:12") == f"{page}{JOB}:12"
    assert job_url("us-east-1", f"{JOB}#0") == f"{page}{JOB}%230"


@pytest.mark.parametrize(
    ("region", "host"),
    [
        ("cn-north-1", "console.amazonaws.cn"),
        ("cn-northwest-1", "console.amazonaws.cn"),
        ("us-gov-west-1", "console.amazonaws-us-gov.com"),
        ("ap-southeast-5", "console.aws.amazon.com"),
        ("ca-central-1", "console.aws.amazon.com"),
    ],
)
def test_china_and_govcloud_have_a_console_of_their_own(region: str, host: str) -> None:
    """Told by the region."""
    for url in (job_url(region, JOB), log_url(region, "a")):
        assert url is not None
        assert (urlsplit(url).hostname, urlsplit(url).query) == (host, f"region={region}")


REGIONS = ["", "us-east-1\n", "us-east-1#x", "evil.example/us-east-1", "US-EAST-1", "us-east-1&x=1", "us-iso-east-1", "é"]


@pytest.mark.parametrize("region", REGIONS)
def test_what_is_no_region_gives_no_link(region: str) -> None:
    """Nothing of it may become part of a host; secret regions have no public console."""
    assert job_url(region, JOB) is None
    assert log_url(region, "a") is None


@pytest.mark.parametrize("job_id", ["", "a b", "a/../b", "<script>", f"{JOB}\n", f"{JOB}:x", f"{JOB}:1:2", "x" * 65, "ä"])
def test_what_is_no_job_id_gives_no_link(job_id: str) -> None:
    """It stands in the address."""
    assert job_url("us-east-1", job_id) is None


@pytest.mark.parametrize("stream", ["", "a:b", "a*", "a\nb", "a\x00", "x" * 513, "\ud800"])
def test_what_can_be_no_log_stream_gives_no_link(stream: str) -> None:
    """By the rules of CloudWatch."""
    assert log_url("us-east-1", stream) is None


@given(st.text(), st.text(), st.text())
def test_a_link_is_always_one_of_the_console(region: str, job_id: str, stream: str) -> None:
    """Whatever strangers write: https, the host of AWS, and nothing that ends an attribute of HTML."""
    for url in (
        job_url(region, job_id),
        log_url(region, stream),
        log_url("us-east-1", stream),
        job_url("us-east-1", job_id),
    ):
        if url is not None:
            assert url.startswith("https://console.a")
            assert not set(url) & set("\"'<> \\\n")
