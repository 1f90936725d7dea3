# What is wrong with the events of a scene: each function gives a list of complaints, empty when all is right.
# $events are those of watch; $prog, $map, $link and $perf what bpftool showed while the scene was held, $before what
# it showed when nothing ran. Skep's own programs are named skep_*; their maps and links are its own.

def hex: if . < 16 then "0123456789abcdef"[.:. + 1] else (. / 16 | floor | hex) + (. % 16 | hex) end;
def own: [$prog[] | select(.name // "" | startswith("skep_"))];
def own_ids: [own[].id];
def own_maps: [own[].map_ids[]?];
def known($list): [$list[].id];

# The keys that both have must be equal.
def differs($what; $ours; $theirs; $keys):
  if $ours == null then ["\($what): watch told nothing of \($theirs | tojson)"]
  else [$keys[] | select($theirs[.] != null and $ours[.] != $theirs[.])
    | "\($what) \($theirs.id): \(.) is \($theirs[.] | tojson) to bpftool, \($ours[.] | tojson) to watch"]
  end;

def event($cmds; $key; $id): [$events[] | select(([.cmd] | inside($cmds)) and .[$key].id == $id)]
  | if length > 1 then {id: "\(length) times the same"} else .[0][$key] end;

# bpftool 7.1 gives the number of types that it does not know.
def known_type: if (.type | type) == "number" then del(.type) else . end;

# libbpf binds maps of constants to a program after its load.
def maps_of($e): [$e.map_ids[]?] + [$events[] | select(.cmd == "prog_bind_map" and .error == null and .prog.id == $e.id) | .map.id] | unique;

# bpftool takes names of 15 characters and more from BTF.
def programs: [$prog[] | select(([.id] | inside(own_ids + known($before))) | not)
  | . as $p | event(["prog_load"]; "prog"; .id) as $e
  | (differs("program"; $e; ($p | known_type); ["id", "type", "tag", "gpl_compatible", "bytes_xlated"])
    + (if $e != null and ($p.name // "")[:15] != $e.name then ["program \(.id): name is \($p.name) to bpftool, \($e.name) to watch"] else [] end)
    + (if $e != null and ($p.map_ids // [] | sort) != maps_of($e) then ["program \(.id): maps \($p.map_ids) to bpftool, \(maps_of($e)) to watch"] else [] end))[]];

def maps: [$map[] | select(([.id] | inside(own_maps)) | not)
  | . as $m | differs("map"; event(["map_create"]; "map"; .id); $m; ["id", "type", "name", "bytes_key", "bytes_value", "max_entries", "flags"])[]];

# The kernel has no attach type for a program that replaces a function, and tells 0.
def links: [$link[] | select(([.prog_id] | inside(own_ids)) | not)
  | . as $l | event(["link_create", "raw_tracepoint_open"]; "link"; .id) as $e
  | (differs("link"; $e; (known_type | if .prog_type == "ext" then del(.attach_type) else . end); ["id", "type", "prog_id", "attach_type"])
    + [if .tp_name then .tp_name elif .target_name then .target_name elif .netns_ino then "netns \(.netns_ino)" else empty end
      | select($e != null and . != $e.target) | "link \($l.id): on \(.) to bpftool, on \($e.target) to watch"])[]];

def perf_target:
  if .fd_type == "tracepoint" then "^tracepoint [^/]+/\(.tracepoint)$"
  elif .fd_type == "raw_tracepoint" then "^\(.tracepoint)$"
  else "^\(.fd_type) \(.filename // .func)\(if .offset > 0 then "[+]0x\(.offset | hex)" else "" end)$"
  end;

def perf_events: [$perf[] | select(([.prog_id] | inside(own_ids)) | not) | . as $p | perf_target as $target
  | [$events[] | (.link, .attach) | select(. != null and .prog_id == $p.prog_id) | .target] as $told
  | select([$told[] | select(. != null and test($target))] | length == 0)
  | "program \(.prog_id): on \($target) to bpftool, on \($told | tojson) to watch"];

# All that was loaded is proven: none of the scenes rewrites its code.
def proven: [$events[] | select(.cmd == "prog_load" and .error == null and (.prog.capture != "proven" or .prog.capture_reason != null))
  | "program \(.prog.id) \(.prog.name): \(.prog.capture), \(.prog.capture_reason)"];

def whole_code: [$events[] | select(.cmd == "prog_load" and ((.prog.insns | length) != .prog.insn_cnt or .prog.insn_cnt < 1))
  | "program \(.prog.id) \(.prog.name): \(.prog.insns | length) of \(.prog.insn_cnt) instructions"];

# Counts of element operations carry no network namespace.
def identity($netns): [$events[] | select(.pid == null or .tid == null or .uid != 0 or (.count == null and .netns != $netns) or .exe == null or .cgroup != "/" or .tier != 3)
  | "event \(.seq) \(.cmd): \({pid, tid, uid, netns, exe, cgroup, tier} | tojson)"];

def expect($what; $found; $wanted): if $found == $wanted then [] else ["\($what) is \($found | tojson) and should be \($wanted | tojson)"] end;
