#!/bin/bash
# Runs tests, or a command of the shell, on one kernel (as in kernel.sh): one.sh KERNEL tests [NAME...] | one.sh KERNEL run COMMAND
# NAME is a part of the full names of tests of Skep.EndToEnd.Machine: a class, a method, the beginning of either; without one, all run.
# What the machine sent is in out/vm/by-hand/PACKAGE.
set -eu
cd "$(dirname "$0")/../.."
usage() { echo "usage: test/vm/one.sh KERNEL tests [NAME...] | run COMMAND" >&2; exit 2; }

[ $# -ge 2 ] || usage
wanted=$1 what=$2
shift 2
case $what in
run) script=$* ;;
tests)
	script=tests
	[ $# -gt 0 ] || script+=" '*'"
	for name; do script+=" '*$name*'"; done
	;;
*) usage ;;
esac
kernel=$(test/vm/kernel.sh "$wanted")
./test/vm/image.sh
VM_FOLLOW=1 ./test/vm/boot.sh "$kernel" "out/vm/by-hand/$(basename "$(dirname "$kernel")")" <<<"$script"
