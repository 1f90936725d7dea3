# The rates of a result as SVG: bars of what b received, relative to the kernel's own forwarding in the same run: awk -f plot.awk RESULT.tsv
BEGIN { FS = "\t" }
/^#/ { if (!head) head = substr($0, 3); next }
$3 == "rate" { phase[++count] = $1; case_[count] = $4; sent[count] = $5; received[count] = $7 > 0 ? $6 / $7 : 0; if ($1 == "none" && $4 == "pass") base = received[count] }
END {
	if (!base) base = 1
	for (i = 1; i <= count; i++) if (received[i] / base > most) most = received[i] / base
	if (most < 1) most = 1
	height = 60 + 22 * count
	printf "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"820\" height=\"%d\" font-family=\"sans-serif\" font-size=\"12\">\n", height
	printf "<rect width=\"820\" height=\"%d\" fill=\"white\"/>\n", height
	printf "<text x=\"16\" y=\"20\">Frames that b received per second of the sender's processor time; kernel forwarding in the same run = 1</text>\n"
	printf "<text x=\"16\" y=\"36\" fill=\"#666\">%s</text>\n", head
	for (i = 1; i <= count; i++) {
		y = 48 + 22 * (i - 1)
		printf "<text x=\"190\" y=\"%d\" text-anchor=\"end\">%s, %s</text>\n", y + 13, phase[i], case_[i]
		printf "<rect x=\"200\" y=\"%d\" width=\"%.1f\" height=\"16\" fill=\"%s\"/>\n", y, 520 * received[i] / base / most, \
			phase[i] == "none" ? "#888" : "#06c"
		printf "<text x=\"%.1f\" y=\"%d\">%.2f%s</text>\n", 206 + 520 * received[i] / base / most, y + 13, received[i] / base, \
			received[i] == 0 ? " (all lost)" : ""
	}
	line = 200 + 520 / most
	printf "<line x1=\"%.1f\" y1=\"44\" x2=\"%.1f\" y2=\"%d\" stroke=\"#c00\" stroke-dasharray=\"4\"/>\n</svg>\n", line, line, height - 10
}
