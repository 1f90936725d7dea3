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

# copy_skep ROOT: skep, its tests, what ends the machine.
copy_skep() {
	mkdir -p "$1/skep/out"
	install -D out/skep "$1/skep/out/skep"
	cp -r "$tests" "$1/skep/tests"
	install -m 644 test/vm/end.sh "$1/skep/"
	: >"$1/skep/Skep.slnx"
}
