# Airflow's own image with Vectora and the locked versions of all that it needs, in an environment of their own: what else
# the image brings does not mix with them. docker-compose.yaml runs it.
FROM apache/airflow:slim-3.3.2-python3.11

USER 0
RUN mkdir -p /opt/vectora /opt/venv /opt/airflow/logs /var/lib/aws && chown 50000:0 /opt/vectora /opt/venv /opt/airflow/logs /var/lib/aws
USER 50000
WORKDIR /opt/vectora
ENV PATH=/opt/venv/bin:$PATH VIRTUAL_ENV=/opt/venv PIP_USER=false UV_LINK_MODE=copy

# What changes seldom comes first: a new version of Vectora alone does not install everything again.
COPY --chown=50000:0 requirements-uv.txt requirements.txt requirements-distributed.txt ./
RUN python -m venv /opt/venv && python -m pip install --no-cache-dir --disable-pip-version-check --require-hashes -r requirements-uv.txt
RUN --mount=type=cache,target=/opt/uv-cache,uid=50000 \
    UV_CACHE_DIR=/opt/uv-cache uv pip install --require-hashes --compile-bytecode -r requirements.txt -r requirements-distributed.txt

COPY --chown=50000:0 . .
RUN uv pip install --no-deps --no-build-isolation -e .
