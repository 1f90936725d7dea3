#!/bin/sh
# Prints the directory of the static libbpf that gcc links, and fails unless its version is the one named: libbpf.sh VERSION.
set -eu
wanted=$1
archive=$(gcc -print-file-name=libbpf.a)
if [ "$archive" = libbpf.a ]; then
	echo "skep: gcc finds no libbpf.a (make deps installs it)" >&2
	exit 1
fi
directory=$(cd "$(dirname "$archive")" && pwd)
found=$(sed -n 's/^Version: *//p' "$directory/pkgconfig/libbpf.pc" || true)
if [ "$found" != "$wanted" ]; then
	echo "skep: libbpf in $directory is version ${found:-unknown}, but this release of skep is built and tested with $wanted" >&2
	echo "skep: (apt-get install libbpf-dev updates it; make LIBBPF_VERSION=${found:-VERSION} builds with another)" >&2
	exit 1
fi
echo "$directory"
