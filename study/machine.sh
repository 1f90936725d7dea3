#!/bin/bash
# What the machines of the study do, in a guest as in a network namespace: machine.sh ROLE VERB [PHASE]
# Roles: a sends, r is the router under test, b and c receive. STUDY is the directory of this script, and of what it needs.
role=$1 verb=$2 phase=$3
PATH=$PATH:/usr/sbin:/sbin:$STUDY
work=${WORK:-/tmp}/$role
trace=/sys/kernel/tracing
events="xdp_redirect_err xdp_exception xdp_devmap_xmit xdp_bulk_tx"
# Devices of kinds that a kernel may lack.
made="eth1.10 mv0 tap0 br0 tun0"
mkdir -p "$work"
cd "$work" || exit

# capture DEVICE...: what these receive, by tcpdump, which leaves them in the mode in which they are.
capture() {
	for device; do
		[ -e "/sys/class/net/$device" ] || continue
		tcpdump -i "$device" -p -Q in -U -s 1600 -w "$device.pcap" 'udp or icmp or (vlan and udp) or (vlan and vlan and udp)' \
			>/dev/null 2>"$device.log" &
		echo $! >>pids
	done
	for device; do
		[ -e "/sys/class/net/$device" ] || continue
		for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do grep -qs listening "$device.log" && break; sleep 0.5; done
	done
}

finish() {
	sleep 1
	while read -r pid; do kill "$pid" 2>/dev/null; done <pids
	sleep 1
	for file in *.pcap; do
		[ -e "$file" ] || continue
		tcpdump -e -n -vv -r "$file" 2>/dev/null | awk -f "$STUDY/frames.awk" "${file%.pcap}"
	done
	rm -f pids ./*.pcap ./*.log
}

no_noise() {
	echo 1 >/proc/sys/net/ipv6/conf/all/disable_ipv6
	echo 1 >/proc/sys/net/ipv6/conf/default/disable_ipv6
	for place in all default; do echo 0 >/proc/sys/net/ipv4/conf/$place/rp_filter; done
}

set_up_end() { # ADDRESS ROUTER ROUTER'S-MAC
	no_noise
	ip link set eth0 arp off up
	ip addr add "$1/24" dev eth0
	ip neigh replace "$2" lladdr "$3" nud permanent dev eth0
	ip route replace default via "$2"
}

set_up_router() {
	no_noise
	echo 1 >/proc/sys/net/ipv4/ip_forward
	for number in 0 1 2; do
		ip link set eth$number arp off up
		ip addr add 10.9.$((number + 1)).1/24 dev eth$number
	done
	ip neigh replace 10.9.1.2 lladdr "$MAC_A" nud permanent dev eth0
	ip neigh replace 10.9.2.2 lladdr "$MAC_B" nud permanent dev eth1
	ip neigh replace 10.9.3.2 lladdr "$MAC_C" nud permanent dev eth2
	for name in v w y m d p; do
		ip link add ${name}0 type veth peer name ${name}1
		ip link set ${name}1 up
		[ $name = d ] || ip link set ${name}0 up
	done
	ip link set m0 mtu 500
	ethtool -K y1 gro on
	ip link add br0 type bridge && ip link set p0 master br0 && ip link set br0 up
	ip link add link eth1 name eth1.10 type vlan id 10 && ip link set eth1.10 up
	ip link add link eth1 name mv0 type macvlan mode bridge && ip link set mv0 up
	ip tuntap add tap0 mode tap && ip link set tap0 up
	ip tuntap add tun0 mode tun && ip link set tun0 up
	printf 'table peers {\n devices = { w1, m1 }\n mode native\n policy pass\n}\n' >peers.skep
	skep filter apply peers.skep
}

# What names a device that is not here is left out.
present() {
	text=$(cat)
	for device in $made; do
		[ -e "/sys/class/net/$device" ] || text=$(printf '%s\n' "$text" | grep -vE " \"?$device\"?( |\$)")
	done
	printf '%s\n' "$text"
}

programs() { # NAME DEVICES
	printf 'table %s {\n devices = { %s }\n mode native\n policy pass\n}\n' "$1" "$2" >"$1.skep"
	skep filter apply "$1.skep"
}

start_trace() {
	index=$(cat /sys/class/net/eth0/ifindex)
	echo >"$trace/trace"
	echo "ifindex == $index" >"$trace/events/xdp/xdp_redirect_err/filter"
	echo "ifindex == $index" >"$trace/events/xdp/xdp_exception/filter"
	echo "from_ifindex == $index && drops > 0" >"$trace/events/xdp/xdp_devmap_xmit/filter"
	echo "ifindex == $index && drops > 0" >"$trace/events/xdp/xdp_bulk_tx/filter"
	for event in $events; do echo 1 >"$trace/events/xdp/$event/enable"; done
}

end_trace() {
	for event in $events; do echo 0 >"$trace/events/xdp/$event/enable"; done
	for device in /sys/class/net/*; do echo "$(cat "$device/ifindex" 2>/dev/null) ${device##*/}"; done >names
	awk -f "$STUDY/trace.awk" names "$trace/trace"
}

begin_router() {
	: >pids
	for device in $made; do [ -e "/sys/class/net/$device" ] || echo "error absent $device"; done
	frames hold tap tap0 >tap0.hex 2>/dev/null &
	echo $! >>pids
	frames hold tun tun0 >tun0.hex 2>/dev/null &
	echo $! >>pids
	case $phase in
	skep-*)
		present <"$STUDY/$phase.skep" >study.skep
		[ "$phase$PLACE" != skep-nativeguests ] || programs targets 'eth1, eth2'
		skep filter apply study.skep >says 2>&1 || {
			sed 's/^/error /' says
			grep -v tun0 study.skep >other.skep
			skep filter apply other.skep >says 2>&1
		}
		sed 's/^/says /' says
		# It ends when it has waited for 10 s.
		(until xsk eth0 0 /run/skep/bpf/study/xsks 64 >>xsk.hex 2>xsk.err; do :; done) >/dev/null 2>&1 &
		echo $! >>pids
		start_trace
		;;
	nft)
		present <"$STUDY/rules.nft" >rules.nft
		nft -f rules.nft 2>&1 | sed 's/^/error /'
		;;
	iptables | tc)
		present <"$STUDY/rules.$phase" >rules.sh
		bash rules.sh 2>&1 | sed 's/^/error /'
		;;
	esac
	capture eth0 v1 w1 y1 m1 d1 p1 lo
}

end_router() {
	finish
	for kind in xsk tap0 tun0; do
		[ ! -s $kind.hex ] || awk -v kind=$kind -f "$STUDY/hex.awk" $kind.hex
		rm -f $kind.hex
	done
	case $phase in
	skep-*)
		end_trace
		skep filter show -j study >shown
		tr '{' '\n' <shown | sed -nE 's/.*"id": ?"([^"]*)".*"packets": ?([0-9]+).*/counted \1 \2/p'
		;;
	esac
}

clear_router() {
	case $phase in
	skep-*)
		skep filter remove study
		[ ! -e targets.skep ] || skep filter remove targets
		rm -f targets.skep
		;;
	nft) nft flush ruleset ;;
	iptables) for table in raw nat mangle filter; do iptables -t $table -F; done ;;
	tc) tc qdisc del dev eth0 clsact ;;
	esac
}

case $role-$verb in
r-setup) set_up_router ;;
a-setup) set_up_end 10.9.1.2 10.9.1.1 "$MAC_R0" ;;
b-setup) set_up_end 10.9.2.2 10.9.2.1 "$MAC_R1" ;;
c-setup) set_up_end 10.9.3.2 10.9.3.1 "$MAC_R2" ;;
r-begin) begin_router ;;
r-end) end_router ;;
r-clear) clear_router ;;
?-begin)
	: >pids
	frames listen 2001 2060 >udp.txt 2>/dev/null &
	echo $! >>pids
	[ "$phase$PLACE" != skep-nativenetns ] || programs "end-$role" eth0
	capture eth0
	;;
?-end)
	finish
	cat udp.txt
	;;
?-clear)
	[ ! -e "end-$role.skep" ] || { skep filter remove "end-$role"; rm "end-$role.skep"; }
	;;
a-send)
	while IFS='	' read -r number options; do
		# shellcheck disable=SC2086 # options are words
		frames send eth0 "$MAC_R0" 10.9.1.2 10.9.2.2 "$number" "$COUNT" gap 2000 $options
	done <"$STUDY/sent"
	;;
a-blast) frames blast eth0 "$MAC_R0" 10.9.1.2 10.9.2.2 "$phase" 2 ;;
a-ping) frames ping eth0 "$MAC_R0" 10.9.1.2 10.9.2.2 100 ;;
b-received) sleep 1; cat /sys/class/net/eth0/statistics/rx_packets ;;
*) exit 2 ;;
esac
