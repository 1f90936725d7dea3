# A picture (SVG) of what a terminal shows: awk -f terminal.awk TEXT. Lines that begin with "$ " are commands.
BEGIN {
	size = 13; height = 18; width = 7.83; margin = 14
}
{
	gsub(/\t/, "    ")
	if (length($0) > longest) longest = length($0)
	lines[++count] = $0
}
function escaped(text) {
	gsub(/&/, "\\&amp;", text)
	gsub(/</, "\\&lt;", text)
	gsub(/>/, "\\&gt;", text)
	return text
}
END {
	printf "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" role=\"img\" aria-label=\"a terminal\">\n", \
		longest * width + 2 * margin, count * height + 2 * margin
	print "<rect width=\"100%\" height=\"100%\" rx=\"6\" fill=\"#1e1e1e\"/>"
	printf "<g font-family=\"ui-monospace, DejaVu Sans Mono, monospace\" font-size=\"%d\" fill=\"#d4d4d4\" xml:space=\"preserve\">\n", size
	for (i = 1; i <= count; i++) {
		colour = lines[i] ~ /^(\$|\(skep\)) / ? " fill=\"#8fd18f\"" : lines[i] ~ /refused|cause:|^breakpoint/ ? " fill=\"#f0a070\"" : ""
		printf "<text x=\"%d\" y=\"%d\"%s>%s</text>\n", margin, margin + i * height - 4, colour, escaped(lines[i])
	}
	print "</g>\n</svg>"
}
