# For scripts that make the file system of a machine below $root: programs and what they need.
# shellcheck shell=bash disable=SC2154

# A program and the libraries that ldd names, where it looks for them.
add_program() {
	install -D -m 755 "$1" "$root/bin/$(basename "$1")"
	add_libraries "$1"
}

add_libraries() {
	local library
	for library in $(ldd "$@" 2>/dev/null | sed -nE 's:.*(=>|^)\s*(/[^ ]+) \(0x.*:\2:p' | sort -u); do
		[ -e "$root$library" ] || install -D -m 755 "$library" "$root$library"
	done
}
