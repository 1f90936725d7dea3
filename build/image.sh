#!/bin/sh
# Makes out/packages/skep-VERSION-oci-linux-ARCH.tar, an image of the package that `make deb` made last for this version, by buildah. What
# buildah stores meanwhile is below out/packages/storage, and no registry is asked.
set -eu
umask 022
cd "$(dirname "$0")/.."
version=$(./build/version.sh --package)
architecture=$(dpkg --print-architecture)
package=out/packages/skep_${version}_$architecture.deb
image=out/packages/skep-$version-oci-linux-$architecture.tar
work=out/packages/image
# shellcheck source=build/buildah.sh
. build/buildah.sh

[ -e "$package" ] || ./build/deb.sh >/dev/null
debian=$(./build/debian-root.sh)
rm -rf "$work" "$image"
mkdir -p "$work"
ln "$debian" "$work/debian.tar"
ln "$package" "$work/skep.deb"
cp packaging/container/Containerfile "$work"
# A name of an image has no tilde.
tag=localhost/skep:$(echo "$version" | tr '~' '-')
buildah build --quiet --isolation chroot --network host --format oci --timestamp "$(./build/version.sh --date)" \
	--label "org.opencontainers.image.version=$version" --tag "$tag" "$work" >"$work/log" 2>&1 ||
	{ tail -n 20 "$work/log" >&2; exit 1; }
buildah push --quiet "$tag" "oci-archive:$image:${tag#localhost/}"
rm -rf out/packages/storage
echo "$image"
