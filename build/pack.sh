#!/bin/sh
# Makes the NuGet packages Skep.Isa and Skep.Bpf, with their symbols, in out/packages. A commit gives the same bytes in every directory: the
# time in the files is SOURCE_DATE_EPOCH, or that of the commit. REPOSITORY_URL is the address of the repository that they name; without it
# they name none.
set -eu
cd "$(dirname "$0")/.."
dotnet=${DOTNET:-dotnet}
packages=out/packages
# Without a repository, the first time that a zip file can have.
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git -c safe.directory="$PWD" log -1 --format=%ct 2>/dev/null || echo 315532800)}
export SOURCE_DATE_EPOCH

rm -rf $packages
"$dotnet" build packaging/nuget/reference -c Release -v quiet -nologo
for project in Skep.Isa Skep.Bpf; do
	"$dotnet" pack "src/$project" --no-restore -c Release -v quiet -nologo -o $packages "-p:PackedRepositoryUrl=${REPOSITORY_URL:-}"
done
for package in $packages/*.nupkg $packages/*.snupkg; do echo "$package"; done
