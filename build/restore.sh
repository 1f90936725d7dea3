#!/bin/sh
# Restores the NuGet packages of all projects, as their packages.lock.json have them. restore.sh --check only looks whether that was done.
#
# The lock files also name packages that the SDK chooses itself, in its own version. With another SDK than they were written with,
# locked mode would refuse these; then the packages are resolved anew, and all others must be those of the lock files.
set -eu
cd "$(dirname "$0")/.."
dotnet=${DOTNET:-dotnet}
stamp=out/restored
locks=out/locks

if [ "${1:-}" = --check ]; then
	folder=$(sed -n '/"packageFolders"/{n;s/^ *"\(.*\)": {.*/\1/p;}' out/obj/Skep.Cli/project.assets.json 2>/dev/null || true)
	if [ ! -e $stamp ] || [ ! -d "$folder" ]; then
		echo "skep: the NuGet packages are not restored for user $(id -un) (make deps)" >&2
		exit 1
	fi
	changed=$(find Directory.Packages.props src test bench -newer $stamp \
		\( -name '*.csproj' -o -name '*.props' -o -name packages.lock.json \))
	if [ -n "$changed" ]; then
		echo "skep: projects changed since the NuGet packages were restored (make deps):" >&2
		echo "$changed" >&2
		exit 1
	fi
	exit 0
fi

# A lock file without the packages whose version the SDK chooses.
ours() {
	awk '/^      "(Microsoft.NET.ILLink.Tasks|([a-zA-Z0-9.-]+\.)?Microsoft.DotNet.ILCompiler)": \{/ { skip = 1 }
		skip { if (/^      }/) skip = 0; next }
		{ sub(/,$/, ""); if (!/^    }$/) print }' "$1"
}

mkdir -p out
sdk=$("$dotnet" msbuild src/Skep.Isa -getProperty:BundledNETCoreAppPackageVersion)
if grep -qs "\"resolved\": \"$sdk\"" src/Skep.Isa/packages.lock.json; then
	if ! ./build/progress.sh 'restoring the NuGet packages' "$dotnet" restore Skep.slnx -v quiet --locked-mode; then
		echo "skep: NU1004: projects or packages changed, and the packages.lock.json did not (make lock writes them anew)" >&2
		exit 1
	fi
else
	rm -rf $locks
	./build/progress.sh "restoring the NuGet packages for .NET $sdk" \
		"$dotnet" restore Skep.slnx -v quiet --force-evaluate "-p:LockFolder=$PWD/$locks/"
	find src test bench -name packages.lock.json | while read -r lock; do
		name=$(basename "$(dirname "$lock")")
		ours "$lock" >"$locks/$name.wanted"
		if ! ours "$locks/$name.json" | diff -u "$locks/$name.wanted" - >&2; then
			echo "skep: the packages of $name are not those of $lock (make lock writes the lock files anew)" >&2
			exit 1
		fi
	done
fi
touch $stamp
