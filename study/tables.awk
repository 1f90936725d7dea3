# Tables in Markdown from study/cases and a result: awk -v table=questions|outcomes|frames|silence|speed -f tables.awk study/cases RESULT.tsv
function trim(text) { gsub(/^[ \t]+|[ \t]+$/, "", text); return text }
function own(end) { return "52:54:00:00:0" end ":01" }
function error(code) { return code in errors ? errors[code] : code == "" || code == 0 ? "no error reported" : "error " code }

# What a phase's rule for a case redirects to.
function target(phase, id,    rule) {
	rule = phase ~ /skep/ ? skep[id] : phase == "nft" ? nft[id] : phase == "tc" ? tc[id] : ""
	if (rule ~ /tx$/) return "tx"
	if (!match(rule, /(redirect dev |redirect |fwd to "|mirror dev |dup to ")[a-z0-9.]+/)) return ""
	rule = substr(rule, RSTART, RLENGTH)
	gsub(/.*[ "]/, "", rule)
	return rule
}

function expressed(phase, id) {
	return phase == "none" || (phase ~ /skep/ ? skep[id] : phase == "nft" ? nft[id] : phase == "tc" ? tc[id] : iptables[id]) != ""
}

function outcome(phase, id,    i, part, text, name, aim) {
	if (!expressed(phase, id)) return "-"
	if (here[phase, id] != "") return here[phase, id]
	if (target(phase, id) in absent) return "no such device here"
	for (i = 1; i <= places; i++) {
		name = where[i]
		if (!((phase, id, name) in seen) || name == "r") continue
		part = name
		if (seen[phase, id, name] != frames) part = part " " seen[phase, id, name] "/" frames
		if ((phase, id, name) in wrong) part = part ((phase, id, name) in delivered ? ", checksum left open" : ", checksum wrong")
		if (frame[phase, id, name] == "ethernet-header") part = part ", with its Ethernet header"
		if ((phase, id, name) in foreign) part = part ", not to its MAC"
		text = text (text == "" ? "" : "; ") part
	}
	if (text != "") return text
	if ((phase, id) in icmp) return "ICMP error to a"
	if (phase ~ /skep/ && (phase, id, "r") in seen) return "to the stack, no further"
	if (phase ~ /skep/ && skep[id] ~ /drop$/ || phase == "nft" && nft[id] ~ /drop$/ || phase == "tc" && tc[id] ~ /drop$/) return "dropped"
	if (phase == "iptables" && iptables[id] ~ /DROP/) return "dropped"
	if (phase ~ /skep/ && counted[phase, name_of[id]] + 0 == 0) return "not received by r"
	aim = target(phase, id)
	if ((phase, aim) in why) return "lost: " why[phase, aim]
	return "lost"
}

BEGIN {
	FS = "|"
	errors[-95] = "EOPNOTSUPP"; errors[-90] = "EMSGSIZE"; errors[-6] = "ENXIO"; errors[-100] = "ENETDOWN"; errors[-22] = "EINVAL"
	errors[-105] = "ENOBUFS"; errors[-28] = "ENOSPC"; errors[-19] = "ENODEV"
	places = split("a b c r w1 y1 v1 m1 d1 p1 lo tap0 tun0 xsk", where, " ")
	own_mac["a"] = own("a"); own_mac["b"] = own("b"); own_mac["c"] = own("c")
}
FILENAME == ARGV[1] {
	if (/^#/ || NF < 6) next
	id = ++cases
	name[id] = name_of[id] = trim($1); options[id] = trim($2); skep[id] = trim($3); nft[id] = trim($4); iptables[id] = trim($5); tc[id] = trim($6)
	question[id] = trim($7)
	next
}
FNR == 1 { if (match($0, /[0-9]+ frames/)) frames = substr($0, RSTART, RLENGTH - 7) + 0 }
/^#/ { next }
!($1 in known) { known[$1] = 1; order[++phases] = $1 }
$3 == "arrived" {
	place = $2 == "r" && $4 != "eth0" ? $4 : $2
	if ($4 == "udp") { delivered[$1, $5, $2] = $6; next }
	if ($7 ~ /^icmp/) { icmp[$1, $5] = 1; next }
	seen[$1, $5, place] += $6
	if ($7 ~ /udp-checksum-wrong/) wrong[$1, $5, place] = 1
	if (place in own_mac && index($7, ">" own_mac[place]) == 0 && $7 !~ />ff:ff/) foreign[$1, $5, place] = 1
	frame[$1, $5, place] = $7
}
$3 == "error" && $4 ~ /^absent / { absent[substr($4, 8)] = 1 }
$3 == "why" { why[$1, $6 ~ /bulk_tx|exception/ ? "tx" : $4] = error($7) " (" $6 ")" }
$3 == "counted" { split($4, part, " "); counted[$1, part[1]] = part[2] }
$3 == "says" && match($4, /[a-z0-9.]+: it cannot/) { reported[$1, substr($4, RSTART, RLENGTH - 11)] = 1 }
$3 == "rate" { sent[$1, $4] = $5; received[$1, $4] = $6; rate[$1, $4] = $7 > 0 ? $6 / $7 : 0; rates[++rated] = $1 SUBSEP $4 }
$3 == "error" && $4 ~ /^lacks / { for (id = 1; id <= cases; id++) if (name[id] == substr($4, 7)) here[$1, id] = "not in this kernel" }
$3 == "error" && $1 ~ /skep/ && /tun0/ { for (id = 1; id <= cases; id++) if (skep[id] ~ /tun0/) here[$1, id] = "refused by `apply`" }
$3 == "latency" && $4 > 0 { median[$1] = $6; least[$1] = $5; ninety[$1] = $7; answered[$1] = $4 }
END {
	if (table == "outcomes") {
		row = "| case |"; line = "|---|"
		for (p = 1; p <= phases; p++) if (order[p] != "none") { row = row " " order[p] " |"; line = line "---|" }
		print row "\n" line
		for (id = 1; id <= cases; id++) {
			row = "| `" name[id] "` |"
			for (p = 1; p <= phases; p++) if (order[p] != "none") row = row " " outcome(order[p], id) " |"
			print row
		}
	} else if (table == "questions") {
		print "| case | what is asked |\n|---|---|"
		for (id = 1; id <= cases; id++) print "| `" name[id] "` | " question[id] " |"
	} else if (table == "frames") {
		print "| case | at | frame that arrived: MAC addresses, addresses and ports, TTL, checksum |\n|---|---|---|"
		for (id = 1; id <= cases; id++)
			for (i = 1; i <= places; i++)
				if (where[i] != "r" && (phase, id, where[i]) in frame && frame[phase, id, where[i]] ~ />/)
					print "| `" name[id] "` | " where[i] " | " frame[phase, id, where[i]] " |"
	} else if (table == "silence") {
		print "| phase | case | counted by Skep | arrived | the kernel's report | named by `apply` |\n|---|---|---|---|---|---|"
		for (p = 1; p <= phases; p++)
			for (id = 1; id <= cases; id++) {
				if (order[p] !~ /skep/ || skep[id] !~ /redirect|tx$/ || outcome(order[p], id) !~ /^lost/) continue
				aim = target(order[p], id)
				print "| " order[p] " | `" name[id] "` | " counted[order[p], name[id]] " | 0 | " \
					((order[p], aim) in why ? why[order[p], aim] : "none") " | " ((order[p], aim) in reported ? "yes" : "no") " |"
			}
	} else {
		print "| phase | case | sent | received by b | lost | received per second of the sender's processor time, kernel forwarding = 1 | echo: median, least, 90 % (us) |\n|---|---|---|---|---|---|---|"
		for (i = 1; i <= rated; i++) {
			split(rates[i], part, SUBSEP)
			p = part[1]
			n = received[p, part[2]]
			base = rate["none", "pass"]
			row = "| " p " | `" part[2] "` | " sent[p, part[2]] " | " n " | " sprintf("%.1f %%", 100 * (1 - n / sent[p, part[2]])) " | "
			row = row (base ? sprintf("%.2f", rate[p, part[2]] / base) : "") " | "
			if (part[2] == (p == "none" ? "pass" : "dev-mac") && p in median) row = row median[p] ", " least[p] ", " ninety[p]
			print row " |"
		}
	}
}
