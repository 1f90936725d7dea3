#!/bin/bash
# Packs Skep.Isa and Skep.Bpf, builds the samples and the first program of docs/library.md from the packages, and runs them:
# run.sh DIRECTORY. Results are in DIRECTORY/samples.xml, for sum.sh; where this cannot run, the reason is in DIRECTORY/samples.skipped.
# What is built, and the NuGet folder that it is built from, are below out/samples.
set -u
cd "$(dirname "$0")/../.." || exit
results=$1
work=$PWD/out/samples
dotnet=${DOTNET:-dotnet}
version=$(sed -n 's:.*<Version>\(.*\)</Version>.*:\1:p' Directory.Build.props)
pin=/sys/fs/bpf/skep-sample-$$
near=skep-sample-a$$ far=skep-sample-b$$
passed=0 failed=0 failures=()

skip() { echo "samples: the machine cannot: $*" | tee "$results/samples.skipped" >&2; exit 0; }
clean() {
	rm -f "$pin"
	ip netns del "$near" 2>/dev/null
	ip netns del "$far" 2>/dev/null
}

# check NAME COMMAND...: one test; what the command writes is shown where it fails.
check() {
	local name=$1 output
	shift
	if output=$("$@" 2>&1); then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		failures+=("$name: $(tail -n 3 <<<"$output" | tr '\n' ' ')")
		printf 'samples: %s: failed\n%s\n' "$name" "$output" >&2
	fi
}

fail() { echo "$*"; return 1; }
sample() { "$dotnet" "$work/bin/$1/Release/net10.0/$1.dll" "${@:2}"; }

# Only Skep's packages come from out/packages, and none of them from elsewhere; what is restored already is not fetched again.
restore_from_packages() {
	local global
	rm -rf "$work/nuget"
	unset NUGET_FALLBACK_PACKAGES
	global=$("$dotnet" nuget locals global-packages --list | sed 's/^global-packages: //')
	[ -d "$global/skep.bpf" ] || [ -d "$global/skep.isa" ] || export NUGET_FALLBACK_PACKAGES=$global
	export NUGET_PACKAGES=$work/nuget
}

# The packages hold what is announced, and no path of the machine that made them.
contents() {
	local id package list wanted
	for id in Skep.Isa Skep.Bpf; do
		package=$(echo out/packages/"$id".*.nupkg)
		list=$(python3 -m zipfile -l "$package" | awk '{print $1}')
		for wanted in README.md icon.png LICENSE "lib/net10.0/$id.dll" "lib/net10.0/$id.xml"; do
			grep -qx "$wanted" <<<"$list" || fail "$package has no $wanted" || return
		done
		[ -e "${package%.nupkg}.snupkg" ] || fail "$package has no symbols" || return
		rm -rf "$work/unpacked/$id"
		python3 -m zipfile -e "$package" "$work/unpacked/$id"
		python3 -m zipfile -e "${package%.nupkg}.snupkg" "$work/unpacked/$id/symbols"
		! grep -rlF "$PWD" "$work/unpacked/$id" || fail "$package names the directory that it was made in" || return
		[ -n "$(find "$work/unpacked/$id/symbols" -name "$id.pdb")" ] || fail "$package has symbols without $id.pdb" || return
	done
}

# Twice the same bytes: the second time, everything is compiled anew in another directory, with the same address of its repository.
same_bytes() {
	local copy=$work/copy package
	rm -rf "$copy"
	mkdir -p "$copy"
	cp -r --parents Directory.* global.json build bpf/include src/Directory.Build.props src/Skep.Isa src/Skep.Linux src/Skep.Bpf \
		packaging LICENSE NOTICE "$copy"
	[ ! -d .git ] || cp -r --parents .git/HEAD .git/config .git/refs "$copy"
	[ ! -f .git/packed-refs ] || cp .git/packed-refs "$copy/.git"
	(cd "$copy" && "$dotnet" restore src/Skep.Bpf -v quiet && RunAnalyzers=false ./build/pack.sh) || return
	for package in "$copy"/out/packages/*; do cmp "out/packages/$(basename "$package")" "$package" || return; done
	rm -rf "$copy"
}

builds() { "$dotnet" build "samples/$1" -c Release -v quiet -nologo; }

# A project of a stranger in out/samples/src: the first block of XML of docs/library.md, with the version of this tree.
stranger() { # NAME
	local folder=$work/src file
	rm -rf "${folder:?}/$1"
	mkdir -p "$folder/$1"
	for file in props targets; do echo '<Project />' >"$folder/Directory.Build.$file"; done
	echo '<Project />' >"$folder/Directory.Packages.props"
	sed "s,\.\./out/packages,$PWD/out/packages," samples/nuget.config >"$folder/nuget.config"
	block xml | sed -E "s/(\"Skep\.Bpf\" Version=)\"[^\"]*\"/\1\"$version\"/" >"$folder/$1/$1.csproj"
}

# The first block of a language in docs/library.md.
block() { awk -v "start=\`\`\`$1" '$0 == start {inside = 1; next} /^```/ {if (inside) exit} inside' docs/library.md; }

# A program that names what is internal is not compiled: of Skep.Linux, users see the errors only.
internal_is_hidden() {
	stranger Hidden
	echo 'System.Console.WriteLine(typeof(Skep.Linux.Files.InputFile));' >"$work/src/Hidden/Program.cs"
	"$dotnet" build "$work/src/Hidden" -c Release -v quiet -nologo | tee "$work/hidden"
	grep -q 'error CS0234' "$work/hidden"
}

# As it would be pasted: at most 20 lines, and no warning.
first_program() {
	local lines
	stranger First
	block csharp >"$work/src/First/Program.cs"
	lines=$(wc -l <"$work/src/First/Program.cs")
	[ "$lines" -gt 5 ] && [ "$lines" -le 20 ] || fail "the first program has $lines lines" || return
	"$dotnet" build "$work/src/First" -c Release -v quiet -nologo -warnaserror || return
	"$dotnet" "$work/src/First/bin/Release/net10.0/First.dll" | tee "$work/first"
	[ "$(cat "$work/first")" = "$(sed -n 's/^Run as root, it prints `\(.*\)`\..*/\1/p' docs/library.md)" ]
}

# Keeps its program pinned for the next test.
runs_a_program() {
	local ours theirs
	sample RunProgram "$pin" | tee "$work/run"
	grep -q '^invalid access to packet, off=12 size=2' "$work/run" || fail "the verifier's refusal is not shown" || return
	ours=$(sed -nE 's/^program [0-9]+ returns ([0-9]+),.*/\1/p' "$work/run")
	perl -e 'print "\0" x 12, "\x86\xdd", "\0" x 50' >"$work/packet"
	theirs=$(bpftool -j prog run pinned "$pin" data_in "$work/packet" data_out /dev/null | grep -oE '"retval":[0-9]+' | tr -dc 0-9)
	[ "$ours" = 34525 ] && [ "$ours" = "$theirs" ] || fail "the sample returns $ours, bpftool $theirs"
}

ids() { bpftool -j prog list | grep -oE '"id":[0-9]+,"type"' | tr -dc '0-9\n' | sort; }

# lists COMMAND...: other tests load and unload programs meanwhile. What bpftool lists before and after is in the list, and what it lists
# neither time has an id that was given meanwhile.
lists() {
	local before after mine missing extra newest tag
	before=$(ids)
	"$@" >"$work/list" || return
	after=$(ids)
	mine=$(sed -nE 's/^([0-9]+): .*/\1/p' "$work/list" | sort)
	missing=$(comm -12 <(echo "$before") <(echo "$after") | comm -23 - <(echo "$mine"))
	newest=$(sort -n <<<"$before" | tail -n 1)
	extra=$(printf '%s\n' "$before" "$after" | sort -u | comm -13 - <(echo "$mine") | awk -v newest="$newest" '$1 <= newest')
	[ -n "$mine" ] && [ -z "$missing$extra" ] || fail "listed $mine; bpftool lists $before, and then $after" || return
	tag=$(bpftool -j prog show pinned "$pin" | sed -nE 's/.*"tag":"([0-9a-f]+)".*/\1/p')
	grep -q ": xdp  name ether_type  tag $tag" "$work/list" || fail "the pinned program, tag $tag, is not in the list"
}

publishes_native() {
	"$dotnet" publish samples/ListPrograms -c Release -v quiet -nologo -o "$work/native" \
		"-p:LibbpfDirectory=$(dirname "$(gcc -print-file-name=libbpf.a)")" || return
	! ldd "$work/native/ListPrograms" | grep bpf || fail "libbpf is not linked into the native binary" || return
	lists "$work/native/ListPrograms"
}

reads_a_ring() {
	local pid turn
	ip netns add "$near" && ip netns add "$far" &&
		ip -n "$near" link add veth0 type veth peer name veth1 netns "$far" &&
		ip -n "$near" addr add 10.7.0.1/24 dev veth0 && ip -n "$far" addr add 10.7.0.2/24 dev veth1 &&
		ip -n "$near" link set veth0 up && ip -n "$far" link set veth1 up || return
	timeout 120 ip netns exec "$near" "$dotnet" "$work/bin/XdpEvents/Release/net10.0/XdpEvents.dll" veth0 4242 21 >"$work/events" 2>&1 &
	pid=$!
	for ((turn = 0; turn < 600; turn++)); do
		grep -q 'is on veth0' "$work/events" && break
		kill -0 $pid 2>/dev/null || break
		sleep 0.1
	done
	# 20 packets to the port, 10 to another, and a longer one at the end: before its event there are exactly 20.
	ip netns exec "$far" bash -c 'for i in {1..20}; do echo skep >/dev/udp/10.7.0.1/4242; done
		for i in {1..10}; do echo skep >/dev/udp/10.7.0.1/4243; done
		echo the last one >/dev/udp/10.7.0.1/4242'
	wait $pid || { cat "$work/events"; return 1; }
	cat "$work/events"
	[ "$(grep -c '^47 bytes from 10.7.0.2$' "$work/events")" = 20 ] && [ "$(tail -n 2 "$work/events")" = "55 bytes from 10.7.0.2
21 events" ] || return
	! ip -n "$near" link show veth0 | grep xdp || fail "the program is still attached"
}

[ "$(id -u)" -eq 0 ] || skip "programs are loaded by root only"
mkdir -p "$work" "$results"
trap clean EXIT
trap 'exit 1' INT TERM HUP
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(date +%s)}
export SOURCE_DATE_EPOCH
check "the packages are made" ./build/pack.sh
check "what the packages hold" contents
check "the packages are the same wherever they are made" same_bytes
restore_from_packages
for name in ListPrograms XdpEvents RunProgram; do check "$name builds from the packages" builds $name; done
check "what is internal is hidden" internal_is_hidden
check "the first program of docs/library.md" first_program
check "RunProgram returns what bpftool prog run returns" runs_a_program
check "ListPrograms lists what bpftool lists" lists sample ListPrograms
check "ListPrograms as a native binary" publishes_native
check "XdpEvents counts the packets that were sent" reads_a_ring
{
	echo "<assembly name=\"test/samples\" passed=\"$passed\" failed=\"$failed\" errors=\"0\" skipped=\"0\">"
	for failure in "${failures[@]}"; do
		failure=$(sed 's/&/\&amp;/g; s/</\&lt;/g; s/"/\&quot;/g' <<<"$failure")
		echo "<test name=\"samples: ${failure%%:*}\" result=\"Fail\"><message>${failure#*: }</message></test>"
	done
	echo "</assembly>"
} >"$results/samples.xml"
echo "skep: samples: $passed passed, $failed failed" >&2
