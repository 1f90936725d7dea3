namespace Skep.Guard.Model;

/// <summary>Operations that rules are on; one system call can be several. The bits are those of bpf/include/skep_guard.h.</summary>
[Flags]
public enum GuardOperations : ushort
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>A program is loaded.</summary>
    ProgLoad = 1 << 0,

    /// <summary>A map is created.</summary>
    MapCreate = 1 << 1,

    /// <summary>Elements of a map are changed, or it is frozen, through its descriptor.</summary>
    MapWrite = 1 << 2,

    /// <summary>A program is attached, by a link or without.</summary>
    Attach = 1 << 3,

    /// <summary>A program or a link is detached.</summary>
    Detach = 1 << 4,

    /// <summary>A link is created, or given another program.</summary>
    Link = 1 << 5,

    /// <summary>An object is pinned.</summary>
    Pin = 1 << 6,

    /// <summary>BTF is loaded.</summary>
    BtfLoad = 1 << 7,

    /// <summary>A token is created.</summary>
    Token = 1 << 8,

    /// <summary>All of them.</summary>
    All = (1 << 9) - 1,
}

/// <summary>The words of policies for operations, and the commands of bpf(2) that are meant.</summary>
public static class OperationNames
{
    private static readonly (GuardOperations Operations, string[] Commands)[] ByCommand =
    [
        (GuardOperations.ProgLoad, ["prog_load"]),
        (GuardOperations.MapCreate, ["map_create"]),
        (GuardOperations.MapWrite,
            ["map_update_elem", "map_delete_elem", "map_lookup_and_delete_elem", "map_lookup_and_delete_batch", "map_update_batch",
             "map_delete_batch", "map_freeze"]),
        (GuardOperations.Attach, ["prog_attach", "raw_tracepoint_open"]),
        (GuardOperations.Attach | GuardOperations.Link, ["link_create", "link_update"]),
        (GuardOperations.Detach, ["prog_detach", "link_detach"]),
        (GuardOperations.Pin, ["obj_pin"]),
        (GuardOperations.BtfLoad, ["btf_load"]),
        (GuardOperations.Token, ["token_create"]),
    ];

    /// <summary>The names, by bit.</summary>
    public static IReadOnlyList<string> Names { get; } =
        ["prog_load", "map_create", "map_write", "attach", "detach", "link", "pin", "btf_load", "token"];

    /// <summary>The operations that a command of bpf(2) is; none for one that is not guarded.</summary>
    /// <param name="command">The kernel's name in lower case, without <c>BPF_</c>.</param>
    public static GuardOperations OfCommand(string command)
    {
        foreach ((GuardOperations operations, string[] commands) in ByCommand)
            if (commands.Contains(command)) return operations;
        return GuardOperations.None;
    }

    /// <summary>The names of a set of operations.</summary>
    public static IEnumerable<string> Of(GuardOperations operations) =>
        Names.Where((_, bit) => ((int)operations >> bit & 1) != 0);
}
