"""A reverse proxy before the local Airflow: nginx on 127.0.0.1, which serves it below a path prefix as people's servers do.

It passes every address on as it came, prefix included: Airflow takes the prefix off itself, by ``[api] base_url``
(https://airflow.apache.org/docs/apache-airflow/3.3.2/howto/run-behind-proxy.html).
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from stack.errors import StackError
from stack.ports import LOCALHOST

_BESIDE_THE_PATH = ("/usr/sbin", "/usr/local/sbin")  # where Debian has it, and who is not root does not look
_SPOOLS = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
_CONFIG = """\
daemon off;
master_process off;
pid "{folder}/nginx.pid";
error_log stderr warn;
events {{ worker_connections 512; }}
http {{
  access_log off;
{spools}
  server {{
    listen {host}:{port};
    client_max_body_size 10m;
    location / {{ return 404; }}
    location {path_prefix}/ {{
      proxy_pass http://{host}:{upstream_port};
      proxy_http_version 1.1;
      proxy_set_header Host $http_host;
      proxy_buffering off;
    }}
  }}
}}
"""
# Without a master process nginx keeps the environment it was started with in the process table, and with it the mark of the
# stack: the watchdog finds it. Buffering would hold back a log that is being streamed.


def reverse_proxy_command(folder: Path, *, port: int, upstream_port: int, path_prefix: str) -> list[str]:
    """Write the configuration into a folder and return the command line; it needs no root and writes nowhere else.

    :param port: where it listens
    :param upstream_port: where Airflow's API server listens
    :param path_prefix: what is served; everything else is not found
    :raises StackError: when there is no nginx
    """
    nginx = find_nginx()
    folder.mkdir(parents=True, exist_ok=True)
    config = folder / "nginx.conf"
    config.write_text(nginx_config(folder, port=port, upstream_port=upstream_port, path_prefix=path_prefix))
    return [nginx, "-e", "stderr", "-p", str(folder), "-c", str(config)]


def nginx_config(folder: Path, *, port: int, upstream_port: int, path_prefix: str) -> str:
    """Return the whole configuration: https://nginx.org/en/docs/http/ngx_http_proxy_module.html."""
    spools = "\n".join(f'  {name}_temp_path "{folder}/{name}";' for name in _SPOOLS)
    return _CONFIG.format(
        folder=folder, spools=spools, host=LOCALHOST, port=port, upstream_port=upstream_port, path_prefix=path_prefix
    )


def find_nginx() -> str:
    """Return the path of nginx.

    :raises StackError: when there is none
    """
    found = shutil.which("nginx", path=os.pathsep.join((os.environ.get("PATH", ""), *_BESIDE_THE_PATH)))
    if found is None:
        raise StackError("no nginx found: install it (Debian: apt-get install nginx; elsewhere: nginx, on the PATH)")
    return found
