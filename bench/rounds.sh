# shellcheck shell=bash disable=SC2154
# Filters that take turns at what skep gen sends: sourced after subjects.sh. ROUNDS and SECONDS_A_ROUND come from filter.sh.
#
# skep gen sends on CPU 0, the receiver is a NAPI thread on CPU 1. The cost of a packet is the time that the thread's clock took in a round
# by the packets that it received: right also where it had nothing to do at times. All filters are set up side by side and take turns, so
# that what else changes on the machine meets all of them. Every packet must have been counted by the filter itself.

names=() sizes=() places=() bases=() missing=()

# Sets a filter up, unless it is not there. `dropped_NAME` is what it counts; `far_NAME`, where there is one, what arrives at the far end.
add() { # NAME SIZE
	receiver
	if "start_$1" "$2"; then
		names+=("$1") sizes+=("$2") places+=("$place") bases+=("$("dropped_$1")")
	else
		missing+=("$(printf '%-16s %9s  not measured: %s' "$(title "$1")" "$2" "$(reason)")")
		discard
	fi
}

# The packets that the device took and those it did not, seconds, nanoseconds of the receiver.
round() {
	local before sent
	before=$(processor "$device")
	sent=$(taskset -c 0 ip netns exec from "$skep" gen "$sender" --packet 'udp 192.0.2.1:5 > 192.0.2.2:53' \
		--range saddr=192.0.2.10-192.0.2.250 --time "${SECONDS_A_ROUND}s" -j 2>/dev/null |
		sed 's/.*"packets":\([0-9]*\),.*"seconds":\([0-9.]*\),.*"errors":\([0-9]*\),.*/\1 \3 \2/')
	settle "$device"
	echo "$sent $(($(processor "$device") - before))"
}

turns() {
	local i
	rm -f "$work"/rounds.*
	for _ in $(seq "$ROUNDS"); do
		for i in "${!names[@]}"; do
			choose "${places[i]}"
			round >>"$work/rounds.$i"
		done
	done
}

# One line for each filter, and what it is by the first; then all of them are taken down.
results() { # HEADING KIND
	local i name bare='' cost core sent dropped of arrived
	printf '%-16s %9s %8s %9s %7s  %9s %6s %6s%s\n' "$1" rules "ns each" Mpps ratio received lost busy "${3:-}"
	for i in "${!names[@]}"; do
		choose "${places[i]}"
		name=$(title "${names[i]}")
		of=$work/rounds.$i arrived=
		dropped=$(($("dropped_${names[i]}") - bases[i]))
		sent=$(awk '{ s += $1 } END { printf "%d", s }' "$of")
		if ! awk -v s="$sent" -v d="$dropped" 'BEGIN { exit !(s > 0 && d >= s * 0.99 && d <= s * 1.01) }'; then
			missing+=("$(printf '%-16s %9s  not measured: it received %d packets, and counted %d' \
				"$name" "${sizes[i]}" "$sent" "$dropped")")
			continue
		fi
		cost=$(awk '$1 > 0 { print $4 / $1 }' "$of" | median)
		core=$(awk -v c="$cost" 'BEGIN { printf "%.3f", 1000 / c }')
		[ -n "$bare" ] || bare=$core
		if declare -F "far_${names[i]}" >/dev/null; then
			arrived=$(awk -v f="$("far_${names[i]}")" -v s="$sent" 'BEGIN { printf " %9.0f%%", 100 * f / s }')
		fi
		printf '%-16s %9s %8.0f %9s %7s  %9.3f %5.0f%% %5.0f%%%s\n' "$name" "${sizes[i]}" "$cost" "$core" \
			"$(ratio "$core" "$bare")" "$(awk '{ print $1 / $3 / 1e6 }' "$of" | median)" \
			"$(awk '{ s += $1; e += $2 } END { print 100 * e / (s + e) }' "$of")" \
			"$(awk '{ print 100 * $4 / $3 / 1e9 }' "$of" | median)" "$arrived"
		fact "filter_$2_core_${name// /_}_${sizes[i]}" "$core" Mpps
		fact "filter_$2_${name// /_}_${sizes[i]}" "$(ratio "$core" "$bare")" "to_bare_$2"
	done
	[ ${#missing[@]} -eq 0 ] || printf '%s\n' "${missing[@]}"
	for i in "${places[@]}"; do
		choose "$i"
		discard
	done
	names=() sizes=() places=() bases=() missing=()
}
