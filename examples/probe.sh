#!/bin/sh
# Asks a service how it is and posts that to the portal: for cron, or a loop.
#
#   probe.sh MODULE_ID https://shop.example/healthz
#
# PORTAL_URL, PORTAL_TOKEN (scope runtime.health.write), ENVIRONMENT_ID; PROBE (http); SLOW_MS (1000): slower is
# Degraded. What cannot be posted is tried again, TRIES (6) times at most; a result that had arrived
# already is counted once, since it carries the time of its check.
set -eu
: "${PORTAL_URL:?}" "${PORTAL_TOKEN:?}" "${ENVIRONMENT_ID:?}"
module=$1 url=$2

checked_at=$(date -u +%Y-%m-%dT%H:%M:%SZ)
seen=$(curl --silent --output /dev/null --max-time 10 --write-out '%{http_code} %{time_total}' "$url") || true
code=${seen%% *}
milliseconds=$(printf '%s' "${seen##* }" | awk '{printf "%d", $1 * 1000}')
case $code in
  2??|3??) status=Healthy; [ "$milliseconds" -le "${SLOW_MS:-1000}" ] || status=Degraded ;;
  *) status=Unhealthy ;;
esac
result=$(jq -nc --arg name "$module" --arg status "$status" --arg time "$checked_at" --arg code "$code" \
  --arg probe "${PROBE:-http}" --argjson took "$milliseconds" \
  '[{moduleId: $name, probe: $probe, status: $status, latencyMs: $took, checkedAt: $time, detail: "answered \($code)"}]')

try=1 folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
while :; do
  : > "$folder/head"
  answered=$(printf '%s' "$result" | curl --silent --max-time 10 \
    --dump-header "$folder/head" --output "$folder/body" --write-out '%{http_code}' \
    --header "Authorization: Bearer $PORTAL_TOKEN" --header 'Content-Type: application/json' --data-binary @- \
    "$PORTAL_URL/v1/runtime/health-results?environmentId=$ENVIRONMENT_ID") || true
  case $answered in
    2??) echo "$module is $status ($code in $milliseconds ms)."; exit 0 ;;
    429 | 5?? | 000) ;; # later, perhaps
    *) cat "$folder/body" >&2; exit 1 ;; # never
  esac
  if [ "$try" -ge "${TRIES:-6}" ]; then
    echo "The portal did not take it ($answered), after $try tries." >&2
    exit 1
  fi
  wait=$(tr -d '\r' < "$folder/head" | awk 'tolower($1) == "retry-after:" {print $2}')
  sleep "${wait:-$try}"
  try=$((try + 1))
done
