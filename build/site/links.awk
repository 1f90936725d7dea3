# Reports links of the site that lead to no file or to no id in it: links.awk -v site=DIRECTORY, with the files of it as the lines of the
# input. Fails if there is any.
{ files[$0] = 1 }
END {
	for (file in files) if (file ~ /\.html$/) read(file)
	for (i = 1; i <= count; i++) check(from[i], to[i])
	exit dead > 0
}
# Ids and links of a page.
function read(file,    line, text) {
	while ((getline line < (site "/" file)) > 0) {
		while (match(line, / (id|href|src)="[^"]*"/)) {
			text = substr(line, RSTART + 1, RLENGTH - 2)
			line = substr(line, RSTART + RLENGTH)
			if (text ~ /^id=/) {
				if (++ids[file "#" substr(text, 5)] > 1) report(file, "two elements have the id " substr(text, 5))
			} else {
				sub(/^[a-z]*="/, "", text)
				from[++count] = file
				to[count] = text
			}
		}
	}
	close(site "/" file)
}
function check(file, link,    path, id, target) {
	if (link ~ /^[A-Za-z][A-Za-z0-9+.-]*:/) return
	gsub(/&amp;/, "\\&", link)
	path = id = link
	sub(/#.*/, "", path)
	if (!sub(/^[^#]*#/, "", id)) id = ""
	target = path == "" ? file : resolved(file, path)
	if (!(target in files)) report(file, "a link leads to " path ", which does not exist")
	else if (id != "" && !((target "#" id) in ids)) report(file, target " has no heading #" id)
}
function resolved(file, path,    parts, kept, n, i, text) {
	sub(/[^\/]*$/, "", file)
	n = split(file path, parts, "/")
	kept = 0
	for (i = 1; i <= n; i++) {
		if (parts[i] == "..") kept--
		else if (parts[i] != "." && parts[i] != "") parts[++kept] = parts[i]
	}
	for (i = 1; i <= kept; i++) text = text (i > 1 ? "/" : "") parts[i]
	return text
}
function report(file, text) {
	printf "skep: %s: %s\n", file, text > "/dev/stderr"
	dead++
}
