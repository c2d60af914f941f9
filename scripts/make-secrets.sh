#!/usr/bin/env bash
# Make the secrets of docker-compose.yaml, each a file in ./secrets (or the given folder). What is there already is kept.
# The folder is for its owner alone; the files in it can be read by the users of the containers they are mounted into.
set -euo pipefail
cd "$(dirname "$0")/.."

folder=${1:-secrets}
mkdir -p "$folder"
chmod 700 "$folder"
umask 022

random() { head -c "$1" /dev/urandom | base64 | tr -d '\n' | tr '+/' '-_'; }

keep() { # NAME CONTENT
  [ -e "$folder/$1" ] && return
  printf '%s' "$2" >"$folder/$1.new"
  chmod 444 "$folder/$1.new"
  mv "$folder/$1.new" "$folder/$1"
  echo "$folder/$1" >&2
}

keep postgres_password "$(random 30)"
keep valkey_password "$(random 30)"
keep fernet_key "$(random 32)"
keep api_secret_key "$(random 48)"
keep jwt_secret "$(random 48)"
keep admin_password "$(random 12)"
keep connections.json "{}"

database=$(cat "$folder/postgres_password")
broker=$(cat "$folder/valkey_password")
keep sql_alchemy_conn "postgresql+psycopg2://airflow:$database@postgres:5432/airflow"
keep result_backend "db+postgresql+psycopg2://airflow:$database@postgres:5432/airflow"
keep broker_url "redis://:$broker@valkey:6379/0"
keep valkey_conf "requirepass $broker"
