# shellcheck shell=sh
# buildah with a storage of its own, which needs neither overlayfs nor what this machine's containers have.
buildah() {
	command buildah --storage-driver vfs --root "$PWD/out/packages/storage" --runroot "$PWD/out/packages/storage/run" "$@"
}
