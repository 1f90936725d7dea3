# The kernel's own report of frames that a program redirected and that were lost: lines "why TARGET COUNT EVENT ERROR".
# The first file has the devices' indexes and names, the second is the trace.
function value(name) { return match($0, "[ :]" name "=[^ ]+") ? substr($0, RSTART + length(name) + 2, RLENGTH - length(name) - 2) : "" }
NR == FNR { name[$1] = $2; next }
/xdp_redirect_err:/ { count[name[value("to_ifindex")] "\t" "xdp_redirect_err\t" value("err")]++ }
/xdp_devmap_xmit:/ { count[name[value("to_ifindex")] "\t" "xdp_devmap_xmit\t" value("err")] += value("drops") }
/xdp_bulk_tx:/ { count["eth0\txdp_bulk_tx\t" value("err")] += value("drops") }
/xdp_exception:/ { count["eth0\txdp_exception\t" value("action")]++ }
END { for (key in count) { split(key, part, "\t"); print "why\t" part[1] "\t" count[key] "\t" part[2] "\t" part[3] } }
