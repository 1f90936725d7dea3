#!/bin/sh
# Installs the apt packages that are missing. Without apt, or without the right to use it, names them.
set -eu
missing=
for package in "$@"; do
	dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing="$missing $package"
done
if ! command -v dotnet >/dev/null; then
	echo "skep: building needs the .NET 10 SDK, which is not on PATH (see https://learn.microsoft.com/dotnet/core/install/linux-debian)" >&2
	exit 1
fi
[ -z "$missing" ] && exit 0
if ! command -v apt-get >/dev/null; then
	echo "skep: these packages are missing, and there is no apt here to install them:$missing" >&2
	exit 1
fi
if [ "$(id -u)" -ne 0 ]; then
	echo "skep: these packages are missing, and only root may install them (sudo make ...):$missing" >&2
	exit 1
fi
export DEBIAN_FRONTEND=noninteractive
progress=$(dirname "$0")/progress.sh
# shellcheck disable=SC2086 # a list of words
"$progress" "installing$missing" sh -c 'apt-get install -y -qq --no-install-recommends "$@" >/dev/null 2>&1' sh $missing || {
	"$progress" 'reading the lists of apt' apt-get update -qq
	"$progress" "installing$missing" apt-get install -y -qq --no-install-recommends $missing >/dev/null
}
