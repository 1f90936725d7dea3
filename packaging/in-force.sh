# shellcheck shell=sh
# What goes on in the kernel without the program: tables that filter packets, policies of guard.
in_force=
for state in /run/skep/filter/* /sys/fs/bpf/skep_guard/g*; do
	[ ! -d "$state" ] || in_force="$in_force ${state##*/}"
done
if [ -n "$in_force" ]; then
	echo "skep: these stay in force until the next boot:$in_force" >&2
	echo "skep: (before the removal: skep filter show, skep filter off TABLE; skep guard off)" >&2
fi
