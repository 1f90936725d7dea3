# shellcheck shell=sh
# What goes on in the kernel without the program: tables that filter packets, policies of guard.
in_force=
for state in /run/skep/filter/*/; do
	[ ! -d "$state" ] || in_force="$in_force $(basename "$state")"
done
[ -z "$in_force" ] || echo "skep: tables that stay applied until the next boot or a purge:$in_force (before: skep filter remove TABLE)" >&2
for state in /sys/fs/bpf/skep_guard/g*/; do
	[ ! -d "$state" ] || echo "skep: the policies of guard stay in force until the next boot or a purge (before: skep guard remove)" >&2
done
