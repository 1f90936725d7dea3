# shellcheck shell=sh
# What the program made: history, and what it has in the kernel. Guard may deny this to others than itself; the next boot does it then.
if mountpoint -q /run/skep/bpf 2>/dev/null; then umount /run/skep/bpf || true; fi
rm -rf /sys/fs/bpf/skep_guard 2>/dev/null || true
rm -rf --one-file-system /run/skep /var/lib/skep || true
