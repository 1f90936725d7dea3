using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Skep.Bpf;
using Skep.Inventory.Passes;
using Skep.Linux.Errors;
using Skep.Linux.Kernel;

namespace Skep.Inventory.Objects;

/// <summary>
/// Which processes hold which BPF objects, from the kernel's iterator over the descriptors of the tasks of this process's pid namespace
/// and those below it (kernel/bpf/task_iter.c). Unlike a walk of /proc/*/fdinfo it sees the programs of all perf events and sockets.
/// </summary>
public sealed class OwnerIndex
{
    private readonly Dictionary<(ObjectKind, uint), List<Owner>> _holders = [];
    private readonly List<HeldPerfEvent> _perfEvents = [];
    private readonly List<HeldDescriptor> _links = [];
    private readonly List<HeldSocket> _sockets = [];

    private OwnerIndex(string? reason) => Reason = reason;

    /// <summary>Why owners cannot be told; null when they can.</summary>
    public string? Reason { get; }

    /// <summary>The perf events that run a program, one entry a descriptor.</summary>
    public IReadOnlyList<HeldPerfEvent> PerfEvents => _perfEvents;

    /// <summary>The links, one entry a descriptor.</summary>
    public IReadOnlyList<HeldDescriptor> Links => _links;

    /// <summary>The sockets that have code, one entry a descriptor.</summary>
    internal IReadOnlyList<HeldSocket> Sockets => _sockets;

    /// <summary>Reads the owners of this moment.</summary>
    public static OwnerIndex Read(KernelTypes types)
    {
        try
        {
            return Of(IteratorPass.Read(types, IteratorPass.Descriptors)[0]);
        }
        catch (Exception e) when (e is KernelException or IOException or NotSupportedException)
        {
            return Unknown(e.Message);
        }
    }

    /// <summary>The owners that the iterator over descriptors has written.</summary>
    internal static OwnerIndex Of(ReadOnlySpan<byte> records)
    {
        var index = new OwnerIndex(null);
        index.Add(records);
        return index;
    }

    /// <summary>Of this kernel no owners can be told.</summary>
    internal static OwnerIndex Unknown(string reason) => new(reason);

    /// <summary>The processes that hold a program: by its own descriptor, a link's, a perf event's, or a socket's. By pid.</summary>
    public IReadOnlyList<Owner> OfProgram(uint id) => Of(ObjectKind.Prog, id);

    /// <summary>The processes that hold a map by its descriptor. By pid.</summary>
    public IReadOnlyList<Owner> OfMap(uint id) => Of(ObjectKind.Map, id);

    /// <summary>The processes that hold a link by its descriptor. By pid.</summary>
    public IReadOnlyList<Owner> OfLink(uint id) => Of(ObjectKind.Link, id);

    /// <summary>The processes that hold a BTF object by its descriptor. By pid.</summary>
    public IReadOnlyList<Owner> OfBtf(uint id) => Of(ObjectKind.Btf, id);

    /// <summary>The ids of all objects of a kind that a descriptor or what it stands for names.</summary>
    internal IEnumerable<uint> Ids(ObjectKind kind) => _holders.Keys.Where(key => key.Item1 == kind).Select(key => key.Item2);

    private IReadOnlyList<Owner> Of(ObjectKind kind, uint id) => _holders.TryGetValue((kind, id), out List<Owner>? owners) ? owners : [];

    private void Add(ReadOnlySpan<byte> records)
    {
        _holders.EnsureCapacity(records.Length / Unsafe.SizeOf<OwnerRecord>());
        Owner owner = default;
        while (records.Length >= Unsafe.SizeOf<OwnerRecord>())
        {
            OwnerRecord record = MemoryMarshal.Read<OwnerRecord>(records);
            records = records[Unsafe.SizeOf<OwnerRecord>()..];

            // A process's descriptors follow one another.
            if (record.Pid != owner.Pid || record.Pid == 0) owner = new Owner(record.Pid, KernelText.Read(record.Comm));
            switch (record.Kind)
            {
                case not ObjectKind.Socket when record.Pid == Environment.ProcessId:
                    // This process opens what it lists.
                    break;
                case ObjectKind.PerfEvent:
                    _perfEvents.Add(new HeldPerfEvent(owner, record.Fd, record.Id, record.PerfType, record.PerfConfig));
                    Add(ObjectKind.Prog, record.Id, owner);
                    break;
                case ObjectKind.Socket:
                    if (records.Length < Unsafe.SizeOf<SocketRecord>()) return;
                    Add(owner, record.Fd, MemoryMarshal.Read<SocketRecord>(records));
                    records = records[Unsafe.SizeOf<SocketRecord>()..];
                    break;
                default:
                    Add(record.Kind, record.Id, owner);
                    if (record.Kind == ObjectKind.Link) _links.Add(new HeldDescriptor(owner, record.Fd, record.Id));
                    if (record.ProgId != 0) Add(ObjectKind.Prog, record.ProgId, owner);
                    break;
            }
        }

        foreach (List<Owner> owners in _holders.Values)
            if (owners.Count > 1) owners.Sort((a, b) => a.Pid.CompareTo(b.Pid));
    }

    private void Add(Owner owner, uint fd, in SocketRecord socket)
    {
        _sockets.Add(new HeldSocket(owner, fd, socket));
        if (socket.Filter.Id != 0) Add(ObjectKind.Prog, socket.Filter.Id, owner);
        if (socket.Reuseport.Id != 0) Add(ObjectKind.Prog, socket.Reuseport.Id, owner);
    }

    private void Add(ObjectKind kind, uint id, Owner owner)
    {
        ref List<Owner>? owners = ref CollectionsMarshal.GetValueRefOrAddDefault(_holders, (kind, id), out _);
        owners ??= new List<Owner>(1);
        foreach (Owner known in owners)
            if (known.Pid == owner.Pid) return;
        owners.Add(owner);
    }
}
