# What is wrong with skep's lists: each function gives a list of complaints, empty when all is right.

def by_id: map({key: (.id | tostring), value: .}) | from_entries;

# bpftool lists holders, users of BTF and pins in the order of a hash table.
def ordered: walk(if type == "array" then sort else . end);

# bpftool 7.1 gives the numbers of types that it does not know; skep then must have a name.
def same($ours; $theirs): if ($theirs | type) == "number" and ($ours | type) == "string" then true else ($ours | ordered) == ($theirs | ordered) end;

# What bpftool said before and after alike must be said by skep in between, each key and value.
def held($before; $ours; $after): ($ours | by_id) as $o | ($after | by_id) as $a
  | [$before[] | select($a[.id | tostring] | . != null) | select($a[.id | tostring] == .) | . as $told | $o[.id | tostring] as $one
    | if $one == null then "\(.id) is not listed"
      else ($told | keys[]) | select(. != "pinned") | select(same($one[.]; $told[.]) | not)
        | "\($told.id): \(.) is \($told[.] | tojson) to bpftool, \($one[.] | tojson) to skep"
      end];

def expect($what; $found; $wanted): if $found == $wanted then [] else ["\($what) is \($found | tojson) and should be \($wanted | tojson)"] end;
