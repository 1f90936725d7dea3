# shellcheck shell=bash
# The mirror of Debian that this machine's apt uses. What it offers is known after apt-get update only.

named_mirror() {
	# shellcheck disable=SC2016 # apt expands it
	apt-get indextargets --format '$(ORIGIN) $(LABEL) $(REPO_URI)' 'Created-By: Packages' |
		awk '$1 $2 == "DebianDebian" {print $3; exit}'
}

mirror() {
	local uri
	uri=$(named_mirror)
	if [ -z "$uri" ] && [ "$(id -u)" -eq 0 ]; then
		apt-get update -qq >&2 || true
		uri=$(named_mirror)
	fi
	if [ -z "$uri" ]; then
		echo "skep: the apt of this machine has no mirror of Debian (apt-get update)" >&2
		return 1
	fi
	echo "$uri"
}
