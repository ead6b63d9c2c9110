#!/bin/sh
# Starts a worker on each host that is named, until this script is interrupted:
#
#   ./ssh.sh redis://server/lab host1 host2 host3
#
# `-tt` gives each worker a terminal, whose end ends the worker. So a lost connection leaves no worker behind.
pool=$1
shift
trap 'trap - INT TERM; kill 0' INT TERM
for host; do
    ssh -tt "$host" /opt/lab/hosts --worker "$pool" </dev/null &
done
wait
