#!/bin/sh
# Everything with the label, and nothing else.
set -eu
podman ps --all --quiet --filter label=ptrgate-lab | xargs --no-run-if-empty podman rm --force --time 0
podman network ls --quiet --filter label=ptrgate-lab | xargs --no-run-if-empty podman network rm --force
