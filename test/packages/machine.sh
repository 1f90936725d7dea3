# shellcheck shell=bash disable=SC2154 # kernel
# What systemd.sh and reboot.sh share: machines of $kernel whose scripts print a line for each test.

passed=0 failed=0

# boot SCRIPT DIRECTORY: as test/vm/boot.sh, and counts. A machine that does not come to its end has failed.
boot() {
	local code=0 held lost
	./test/vm/boot.sh "$kernel" "$2" <"test/packages/$1" || code=$?
	held=$(grep -cs '^ok ' "$2/output" || :) lost=$(grep -cs '^not ok ' "$2/output" || :)
	[ $code -eq 0 ] || [ "${lost:-0}" -gt 0 ] || { echo "skep: $1 ended with $code" >&2; lost=1; }
	passed=$((passed + ${held:-0})) failed=$((failed + ${lost:-0}))
}

sum_up() {
	echo "$passed passed, $failed failed"
	[ $failed -eq 0 ] && [ $passed -gt 0 ]
}
