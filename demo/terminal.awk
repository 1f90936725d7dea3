# A picture (SVG) of what a terminal shows: awk -f terminal.awk [-v play=1] TEXT. Lines that begin with "$ " are commands; colours are those
# of the text, in UTF-8: LC_ALL=C. With play=1 the lines come one after the other, once, and stay.
BEGIN {
	size = 13; height = 18; width = 7.83; margin = 14
	split("31 #f0a070 32 #8fd18f 33 #d7ba7d 34 #7db5f5 35 #c99ae0 36 #6fc3c3 2 #8b949e 90 #8b949e", pairs, " ")
	for (i = 1; i in pairs; i += 2) colours[pairs[i]] = pairs[i + 1]
}
{
	gsub(/\t/, "    ")
	gsub(/\r|\033\[K|\033\(B|\017/, "")
	lines[++count] = $0
	gsub(/\033\[[0-9;]*m/, "")
	sub(/ +$/, "")
	if (wide($0) > longest) longest = wide($0)
}
# In columns: bytes that continue a character of UTF-8 take none (LC_ALL=C).
function wide(text) {
	gsub(/[\200-\277]/, "", text)
	return length(text)
}
function escaped(text) {
	gsub(/&/, "\\&amp;", text)
	gsub(/</, "\\&lt;", text)
	gsub(/>/, "\\&gt;", text)
	# Spaces that no viewer runs together.
	gsub(/ /, "\302\240", text)
	return text
}
# The text up to the next change of colour, at its column.
function piece(text, y,    x) {
	if (text == "") return ""
	x = margin + column * width
	column += wide(text)
	if (reversed) printf "<rect x=\"%.1f\" y=\"%d\" width=\"%.1f\" height=\"%d\" fill=\"#d4d4d4\"/>\n", \
		x, y - 14, wide(text) * width, height
	return sprintf("<tspan x=\"%.1f\"%s>%s</tspan>", x, reversed ? " fill=\"#1e1e1e\"" : fill == "" ? "" : " fill=\"" fill "\"", escaped(text))
}
function line(text, y,    out, codes, n, k) {
	column = reversed = 0
	fill = out = ""
	while (match(text, /\033\[[0-9;]*m/)) {
		out = out piece(substr(text, 1, RSTART - 1), y)
		n = split(substr(text, RSTART + 2, RLENGTH - 3), codes, ";")
		if (n == 0) codes[n = 1] = 0
		text = substr(text, RSTART + RLENGTH)
		for (k = 1; k <= n; k++) {
			if (codes[k] + 0 == 0) { fill = ""; reversed = 0 }
			else if (codes[k] == 7) reversed = 1
			else if (codes[k] in colours) fill = colours[codes[k]]
		}
	}
	return out piece(text, y)
}
END {
	w = longest * width + 2 * margin; h = count * height + 2 * margin
	printf "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"a terminal\">\n", \
		w, h, w, h
	if (play) print "<style>@media (prefers-reduced-motion: no-preference) { .line { animation: shown 1ms both } " \
		"@keyframes shown { from { opacity: 0 } } }</style>"
	print "<rect width=\"100%\" height=\"100%\" rx=\"6\" fill=\"#1e1e1e\"/>"
	printf "<g font-family=\"ui-monospace, DejaVu Sans Mono, monospace\" font-size=\"%d\" fill=\"#d4d4d4\">\n", size
	for (i = 1; i <= count; i++) {
		if (play) {
			if (i > 1) time += lines[i] ~ /^\$ / ? 1.2 : lines[i - 1] ~ /^\$ / ? 0.6 : 0.1
			when = sprintf(" class=\"line\" style=\"animation-delay: %.1fs\"", time)
		}
		y = margin + i * height - 4
		if (lines[i] ~ /\033/) {
			drawn = line(lines[i], y)
			printf "<text y=\"%d\"%s>%s</text>\n", y, when, drawn
		} else {
			colour = lines[i] ~ /^(\$|\(skep\)) / ? " fill=\"#8fd18f\"" : lines[i] ~ /refused|cause:|^breakpoint/ ? " fill=\"#f0a070\"" : ""
			printf "<text x=\"%d\" y=\"%d\"%s%s>%s</text>\n", margin, y, colour, when, escaped(lines[i])
		}
	}
	print "</g>\n</svg>"
}
