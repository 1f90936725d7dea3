# shellcheck shell=bash disable=SC2034
# What verifiers share: sourced with the directory of what a machine sent. One line a check, "ok ..." or "FAILED ..." and why.
here=$(realpath "$(dirname "$0")")
kernel=$(basename "$(dirname "$1")" | sed 's/^vmlinuz-//')
cd "$1" || exit 2

# verdict WHAT COMPLAINT...: none is right.
verdict() {
	local what=$1
	shift
	if [ $# -eq 0 ]; then
		echo "ok $kernel: $what"
	else
		echo "FAILED $kernel: $what:"
		printf '\t%s\n' "${@:1:9}"
	fi
}

# complaints WHAT COMMAND...: each line that the command prints is a complaint, and so is its failure.
complaints() {
	local what=$1 said
	shift
	said=$("$@" 2>&1) || said="not to be read: $said"
	mapfile -t list < <([ -z "$said" ] || echo "$said")
	verdict "$what" "${list[@]}"
}

# exits WHAT CODE NAME...: what the machine ran ended with the code, and neither crashed nor threw.
exits() {
	local what=$1 code=$2 name bad=()
	shift 2
	for name; do
		[ "$(cat "$name.status" 2>/dev/null)" = "$code" ] || bad+=("$name: exit code $(cat "$name.status" 2>&1), $(tail -n 1 "$name.err")")
		! grep -qE 'Unhandled exception|^   at |internal error' "$name.err" || bad+=("$name: $(head -n 3 "$name.err")")
	done
	verdict "$what" "${bad[@]}"
}
