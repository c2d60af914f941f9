#!/usr/bin/env bash
# What the job `init` of docker-compose.yaml does before Airflow starts: migrations, pools, connections, the first user.
# It may be run again at any time, and changes nothing then but what has changed.
set -euo pipefail

secrets=${1:?the folder of the secrets}
user=${AIRFLOW_ADMIN_USER:-admin}

echo "init: the database" >&2
airflow db migrate

echo "init: the pool ${VECTORA_INGEST_HEAVY_POOL:-heavy} with ${VECTORA_HEAVY_SLOTS:-4} slots" >&2
airflow pools set "${VECTORA_INGEST_HEAVY_POOL:-heavy}" "${VECTORA_HEAVY_SLOTS:-4}" "Vectora's heavy clients (ingest.queue, ingest.pool)"

if [ "$(cat "$secrets"/connections.json)" != "{}" ]; then
  echo "init: the connections of secrets/connections.json" >&2
  airflow connections import --overwrite "$secrets"/connections.json
fi

echo "init: the user $user" >&2
# With = signs: a random password may begin with a hyphen, and would be taken for an option.
airflow users create --username="$user" --role=Admin --firstname="$user" --lastname=Vectora --email="$user@localhost" \
  --password="$(cat "$secrets/admin_password")"
