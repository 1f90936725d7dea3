# The topology of a place as SVG: awk -v place=netns|guests -f picture.awk
function box(x, y, width, title, lines,    part, count, i) {
	count = split(lines, part, "|")
	printf "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" rx=\"4\" fill=\"#f4f4f4\" stroke=\"#444\"/>\n", x, y, width, 26 + 15 * count
	printf "<text x=\"%d\" y=\"%d\" font-weight=\"bold\">%s</text>\n", x + 8, y + 17, title
	for (i = 1; i <= count; i++) printf "<text x=\"%d\" y=\"%d\">%s</text>\n", x + 8, y + 17 + 15 * i, part[i]
}
function link(x1, y1, x2, y2, label) {
	printf "<line x1=\"%d\" y1=\"%d\" x2=\"%d\" y2=\"%d\" stroke=\"#06c\" stroke-width=\"2\"/>\n", x1, y1, x2, y2
	printf "<text x=\"%d\" y=\"%d\" text-anchor=\"middle\" fill=\"#06c\">%s</text>\n", (x1 + x2) / 2, (y1 + y2) / 2 - 6, label
}
BEGIN {
	wire = place == "guests" ? "datagram sockets" : "veth"
	print "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"920\" height=\"330\" font-family=\"sans-serif\" font-size=\"12\">"
	print "<rect width=\"920\" height=\"330\" fill=\"white\"/>"
	print "<text x=\"16\" y=\"22\" font-size=\"14\">" (place == "guests" ? "Four virtual machines (QEMU, virtio-net)" : \
		"Four network namespaces") "; tcpdump listens in each</text>"
	box(16, 100, 170, "a: sender", "eth0 10.9.1.2|52:54:00:00:0a:01")
	box(316, 50, 260, "r: router, the rules under test", "eth0 10.9.1.1 52:54:00:00:00:10 (XDP)|eth1 10.9.2.1 52:54:00:00:00:11|" \
		"eth2 10.9.3.1 52:54:00:00:00:12||other targets:|v0-v1 veth, w0-w1 veth with a program|y0-y1 veth with GRO, m0-m1 MTU 500|" \
		"d0-d1 veth, d0 down; br0 with p0-p1|eth1.10 VLAN, mv0 macvlan on eth1|tap0, tun0 with a reader; lo|AF_XDP socket of eth0, queue 0")
	box(730, 60, 170, "b: receiver", "eth0 10.9.2.2|52:54:00:00:0b:01")
	box(730, 190, 170, "c: elsewhere", "eth0 10.9.3.2|52:54:00:00:0c:01")
	link(186, 128, 316, 128, wire)
	link(576, 92, 730, 92, wire)
	link(576, 215, 730, 215, wire)
	print "</svg>"
}
