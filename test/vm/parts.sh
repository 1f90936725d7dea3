# shellcheck shell=bash
# What the machines have beside their own programs.

tests=out/bin/Skep.EndToEnd/Release/net10.0
dotnet=$(dirname "$(readlink -f "$(command -v "${DOTNET:-dotnet}")")")

dotnet_version() { "$dotnet/dotnet" --list-runtimes | awk '$1 == "Microsoft.NETCore.App" {print $2}' | tail -n 1; }

# copy_dotnet ROOT: the runtime of .NET.
copy_dotnet() {
	mkdir -p "$1/usr/share/dotnet/shared/Microsoft.NETCore.App"
	cp -r "$dotnet/dotnet" "$dotnet/host" "$1/usr/share/dotnet/"
	cp -r "$dotnet/shared/Microsoft.NETCore.App/$(dotnet_version)" "$1/usr/share/dotnet/shared/Microsoft.NETCore.App/"
}

# The compiler that `make deps` fetches with the tests' packages; nothing where it is not there.
crossgen() {
	local packages version
	read -r packages version < <("$dotnet/dotnet" msbuild test/Skep.EndToEnd \
		-getProperty:NuGetPackageRoot -getProperty:BundledNETCoreAppPackageVersion |
		sed -nE 's/^ +"(NuGetPackageRoot|Bundled.*Version)": "(.*)",?$/\2/p' | xargs)
	ls "$packages/microsoft.netcore.app.crossgen2.linux-x64/$version/tools/crossgen2" 2>/dev/null || true
}

# Compiles the tests and their libraries ahead of time into out/vm/ahead: emulated processors are slow at compiling.
compile_tests() {
	local compiler
	mkdir -p out/vm/ahead
	compiler=$(crossgen)
	[ -n "$compiler" ] ||
		{ echo "skep: there is no crossgen2: the tests are compiled in the machines, which takes longer" >&2; return; }
	for assembly in "$tests"/*.dll; do
		[ "out/vm/ahead/$(basename "$assembly")" -nt "$assembly" ] || echo "$assembly"
	done | xargs -r -P 2 -I{} sh -c '
		"$0" "$1" -o "out/vm/ahead/new.$$" -r "$2*.dll" -r "$3*.dll" --targetos:linux --targetarch:x64 -O >/dev/null &&
			mv "out/vm/ahead/new.$$" "out/vm/ahead/${1##*/}"' \
		"$compiler" {} "$tests/" "$dotnet/shared/Microsoft.NETCore.App/$(dotnet_version)/"
}

# copy_skep ROOT: skep, its tests, what ends the machine.
copy_skep() {
	local assembly
	mkdir -p "$1/skep/out"
	install -D out/skep "$1/skep/out/skep"
	compile_tests
	cp -r "$tests" "$1/skep/tests"
	for assembly in "$1"/skep/tests/*.dll; do
		[ ! -e "out/vm/ahead/${assembly##*/}" ] || cp "out/vm/ahead/${assembly##*/}" "$assembly"
	done
	install -m 644 test/vm/end.sh "$1/skep/"
	: >"$1/skep/Skep.slnx"
}
