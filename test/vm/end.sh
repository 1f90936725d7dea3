# shellcheck shell=sh
# Runs the script /guest, and sends what lies in /results as a tar over the second serial port.

# Runs the tests whose full names are like one of the patterns; none is a failure.
tests() {
	set -f
	# shellcheck disable=SC2046 # a list of words
	set -- $(printf ' -method %s' "$@")
	cd /skep/tests || return
	# Code that is compiled a second time, and memory that is mapped twice to write code, do not pay in a run this short.
	DOTNET_TC_CallCounting=0 DOTNET_EnableWriteXorExecute=0 \
		/usr/share/dotnet/dotnet Skep.EndToEnd.dll -noColor -noLogo -reporter verbose -parallelMode none -trait level=machine \
			-result-xml /results/results.xml "$@" || return
	grep -q '<test ' /results/results.xml || { echo "no test has such a name"; return 1; }
}

echo "skep-vm: begin $(uname -r)"
{ (. /guest); echo $? >/results/code; } 2>&1 | tee /results/output
dmesg >/results/dmesg
stty -F /dev/ttyS1 raw -echo
tar -c -f - -C /results . | cat >/dev/ttyS1
echo "skep-vm: end, $(cut -d. -f1 /proc/uptime) s"
# A script that boots again from the same disk ends in order.
if [ -e /results/in-order ]; then systemctl start --no-block reboot.target; else reboot -f; fi
