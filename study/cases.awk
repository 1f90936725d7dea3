# Writes the rules of study/cases for each tool below the directory `out`.
function trim(text) { gsub(/^[ \t]+|[ \t]+$/, "", text); return text }
BEGIN {
	FS = "|"
	for (mode = 0; mode < 3; mode++) {
		skep[mode] = out "/skep-" (mode == 0 ? "bare" : mode == 1 ? "native" : "generic") ".skep"
		print "table study {\n\tdevices = { eth0 }\n\tmode " (mode == 2 ? "generic" : "native") >skep[mode]
		print "\ticmp type echo-request ether daddr set 52:54:00:00:0b:01 redirect eth1 comment \"ping\"" >skep[mode]
	}
	nft = out "/rules.nft"; iptables = out "/rules.iptables"; tc = out "/rules.tc"
	print "table netdev study {\n\tchain ingress {\n\t\ttype filter hook ingress device \"eth0\" priority 0;" >nft
	print "\t\ticmp type echo-request ether daddr set 52:54:00:00:0b:01 fwd to \"eth1\"" >nft
	printf "" >iptables
	print "tc qdisc add dev eth0 clsact" >tc
	# A kernel may lack the classifier flower.
	print "if tc filter add dev eth0 ingress protocol ip prio 2000 flower ip_proto sctp action pass 2>/dev/null; then" >tc
	print "\tudp() { echo \"flower ip_proto udp dst_port $1\"; }\n\techo_request=\"flower ip_proto icmp\"\nelse" >tc
	print "\tudp() { echo \"u32 match ip protocol 17 0xff match ip dport $1 0xffff\"; }" >tc
	print "\techo_request=\"u32 match ip protocol 1 0xff\"\nfi" >tc
	match_tc = "tc filter add dev eth0 ingress protocol ip prio "
	print match_tc "1000 $echo_request action pedit ex munge eth dst set 52:54:00:00:0b:01 pipe action mirred egress redirect dev eth1" >tc
	printf "" >(out "/sent"); printf "" >(out "/rated")
}
/^#/ || NF < 6 { next }
{
	number++
	name = trim($1); port = 2000 + number
	print number "\t" trim($2) >(out "/sent")
	print number "\t" name >(out "/names")
	if (trim($3) != "") {
		for (mode = 0; mode < 3; mode++) print "\tudp dport " port " " trim($3) " comment \"" name "\"" >skep[mode]
		print number "\t" name "\tskep" >(out "/rated")
	}
	lacks = " || echo lacks " name
	rule = trim($4)
	if (sub(/^nat /, "", rule)) nat = nat "\t\tudp dport " port " " rule "\n"
	else if (rule != "") { print "\t\tudp dport " port " " rule >nft; print number "\t" name "\tnft" >(out "/rated") }
	rule = trim($5)
	if (rule != "") {
		split(rule, word, " ")
		print "iptables -t " word[1] " -A " word[2] " -p udp --dport " port " " \
			substr(rule, length(word[1] word[2]) + 3) lacks >iptables
	}
	rule = trim($6)
	if (rule != "") {
		print match_tc number " $(udp " port ") " rule lacks >tc
		print number "\t" name "\ttc" >(out "/rated")
	}
}
END {
	for (mode = 0; mode < 3; mode++) print "}" >skep[mode]
	print "\t}\n}\ntable inet study {\n\tchain prerouting {\n\t\ttype nat hook prerouting priority -100;\n" nat "\t}\n}" >nft
}
