#!/bin/bash
# A release of this commit, signed by a key that is made for it: checksums, signature, and what is refused.
set -u
cd "$(dirname "$0")/../.." || exit
# shellcheck source=test/packages/common.sh
. test/packages/common.sh
GNUPGHOME=$(mktemp -d)
export GNUPGHOME
trap 'gpgconf --kill all; rm -rf "$GNUPGHOME"' EXIT
# A release is made of its tag only.
case $version in *~*) untagged=yes ;; *) untagged= ;; esac

refused() {
	local output
	output=$("${@:2}" 2>&1) && return 1
	grep -qF -- "$1" <<<"$output" || { echo "$output"; return 1; }
}
checksums() { (cd out/release && sha256sum --check --strict --quiet SHA256SUMS && [ "$(wc -l <SHA256SUMS)" -eq 6 ]); }
signature() { gpg --verify out/release/SHA256SUMS.asc out/release/SHA256SUMS; }

check "release: without a key it is refused" refused "RELEASE_KEY names no key" env -u RELEASE_KEY ./build/release.sh --snapshot
check "release: with another's key it is refused" refused "no secret key" env RELEASE_KEY=nobody ./build/release.sh --snapshot
gpg --batch --quiet --passphrase '' --quick-generate-key 'Test of skep <test@skep.invalid>' ed25519 sign never || exit
[ -z "$untagged" ] || check "release: without a tag it is refused" refused "git tag v" env RELEASE_KEY=test@skep.invalid ./build/release.sh
if ! ./build/debian-root.sh >/dev/null; then
	skip release "make the Debian of its image"
	./build/deb.sh >/dev/null && ./build/tarball.sh >/dev/null
	exit
fi
check "release: it is made" env RELEASE_SECRET="$(gpg --armor --export-secret-keys)" ./build/release.sh --snapshot
check "release: the checksums are those of all files" checksums
check "release: the signature is good" signature
check "release: it has the section of CHANGELOG.md" grep -q '^### Added' out/release/CHANGES.md
