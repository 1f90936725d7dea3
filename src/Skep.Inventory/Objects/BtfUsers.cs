using Skep.Linux.Errors;
using Skep.Linux.Time;

namespace Skep.Inventory.Objects;

/// <summary>Which programs and maps use which BTF object, by rising id.</summary>
public sealed class BtfUsers
{
    private readonly Dictionary<uint, List<uint>> _programs = [];
    private readonly Dictionary<uint, List<uint>> _maps = [];

    private BtfUsers()
    {
    }

    /// <summary>Reads all programs and maps.</summary>
    /// <exception cref="KernelException">Ids may not be walked.</exception>
    public static BtfUsers Read(BootClock clock)
    {
        var users = new BtfUsers();
        foreach (Listed<ProgramEntry> program in ObjectWalk.Programs(clock)) Add(users._programs, program.Entry?.Info.BtfId, program.Id);
        foreach (Listed<MapEntry> map in ObjectWalk.Maps()) Add(users._maps, map.Entry?.Info.BtfId, map.Id);
        return users;
    }

    /// <summary>The programs that bring a BTF object.</summary>
    public IReadOnlyList<uint> Programs(uint btf) => _programs.TryGetValue(btf, out List<uint>? ids) ? ids : [];

    /// <summary>The maps that are typed by a BTF object.</summary>
    public IReadOnlyList<uint> Maps(uint btf) => _maps.TryGetValue(btf, out List<uint>? ids) ? ids : [];

    private static void Add(Dictionary<uint, List<uint>> users, uint? btf, uint id)
    {
        if (btf is not { } known || known == 0) return;
        if (!users.TryGetValue(known, out List<uint>? ids)) users[known] = ids = [];
        ids.Add(id);
    }
}
