# shellcheck shell=sh disable=SC2034 # failed
# What the scripts share that run in the machines of systemd.sh and reboot.sh.
failed=0

# check NAME COMMAND...
check() {
	name=$1
	shift
	if "$@" >/results/last 2>&1; then echo "ok $name"; else failed=1; echo "not ok $name:"; cat /results/last; fi
}

# eventually COMMAND...: in two minutes.
eventually() {
	limit=$(($(date +%s) + 120))
	while [ "$(date +%s)" -lt $limit ]; do
		if "$@" >/dev/null 2>&1; then return; fi
		sleep 0.5
	done
	"$@"
}

without() { ! "$@"; }
# is VERB UNIT STATE
is() { [ "$(systemctl "$1" "$2")" = "$3" ]; }
property() { systemctl show --property "$2" --value "$1"; }

# What there is on the disk, without what dpkg, apt and logs have of their own.
files() {
	find / -xdev \( -path /results -o -path /skep -o -path /tmp -o -path /var/log -o -path /var/lib/dpkg -o -path /var/lib/apt \
		-o -path /var/cache/apt -o -path /var/cache/debconf -o -path '/var/tmp/systemd-private-*' \) -prune -o -print | sort
}
