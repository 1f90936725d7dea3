#!/bin/bash
# How long 1,000 agents take to enforce what is pushed, by one etcd, and what a feed of 1,000,000 elements moves when 100 of them change.
# The agents are those of skep in one process, but for what they enforce with. Arguments: numbers of agents and elements.
set -euo pipefail
cd "$(dirname "$0")/.."
dotnet build test/Skep.Agent.Tests --no-restore -c Release -v quiet >/dev/null
ulimit -n "$(ulimit -Hn)"
export SKEP_FLEET_AGENTS=${1:-1000} SKEP_FLEET_ELEMENTS=${2:-1000000}
dotnet out/bin/Skep.Agent.Tests/Release/net10.0/Skep.Agent.Tests.dll -method '*Many_agents_converge_on_a_push' \
	-method '*A_feed_of_which_little_changes_moves_little' -showliveoutput | sed -n 's/.*\[OUTPUT\] //p'
