#!/bin/sh
# Records a deployment in the portal around the command that makes it: a step of a GitHub Actions
# workflow, or of any pipeline with sh, curl and jq.
#
#   record-deployment.sh kubectl apply -f manifests/
#
# PORTAL_URL, PORTAL_TOKEN (scope runtime.deployments.write), ENVIRONMENT_ID and RELEASE say where and
# what. It ends as the command did: with the deployment Completed, or Failed with the exit code.
set -eu
: "${PORTAL_URL:?}" "${PORTAL_TOKEN:?}" "${ENVIRONMENT_ID:?}" "${RELEASE:?}"

call() { # METHOD PATH BODY [HEADER]: prints the answer; 4xx and 5xx end the step with the problem
  method=$1 path=$2 body=$3
  shift 3
  answer=$(printf '%s' "$body" | curl --silent --show-error --max-time 30 --retry 5 --retry-connrefused \
    --request "$method" --header "Authorization: Bearer $PORTAL_TOKEN" \
    --header 'Content-Type: application/json' ${1:+--header "$1"} --data-binary @- \
    --write-out '\n%{http_code}' "$PORTAL_URL/v1/runtime/$path")
  status=${answer##*
}
  answer=${answer%
*}
  [ "$status" -lt 400 ] || { printf '%s\n' "$answer" >&2; return 1; }
  printf '%s\n' "$answer"
}

# The same run asked twice is one deployment: the key is the run's and its attempt's.
key="${GITHUB_RUN_ID:-$RELEASE}-${GITHUB_RUN_ATTEMPT:-1}-$ENVIRONMENT_ID"
deployment=$(call POST deployments "$(jq -nc --arg environment "$ENVIRONMENT_ID" --arg release "$RELEASE" \
  --arg reason "${REASON:-${GITHUB_WORKFLOW:-pipeline}}" \
  '{environmentId: $environment, releaseRef: $release, gate: "external", steps: ["deploy"], reason: $reason}')" \
  "Idempotency-Key: $key")
id=$(printf '%s' "$deployment" | jq -r .deploymentId)
echo "Deployment $id of $RELEASE is under way."

code=0
"$@" || code=$?
if [ "$code" != 0 ]; then
  call POST "deployments/$id/fail" "$(jq -nc --arg code "$code" '{reason: "the pipeline ended with code \($code)"}')" \
    'If-Match: *' > /dev/null
  echo "Deployment $id is Failed." >&2
  exit "$code"
fi

status=$(printf '%s' "$deployment" | jq -r .status)
while [ "$status" != Completed ]; do
  deployment=$(call POST "deployments/$id/advance" "$(jq -nc --arg seen "$status" '{seen: $seen}')" 'If-Match: *')
  status=$(printf '%s' "$deployment" | jq -r .status)
done
echo "Deployment $id is Completed."
