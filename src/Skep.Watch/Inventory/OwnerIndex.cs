using System.Runtime.InteropServices;
using Skep.Bpf;
using Skep.Watch.Capture;

namespace Skep.Watch.Inventory;

/// <summary>
/// Which processes hold which BPF objects, from the kernel's iterator over the descriptors of the tasks of this process's pid namespace
/// and those below it (kernel/bpf/task_iter.c). Unlike a walk of /proc/*/fdinfo it sees the programs of all perf events.
/// </summary>
public sealed class OwnerIndex
{
    private const string ObjectName = "owners.bpf.o", ProgramName = "skep_owners";
    private const int ReadBytes = 1 << 16;

    private readonly Dictionary<(ObjectKind, uint), List<Owner>> _holders = [];
    private readonly List<HeldPerfEvent> _perfEvents = [];

    private OwnerIndex(string? reason) => Reason = reason;

    /// <summary>Why owners cannot be told; null when they can.</summary>
    public string? Reason { get; }

    /// <summary>The perf events that run a program, one entry a descriptor.</summary>
    public IReadOnlyList<HeldPerfEvent> PerfEvents => _perfEvents;

    /// <summary>Reads the owners of this moment.</summary>
    public static OwnerIndex Read()
    {
        try
        {
            var index = new OwnerIndex(null);
            index.Add(ReadRecords());
            return index;
        }
        catch (Exception e) when (e is BpfException or IOException)
        {
            return new OwnerIndex(e.Message);
        }
    }

    /// <summary>The processes that hold a program: by its own descriptor, a link's, or a perf event's. By pid.</summary>
    public IReadOnlyList<Owner> OfProgram(uint id) => Of(ObjectKind.Program, id);

    /// <summary>The processes that hold a map by its descriptor. By pid.</summary>
    public IReadOnlyList<Owner> OfMap(uint id) => Of(ObjectKind.Map, id);

    /// <summary>The processes that hold a link by its descriptor. By pid.</summary>
    public IReadOnlyList<Owner> OfLink(uint id) => Of(ObjectKind.Link, id);

    /// <summary>The processes that hold a BTF object by its descriptor. By pid.</summary>
    public IReadOnlyList<Owner> OfBtf(uint id) => Of(ObjectKind.Btf, id);

    private IReadOnlyList<Owner> Of(ObjectKind kind, uint id) => _holders.TryGetValue((kind, id), out List<Owner>? owners) ? owners : [];

    private void Add(ReadOnlySpan<byte> records)
    {
        foreach (ref readonly OwnerRecord record in MemoryMarshal.Cast<byte, OwnerRecord>(records))
        {
            var owner = new Owner(record.Pid, record.Comm.ToString());
            if (record.Kind == ObjectKind.PerfEvent)
            {
                _perfEvents.Add(new HeldPerfEvent(owner, record.Fd, record.Id, record.PerfType, record.PerfConfig));
                Add(ObjectKind.Program, record.Id, owner);
                continue;
            }

            Add(record.Kind, record.Id, owner);
            if (record.ProgramId != 0) Add(ObjectKind.Program, record.ProgramId, owner);
        }

        foreach (List<Owner> owners in _holders.Values) owners.Sort((a, b) => a.Pid.CompareTo(b.Pid));
    }

    private void Add(ObjectKind kind, uint id, Owner owner)
    {
        ref List<Owner>? owners = ref CollectionsMarshal.GetValueRefOrAddDefault(_holders, (kind, id), out _);
        owners ??= [];
        foreach (Owner known in owners)
            if (known.Pid == owner.Pid) return;
        owners.Add(owner);
    }

    // The kernel side is gone when this returns, so that it is not among the objects that are listed.
    private static byte[] ReadRecords()
    {
        using BpfObject bpf = BpfObject.Open(EmbeddedObject.Read(ObjectName), "skep_owners");
        bpf.Load();
        using BpfProgram program = bpf.Program(ProgramName).Open();
        using BpfLink link = BpfLink.AttachIterator(program);
        using Stream pass = link.OpenIterator();
        using var records = new MemoryStream();
        pass.CopyTo(records, ReadBytes);
        return records.ToArray();
    }
}
