# What tcpdump -e -n -v prints, as lines "arrived DEVICE CASE COUNT what the frame is". The case is the IP id. DEVICE is the first argument.
BEGIN { device = ARGV[1]; ARGV[1] = "-" }
/ethertype/ {
	ether = $2 ">" $4; sub(/,$/, "", ether)
	tag = match($0, /vlan [0-9]+/) ? " vlan" substr($0, RSTART + 5, RLENGTH - 5) : ""
	ttl = match($0, /ttl [0-9]+/) ? substr($0, RSTART + 4, RLENGTH - 4) : "?"
	id = match($0, /, id [0-9]+/) ? substr($0, RSTART + 5, RLENGTH - 5) : 0
	head = match($0, /bad cksum/) ? "ip-checksum-wrong" : ""
	icmp = /proto ICMP/
	next
}
/ > .*:/ && ether != "" {
	sums = /bad udp cksum/ ? "udp-checksum-wrong" : /udp sum ok/ ? "udp-checksum-right" : ""
	to = $3; sub(/:$/, "", to)
	text = ether tag " " $1 ">" to " ttl" ttl " " head sums
	if (icmp) {
		text = "icmp"
		if (/time exceeded/) text = "icmp-time-exceeded"
		else if (/unreachable/) text = "icmp-unreachable"
		if (/echo/) { ether = ""; next }
		answered = 1
		ether = ""
		answers[text]++
		next
	}
	count[id "\t" text]++
	ether = ""
}
/ > .*2[0-9][0-9][0-9]: / && answered && match($0, /\.2[0-9][0-9][0-9]:/) {
	count[substr($0, RSTART + 1, 4) - 2000 "\ticmp-error-about-it"]++
	answered = 0
}
END { for (key in count) { split(key, part, "\t"); print "arrived\t" device "\t" part[1] "\t" count[key] "\t" part[2] } }
