#!/bin/sh
# Installs the apt packages that are missing; without apt, or without the right to use it, names them. packages.sh [--check] PACKAGE...
# --check installs nothing: it fails when one is missing.
set -eu
check=
if [ "$1" = --check ]; then
	check=yes
	shift
fi
if ! command -v "${DOTNET:-dotnet}" >/dev/null; then
	echo "skep: building needs the .NET 10 SDK, and dotnet is not on PATH" >&2
	echo "skep: (https://learn.microsoft.com/dotnet/core/install/linux-debian)" >&2
	exit 1
fi
if [ -n "$check" ] && ! command -v dpkg-query >/dev/null; then
	exit 0
fi
missing=
for package in "$@"; do
	dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing="$missing $package"
done
[ -z "$missing" ] && exit 0
if [ -n "$check" ]; then
	echo "skep: these packages are missing (sudo make deps installs them):$missing" >&2
	exit 1
fi
if ! command -v apt-get >/dev/null; then
	echo "skep: these packages are missing, and there is no apt here to install them:$missing" >&2
	exit 1
fi
if [ "$(id -u)" -ne 0 ]; then
	echo "skep: these packages are missing, and only root may install them (sudo make deps):$missing" >&2
	exit 1
fi
export DEBIAN_FRONTEND=noninteractive
progress=$(dirname "$0")/progress.sh
# shellcheck disable=SC2086 # a list of words
"$progress" "installing$missing" sh -c 'apt-get install -y -qq --no-install-recommends "$@" >/dev/null 2>&1' sh $missing || {
	"$progress" 'updating the package lists of apt' apt-get update -qq
	"$progress" "installing$missing" apt-get install -y -qq --no-install-recommends $missing >/dev/null
}
