"""What every test gets: an Airflow home of its own, so that none reads or writes the developer's."""

from __future__ import annotations

import os
import tempfile

os.environ["AIRFLOW_HOME"] = tempfile.mkdtemp(prefix="vectora-airflow-home-")
os.environ["AIRFLOW__CORE__LOAD_EXAMPLES"] = "False"
for name in [name for name in os.environ if name.startswith("VECTORA_") or name in ("CONFIG_BUCKET", "DATA_BUCKET")]:
    del os.environ[name]
