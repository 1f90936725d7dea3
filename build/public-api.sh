#!/bin/bash
# Writes the PublicAPI.Unshipped.txt of the public packages anew: what is public and not in PublicAPI.Shipped.txt.
# A release moves the lines to Shipped.
set -eu
cd "$(dirname "$0")/.."
export LC_ALL=C

for project in Skep.Isa Skep.Bpf; do
	shipped=src/$project/PublicAPI.Shipped.txt unshipped=src/$project/PublicAPI.Unshipped.txt
	[ -e "$shipped" ] || echo '#nullable enable' >"$shipped"
	echo '#nullable enable' >"$unshipped"
	log=out/public-api.$project.log
	"${DOTNET:-dotnet}" restore "src/$project" -v quiet
	if ! "${DOTNET:-dotnet}" build "src/$project" -c Release --no-restore -v quiet -nologo \
		-p:TreatWarningsAsErrors=false -p:RunAnalyzers=true >"$log"; then
		cat "$log" >&2
		exit 1
	fi
	sed -nE "s/.* RS0016: Symbol '(.*)' is not part of the declared public API.*/\1/p" "$log" | sort -u >>"$unshipped"
	echo "$unshipped: $(($(wc -l <"$unshipped") - 1)) members"
done
