#!/usr/bin/env bash
# A worker in bash and psql: claims tasks of one type and gives each payload to a command.
#
#   worker.sh TYPE COMMAND [ARGUMENT ...]
#
# The command reads the payload (JSON) on its standard input; TASK_ID and TASK_ATTEMPT are in its environment, and the id is the
# idempotency key for whatever it does elsewhere. It says by its exit status whether the attempt succeeded; what it prints is the
# error if not. Connects as psql does (PGHOST, PGPORT, PGUSER, PGPASSWORD, PGDATABASE, ...). SCHEMA is where Dibs is installed
# (public), LEASE how long a task may take ("1 hour"), QUEUE the queue (default). SIGTERM lets the task in hand finish.
set -u

if [ $# -lt 2 ]; then
  echo "usage: worker.sh TYPE COMMAND [ARGUMENT ...]" >&2
  exit 2
fi
type=$1
shift

# Reads SQL on its standard input: only there are :'variables' quoted by psql, so no value can be taken for SQL.
sql() {
  psql --no-psqlrc --quiet --no-align --tuples-only --field-separator='|' --set ON_ERROR_STOP=1 \
    --set schema="${SCHEMA:-public}" "$@"
}

claim() {
  sql --set type="$type" --set queue="${QUEUE:-default}" --set lease="${LEASE:-1 hour}" <<'SQL'
SELECT id, token, attempt, payload FROM :"schema".claim_task(ARRAY[:'type'], :'queue', :'lease')
SQL
}

complete() {
  sql --set id="$1" --set token="$2" <<'SQL'
SELECT :"schema".complete_task(:'id', :'token')
SQL
}

fail() {
  sql --set id="$1" --set token="$2" --set error="$3" <<'SQL'
SELECT :"schema".fail_task(:'id', :'token', :'error')
SQL
}

# Writing an end again under the same token is safe, so a lost connection costs nothing but the next try.
written() {
  local answer
  for _ in 1 2 3 4 5; do
    if answer=$("$@"); then
      [ "$answer" = t ] || echo "worker.sh: $1 of task $2: the lease was lost, so it runs again" >&2
      return
    fi
    sleep 1
  done
  echo "worker.sh: $1 of task $2 could not be written: it runs again when its lease is over" >&2
}

stopping=
trap 'stopping=yes' TERM INT
while [ -z "$stopping" ]; do
  if ! row=$(claim); then
    sleep 1
    continue
  fi
  if [ -z "$row" ]; then
    sleep 0.2
    continue
  fi
  # The payload is last, because it may hold the separator; a line break it holds as \n only.
  id=${row%%|*} row=${row#*|}
  token=${row%%|*} row=${row#*|}
  attempt=${row%%|*} payload=${row#*|}
  if output=$(TASK_ID=$id TASK_ATTEMPT=$attempt "$@" 2>&1 <<<"$payload"); then
    written complete "$id" "$token"
  else
    # PostgreSQL takes valid UTF-8 only, and an argument of a process has its bound.
    error=$(printf '%s' "exit status $?: $output" | head -c 4000 | iconv -c -f UTF-8 -t UTF-8)
    written fail "$id" "$token" "$error"
  fi
done
