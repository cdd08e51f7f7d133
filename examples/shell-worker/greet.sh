#!/usr/bin/env bash
# What the shell worker of the example does with a task: keeps who was greeted. The payload comes on the standard input.
set -eu
payload=$(cat)
psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 --set task="$TASK_ID" --set payload="$payload" <<'SQL'
INSERT INTO greeted (task, worker, payload) VALUES (:'task', 'shell', :'payload')
SQL
