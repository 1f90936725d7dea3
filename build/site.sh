#!/bin/sh
# Makes static HTML of the documentation, in out/site: each page of Markdown at its place in the repository, README.md as index.html.
# docs/index.md is the navigation. A link to a file or a heading that does not exist fails it. REPOSITORY_URL is the address of the
# repository that links to its other files lead to; without it they are text. site.sh page FILE DIRECTORY makes one page.
set -eu
cd "$(dirname "$0")/.."
parts=build/site
address() { echo "${1%.md}.html" | sed 's:README\.html$:index.html:'; }

if [ "${1:-}" = page ]; then
	target=$3/$(address "$2")
	mkdir -p "$(dirname "$target")"
	pandoc -f gfm -t html5 --wrap=preserve --no-highlight --toc --toc-depth=3 -V "version=$VERSION" \
		--template $parts/page.html --lua-filter $parts/page.lua -o "$target" "$2"
	# A header names its column; a cell without text is no header of anything.
	sed -i 's:<th\([^>]*\)></th>:<td\1></td>:; s:<th\([ >]\):<th scope="col"\1:' "$target"
	exit
fi

made=$(mktemp -d)
trap 'rm -rf "$made"' EXIT
chmod 755 "$made"
VERSION=$(./build/version.sh)
export VERSION
pages=$(find . \( -path ./out -o -name node_modules -o -name '.?*' \) -prune -o -name '*.md' -print | sed 's:^\./::' | LC_ALL=C sort)
echo "$pages" | xargs -P "$(nproc)" -I{} ./build/site.sh page {} "$made"
cp $parts/style.css web/src/icon.svg "$made/"
find docs -type f ! -name '*.md' | while read -r file; do install -D -m 644 "$file" "$made/$file"; done
(cd "$made" && find . -type f | sed 's:^\./::' | LC_ALL=C sort) | awk -v "site=$made" -f $parts/links.awk

mkdir -p out
rm -rf out/site
cp -r "$made" out/site
echo "skep: $(echo "$pages" | wc -l) pages in out/site, which begins with out/site/index.html" >&2
