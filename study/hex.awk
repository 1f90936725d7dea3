# Frames in hexadecimal, one per line, as lines "arrived KIND CASE COUNT ."; the case is the IP id.
function number(text,    i, sum) {
	for (i = 1; i <= length(text); i++) sum = sum * 16 + index("0123456789abcdef", substr(text, i, 1)) - 1
	return sum
}
/^[0-9a-f]+$/ {
	bare = kind == "tun0" && substr($0, 1, 1) == "4"
	at = bare ? 1 : substr($0, 25, 4) == "8100" ? 37 : 29
	id = number(substr($0, at + 8, 4))
	count[id]++
	text[id] = kind == "tun0" && !bare ? "ethernet-header" : "."
}
END { for (id in count) print "arrived\t" kind "\t" id "\t" count[id] "\t" text[id] }
