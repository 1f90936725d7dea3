#!/bin/bash
# The SBOM: valid by the schema of CycloneDX 1.5, which npm has; with what the packages of this machine and the lock files name.
set -u
cd "$(dirname "$0")/../.." || exit
# shellcheck source=test/packages/common.sh
. test/packages/common.sh
work=$SKEP_RESULTS/sbom.json
./build/sbom.sh >"$work"

fetch() {
	mkdir -p out/packages/npm
	cmp -s test/packages/package-lock.json out/packages/npm/fetched && return
	cp test/packages/package.json test/packages/package-lock.json out/packages/npm/
	(cd out/packages/npm && timeout 300 npm ci --ignore-scripts --no-audit --no-fund >npm.log 2>&1) || return
	cp test/packages/package-lock.json out/packages/npm/fetched
}
valid() { NODE_PATH=$PWD/out/packages/npm/node_modules node test/packages/sbom.js "$1"; }
spoilt() { sed 's/"type": "library"/"type": "libary"/' "$work" >"$work.spoilt" && ! valid "$work.spoilt"; }
has() { jq -e --arg name "$1" --arg version "$2" 'any(.components[]; .name == $name and .version == $version)' "$work"; }
packages_of_nuget() {
	diff <(jq -r '.components[] | select(.purl | test("^pkg:nuget/") and (test("\\.Runtime\\.") | not)) | "\(.name) \(.version)"' \
			"$work" | sort) \
		<(jq -r '.dependencies["net10.0"] | to_entries[] | select(.value.resolved) | "\(.key) \(.value.resolved)"' \
			src/Skep.Cli/packages.lock.json | sort)
}
licences() { ! jq -e '.components[] | select(.licenses == null)' "$work"; }
named_in_notice() {
	local name
	for name in libbpf libelf zlib SQLite Tomlyn Iced Preact uPlot SQLitePCL System.CommandLine Microsoft.Data.Sqlite; do
		grep -qi "\"name\": \"$name" "$work" || { echo "NOTICE names $name"; return 1; }
	done
}

if command -v npm >/dev/null && fetch; then
	check "sbom: it is valid by the schema" valid "$work"
	check "sbom: the schema refuses what is wrong" spoilt
else
	skip sbom "fetch the schema by npm"
fi
for library in libbpf:libbpf-dev libelf:libelf-dev zlib:zlib1g-dev sqlite:libsqlite3-dev; do
	check "sbom: ${library%%:*}" has "${library%%:*}" "$(dpkg-query -W -f '${Version}' "${library##*:}")"
done
check "sbom: the runtime" has Microsoft.NETCore.App "$(out/skep --version | sed -n 's/^runtime .NET //p')"
check "sbom: the packages of NuGet" packages_of_nuget
check "sbom: all have a licence" licences
check "sbom: all that NOTICE names" named_in_notice
