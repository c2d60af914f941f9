"""`python -m stack seed`: fills an embedded AWS that runs elsewhere, such as that of docker-compose.yaml."""

from __future__ import annotations

from stack import embedded_aws
from stack.local import JOBS_TABLE
from stack.places import CONFIGS
from vectora_core.jobs.schema import create_table


def seed(aws: str, site: str) -> int:
    """Make the buckets, the sample configuration and the job table; what is there already stays.

    :param aws: URL of the embedded AWS
    :param site: URL of the demo web site, which the sample configuration names then
    """
    embedded_aws.make_buckets(aws)
    embedded_aws.Mirror(at=aws, configs=CONFIGS, site=site).update()
    create_table(embedded_aws.dynamodb(aws), JOBS_TABLE)
    print(f"seeded {aws}: the sample configuration, and the job table {JOBS_TABLE}")
    return 0
