#!/bin/sh
# The binary needs glibc's own libraries and nothing else, and stays within its size budget.
set -eu
binary=$1
limit=$((32 * 1024 * 1024))
foreign=$(ldd "$binary" | awk '{print $1}' | grep -vE '^(linux-vdso\.so|/lib64/ld-linux-x86-64\.so|lib(c|m|dl|rt|pthread)\.so)' || true)
if [ -n "$foreign" ]; then
	echo "skep: $binary needs libraries beyond glibc's: $(echo "$foreign" | tr '\n' ' ')" >&2
	exit 1
fi
size=$(stat -c %s "$binary")
if [ "$size" -gt "$limit" ]; then
	echo "skep: $binary has $size bytes, more than the $limit allowed" >&2
	exit 1
fi
echo "$binary: $((size / 1024)) KiB"
