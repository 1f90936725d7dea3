namespace Skep.Watch.Events;

/// <summary>Groups of commands, by what they do: each command is in one.</summary>
public static class CommandGroups
{
    private static readonly (string Name, string[] Commands)[] Groups =
    [
        ("load", ["prog_load", "btf_load"]),
        ("attach",
        [
            "prog_attach", "link_create", "link_update", "raw_tracepoint_open", CommandNames.PerfEventSetBpf, "so_attach_filter",
            "packet_fanout_data", "siockcmattach", "tunsetfilterebpf", "tunsetsteeringebpf", "so_attach_bpf",
            "so_attach_reuseport_cbpf", "so_attach_reuseport_ebpf", "so_lock_filter", CommandNames.SeccompFilter,
            CommandNames.PrctlSeccomp, "rtm_newlink", "rtm_setlink", "rtm_newroute", "rtm_newtfilter", "rtm_newaction",
            CommandNames.Netlink,
        ]),
        ("detach", ["prog_detach", "link_detach", "so_detach_filter", "rtm_deltfilter"]),
        ("map", ["map_create", "map_freeze", "prog_bind_map", "prog_assoc_struct_ops"]),
        ("element",
        [
            "map_lookup_elem", "map_update_elem", "map_delete_elem", "map_get_next_key", "map_lookup_and_delete_elem", "map_lookup_batch",
            "map_lookup_and_delete_batch", "map_update_batch", "map_delete_batch",
        ]),
        ("pin", ["obj_pin", "obj_get"]),
        ("query",
        [
            "prog_get_next_id", "map_get_next_id", "btf_get_next_id", "link_get_next_id", "prog_get_fd_by_id", "map_get_fd_by_id",
            "btf_get_fd_by_id", "link_get_fd_by_id", "obj_get_info_by_fd", "prog_query", "task_fd_query",
        ]),
        ("run", ["prog_test_run", "iter_create", "enable_stats", "prog_stream_read_by_fd", "token_create"]),
    ];

    /// <summary>The names of groups.</summary>
    public static IEnumerable<string> All => Groups.Select(group => group.Name);

    /// <summary>Whether there is such a command or group.</summary>
    public static bool IsKnown(string name) => All.Contains(name) || CommandNames.IsKnown(name);

    /// <summary>The commands of a group; of a command, its name as events print it.</summary>
    public static IReadOnlyList<string> Members(string name)
    {
        foreach ((string group, string[] commands) in Groups)
            if (group == name) return commands;
        return [CommandNames.Canonical(name)];
    }
}
