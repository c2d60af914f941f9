"""The settings that the stacks of this project give: the one place that says which are the same, and why others are not.

`make up` and the tests take `EVERYWHERE` from here (`stack.airflow`); `docker-compose.yaml` is held to it by a test. A
setting that one of them has and this page does not know is a failing test.
"""

from __future__ import annotations

from typing import Final

EVERYWHERE: Final = {
    "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
    "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "True",
    "AIRFLOW__CORE__HOSTNAME_CALLABLE": "socket.gethostname",  # the default asks the DNS
    "AIRFLOW__API__WORKERS": "1",
    "AIRFLOW__LOGGING__COLORED_CONSOLE_LOG": "False",
}
"""Settings of Airflow with the same value in every stack."""

DIFFERENT: Final = {
    "AIRFLOW__CORE__EXECUTOR": "one machine, or workers",
    "AIRFLOW__CORE__PARALLELISM": "as many as the machines carry",
    "AIRFLOW__CORE__DAGS_FOLDER": "a path",
    "AIRFLOW__CORE__PLUGINS_FOLDER": "a path",
    "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": "an address",
    "AIRFLOW__CORE__FERNET_KEY": "a secret",
    "AIRFLOW__CORE__AUTH_MANAGER": "users without a database, or in one",
    "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": "SQLite, or Postgres",
    "AIRFLOW__API__PORT": "an address",
    "AIRFLOW__API__BASE_URL": "an address",
    "AIRFLOW__API__SECRET_KEY": "a secret",
    "AIRFLOW__API__INSTANCE_NAME": "tells them apart",
    "AIRFLOW__API_AUTH__JWT_SECRET": "a secret",
    "AIRFLOW__LOGGING__BASE_LOG_FOLDER": "a path",
    "AIRFLOW__LOGGING__DAG_PROCESSOR_CHILD_PROCESS_LOG_DIRECTORY": "a path",
    "AIRFLOW__SCHEDULER__ENABLE_HEALTH_CHECK": "a server of its own, for the health check of a container alone",
    "AWS_ENDPOINT_URL": "an address",
    "AWS_ENDPOINT_URL_BATCH": "an address",
    "VECTORA_ALLOW_PRIVATE_NETWORKS": "where the demo web site is",
    "VECTORA_CONFIG_ROOT": "`.env` says it",
    "VECTORA_DATA_ROOT": "`.env` says it",
    "VECTORA_INGEST_SCHEDULE": "on one machine nothing runs by itself",
    "VECTORA_JOBS_SCHEDULE": "on one machine nothing runs by itself",
    "VECTORA_INGEST_RETRIES": "on one machine nobody waits",
    "VECTORA_INGEST_RETRY_DELAY_SECONDS": "on one machine nobody waits",
}
"""Settings that every stack gives, each its own value, and why."""

LOCAL_ONLY: Final = {
    "AIRFLOW__API__HOST": "the compose file says it on the command line",
    "AIRFLOW__CORE__MIN_SERIALIZED_DAG_UPDATE_INTERVAL": "a changed DAG is seen at once",
    "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS": "of the simple auth manager",
    "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": "of the simple auth manager",
    "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": "of the simple auth manager",
    "AIRFLOW__DAG_PROCESSOR__BUNDLE_REFRESH_CHECK_INTERVAL": "a changed DAG is seen at once",
    "AIRFLOW__DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL": "a changed DAG is seen at once",
    "AIRFLOW__DAG_PROCESSOR__PARSING_PROCESSES": "spares a laptop",
    "AIRFLOW__DAG_PROCESSOR__REFRESH_INTERVAL": "a changed DAG is seen at once",
    "AIRFLOW__SCHEDULER__SCHEDULER_IDLE_SLEEP_TIME": "whoever watches does not wait",
}
"""Settings of `make up` and the tests alone, and why."""

DISTRIBUTED_ONLY: Final = {
    "AIRFLOW__CELERY__EXTRA_CELERY_CONFIG": "of the CeleryExecutor",
    "AIRFLOW__CELERY__TASK_PUBLISH_MAX_RETRIES": "of the CeleryExecutor",
    "AIRFLOW__CELERY__BROKER_URL": "of the CeleryExecutor",
    "AIRFLOW__CELERY__RESULT_BACKEND": "of the CeleryExecutor",
    "AIRFLOW__SCHEDULER__SCHEDULER_HEALTH_CHECK_SERVER_PORT": "of the health check",
    "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": "a machine with its tasks can be gone, not only a process",
    "AIRFLOW__SCHEDULER__TASK_QUEUED_TIMEOUT": "what is queued can be lost on its way to a worker",
    "AIRFLOW__SCHEDULER__TASK_QUEUED_TIMEOUT_CHECK_INTERVAL": "of that",
    "VECTORA_INGEST_HEAVY_POOL": "there is a pool for it",
    "VECTORA_INGEST_HEAVY_QUEUE": "there is a worker for it",
}
"""Settings of `docker-compose.yaml` alone, and why; and all of Vectora's that it hands on from `.env`, if they are there."""
