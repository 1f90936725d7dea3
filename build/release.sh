#!/bin/bash
# Makes a release in out/release: the packages, the image, the SBOM, the section of CHANGELOG.md, and SHA256SUMS, which RELEASE_KEY signs,
# a key of gpg that this user has. release.sh [--snapshot]
# The commit has the tag vX.Y.Z, nothing differs from it, and CHANGELOG.md has X.Y.Z with a date; --snapshot makes one of any commit.
# With RELEASE_SECRET, the key itself in text, it is imported for this run only, and no key of the user is read.
set -eu
umask 022
cd "$(dirname "$0")/.."
snapshot=
[ "${1:-}" != --snapshot ] || snapshot=yes
version=$(./build/version.sh --package)
architecture=$(dpkg --print-architecture)
out=out/release

die() { echo "skep: release of $version: $*" >&2; exit 1; }

# The section of a version, without its heading: section X.Y.Z
section() { awk -v heading="## [$1]" 'index($0, heading) == 1 {found = 1; next} /^## \[/ {found = 0} found' CHANGELOG.md; }

release=$(./build/version.sh --release)
if [ -z "$snapshot" ]; then
	[ "$version" = "$release" ] || die "this commit is not v$release as it was committed (git tag v$release; git status)"
	[ -z "$(git status --porcelain)" ] || die "files differ from the commit (git status)"
	grep -qE "^## \[${release//./\\.}\] - [0-9]{4}-[0-9]{2}-[0-9]{2}$" CHANGELOG.md ||
		die "CHANGELOG.md has no section of it with a date"
fi
binary=$(out/skep --version | head -n 1)
[ "$binary" = "skep $release" ] || die "out/skep is of another version: $binary (make build)"
if [ -n "${RELEASE_SECRET:-}" ]; then
	GNUPGHOME=$(mktemp -d)
	export GNUPGHOME
	trap 'gpgconf --kill all; rm -rf "$GNUPGHOME"' EXIT
	gpg --batch --quiet --import <<<"$RELEASE_SECRET" || die "RELEASE_SECRET is no key of gpg"
	RELEASE_KEY=${RELEASE_KEY:-$(gpg --list-secret-keys --with-colons | awk -F: '$1 == "fpr" {print $10; exit}')}
fi
[ -n "${RELEASE_KEY:-}" ] || die "RELEASE_KEY names no key of gpg to sign it (make release RELEASE_KEY=FINGERPRINT)"
gpg --list-secret-keys "$RELEASE_KEY" >/dev/null 2>&1 || die "gpg has no secret key $RELEASE_KEY (gpg --list-secret-keys)"

rm -rf "$out"
mkdir -p "$out"
./build/deb.sh
./build/tarball.sh
./build/image.sh
cp "out/packages/skep_${version}_$architecture.deb" "out/packages/skep-dbgsym_${version}_$architecture.deb" \
	"out/packages/skep-$version-linux-$architecture.tar.gz" "out/packages/skep-$version-oci-linux-$architecture.tar" "$out"
./build/sbom.sh >"$out/skep-$version.cdx.json"
section "$release" >"$out/CHANGES.md"
[ -s "$out/CHANGES.md" ] || die "CHANGELOG.md has no section of $release"
(cd "$out" && sha256sum -- * >../SHA256SUMS && mv ../SHA256SUMS .)
gpg --batch --yes --quiet --armor --local-user "$RELEASE_KEY" --detach-sign --output "$out/SHA256SUMS.asc" "$out/SHA256SUMS"
ls -l "$out"
