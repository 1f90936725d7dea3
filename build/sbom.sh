#!/bin/sh
# Prints what out/skep is made of, as CycloneDX 1.5 in JSON: the NuGet packages of src/Skep.Cli/packages.lock.json, the .NET runtime that
# the binary names, the libraries of Debian that are linked in, and what npm gives for the agent's page. Tools of the build are there with
# the scope "excluded". The same commit gives the same bytes.
set -eu
cd "$(dirname "$0")/.."
version=$(./build/version.sh --package)
commit=$(./build/version.sh)
date=$(date -u -d "@$(./build/version.sh --date)" +%Y-%m-%dT%H:%M:%SZ)
packages=${NUGET_PACKAGES:-$HOME/.nuget/packages}

# component NAME VERSION PURL LICENCE SCOPE [INTEGRITY]: INTEGRITY is sha512- and base64, as npm writes it.
component() {
	digest=$(printf %s "${6:-}" | sed -n 's/^sha512-//p' | base64 -d | od -An -v -tx1 | tr -d ' \n')
	jq -cn --arg name "$1" --arg version "$2" --arg purl "$3" --arg licence "$4" --arg scope "$5" --arg digest "$digest" '
		{type: "library", "bom-ref": $purl, name: $name, version: $version, scope: $scope}
		+ (if $digest == "" then {} else {hashes: [{alg: "SHA-512", content: $digest}]} end)
		+ (if $licence == "" then {} else {licenses: [{expression: $licence}]} end)
		+ {purl: $purl}'
}

nuget() {
	jq -r '.dependencies["net10.0"] | to_entries[] | select(.value.resolved) | "\(.key) \(.value.resolved)"' \
		src/Skep.Cli/packages.lock.json |
		while read -r name resolved; do
			lower=$(printf %s "$name" | tr '[:upper:]' '[:lower:]')
			nuspec=$packages/$lower/$resolved/$lower.nuspec
			licence=$(sed -n 's:.*<license type="expression">\([^<]*\)</license>.*:\1:p' "$nuspec")
			case $name in *Analyzers | *.ILCompiler | *.ILLink.Tasks) scope=excluded ;; *) scope=required ;; esac
			component "$name" "$resolved" "pkg:nuget/$name@$resolved" "$licence" $scope
		done
}

# The names are those of the packages that the linker takes the runtime from.
runtime() {
	found=$(out/skep --version | sed -n 's/^runtime \.NET //p')
	for name in Microsoft.NETCore.App Microsoft.AspNetCore.App; do
		component "$name" "$found" "pkg:nuget/$name.Runtime.linux-x64@$found" MIT required
	done
}

# library NAME PACKAGE LICENCE
library() {
	found=$(dpkg-query -W -f '${Version}' "$2")
	encoded=$(printf %s "$found" | sed 's/:/%3A/g; s/+/%2B/g; s/~/%7E/g')
	component "$1" "$found" "pkg:deb/debian/$2@$encoded?arch=$(dpkg --print-architecture)" "$3" required
}

debian() {
	library libbpf libbpf-dev 'BSD-2-Clause OR LGPL-2.1-only'
	library libelf libelf-dev 'GPL-2.0-or-later OR LGPL-3.0-or-later'
	library zlib zlib1g-dev Zlib
	library sqlite libsqlite3-dev blessing
}

npm() {
	[ "$(cat out/web/state 2>/dev/null)" != none ] || return 0
	jq -r '.packages | to_entries[] | select(.key != "" and (.value.optional | not))
		| [(.key | sub("^.*node_modules/"; "")), .value.version, .value.license,
			(if .value.dev then "excluded" else "required" end), .value.integrity] | @tsv' web/package-lock.json |
		while IFS="$(printf '\t')" read -r name found licence scope integrity; do
			component "$name" "$found" "pkg:npm/$(printf %s "$name" | sed 's/^@/%40/')@$found" "$licence" "$scope" "$integrity"
		done
}

serial=$(printf %s "$version $commit" | sha256sum | sed -E 's/^(.{8})(.{4})(.{4})(.{4})(.{12}).*/\1-\2-\3-\4-\5/')
{ nuget; runtime; debian; npm; } | jq -s --arg version "$version" --arg commit "$commit" --arg date "$date" --arg serial "$serial" '
	{bomFormat: "CycloneDX", specVersion: "1.5", serialNumber: "urn:uuid:\($serial)", version: 1,
	metadata: {timestamp: $date,
		component: {type: "application", "bom-ref": "skep", name: "skep", version: $version, licenses: [{expression: "Apache-2.0"}],
			properties: [{name: "skep:build", value: $commit}]}},
	components: .,
	dependencies: ([{ref: "skep", dependsOn: map(."bom-ref")}] + map({ref: ."bom-ref"}))}'
