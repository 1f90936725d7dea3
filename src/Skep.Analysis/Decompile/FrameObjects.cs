using System.Globalization;
using Skep.Analysis.Analyze;
using Skep.Analysis.Decompile.Lift;
using Skep.Bpf;
using Skep.Inventory.Code;

namespace Skep.Analysis.Decompile;

/// <summary>A stretch of a function's frame that is one thing: a key, a buffer, a number.</summary>
internal sealed record FrameObject(long Start, long End, string Name, TypeReference? Type, int Scalar, bool BySize)
{
    public long Size => End - Start;

    /// <summary>Its declaration.</summary>
    public string Declaration => Type is { } type ? CTypeText.Declare(type.Btf, type.Id, Name)
        : Scalar > 0 ? $"u{Scalar * 8} {Name}" : string.Create(CultureInfo.InvariantCulture, $"u8 {Name}[{Size}]");
}

/// <summary>
/// Divides the part of a frame that is used as memory: accesses and addresses given to calls that overlap are one object. An object that is
/// only accessed whole is a number, one that a map takes as key or value has the map's type.
/// </summary>
internal sealed class FrameObjects
{
    private readonly List<FrameObject> _objects = [];
    private readonly HashSet<long> _bySize = [];
    private readonly Place _place;
    private readonly List<(long Start, long End, string? Role, TypeReference? Type, bool Access)> _uses = [];

    public FrameObjects(LiftedFunction function, Place place, TakenNames names)
    {
        _place = place;
        StatementTree.Visit(function.Body, statement =>
        {
            foreach (Expression value in VariableTypes.Values(statement)) Read(value, statement);
        });
        Divide(names);
    }

    public IReadOnlyList<FrameObject> All => _objects;

    /// <summary>The object at an offset; null for none.</summary>
    public FrameObject? At(long offset)
    {
        foreach (FrameObject item in _objects)
            if (offset >= item.Start && offset < item.End) return item;
        return null;
    }

    private void Read(Expression value, Statement statement)
    {
        switch (value)
        {
            case Load { Address: FrameAddress frame } load:
                Access(frame.Offset + load.Offset, load.Bytes);
                return;
            case Call call:
                for (int i = 0; i < call.Parts.Count; i++)
                {
                    if (call.Parts[i] is FrameAddress given) Give(call, i, given.Offset);
                    else Read(call.Parts[i], statement);
                }

                return;
            case FrameAddress frame when statement is Store store && ReferenceEquals(store.Address, frame):
                Access(frame.Offset + store.Offset, store.Bytes);
                return;
            case FrameAddress frame:
                _uses.Add((frame.Offset, frame.Offset + 1, null, null, false));
                return;
            case Atomic { Address: FrameAddress frame } atomic:
                Access(frame.Offset + atomic.Offset, atomic.Instruction.Bytes);
                break;
        }

        foreach (Expression part in value.Parts) Read(part, statement);
    }

    private void Access(long start, int bytes) => _uses.Add((start, start + bytes, null, null, true));

    private void Give(Call call, int argument, long start)
    {
        // At the frame's top and above there is no object.
        if (start >= 0) return;
        CallFact? fact = _place.Analysis.CallAt(call.Slot);
        char role = fact?.Helper?.RoleOf(argument) ?? ArgumentRole.None;
        CodeMap? map = fact?.ArgumentOf(ArgumentRole.Map) is { Kind: ValueKind.Map } number ? _place.Map(number.Id) : null;
        long size = role switch
        {
            ArgumentRole.Key => map?.KeySize ?? 0,
            ArgumentRole.Value or ArgumentRole.ValueOut => map?.ValueSize ?? 0,
            ArgumentRole.LongOut => 8,
            ArgumentRole.IntOut => 4,
            _ => SizeBeside(fact, argument),
        };
        uint type =
            role == ArgumentRole.Key
                ? map?.KeyTypeId ?? 0 : role is ArgumentRole.Value or ArgumentRole.ValueOut ? map?.ValueTypeId ?? 0 : 0;
        string? name = role switch
        {
            ArgumentRole.Key => "key",
            ArgumentRole.Value or ArgumentRole.ValueOut => "new_value",
            ArgumentRole.Write or ArgumentRole.Read or ArgumentRole.ReadWrite => "buf",
            _ => null,
        };
        if (type == 0 && fact?.Helper is { Name: "bpf_perf_event_output" or "bpf_ringbuf_output" }
            && _place.StructureOfSize(size) is { } record)
        {
            _uses.Add((start, start + size, "record", record, false));
            _bySize.Add(start);
            return;
        }

        _uses.Add(
            (start, Math.Min(0, start + Math.Max(size, 1)), name, type != 0 && map!.Btf is { } btf
                ? new TypeReference(btf, type) : null, false));
    }

    // The size is the argument after the memory, or the one before it: of bpf_probe_read_kernel(dst, size, src) and
    // bpf_perf_event_output(..., data, size).
    private static long SizeBeside(CallFact? fact, int argument)
    {
        if (fact?.Helper is not { } helper) return 0;
        for (int i = argument + 1; i < helper.Roles.Length; i++)
        {
            if (helper.RoleOf(i) != ArgumentRole.Size) continue;
            return fact.Arguments[i] is { Kind: ValueKind.Constant, Offset: > 0 and <= 512 } size ? size.Offset : 0;
        }

        return 0;
    }

    private void Divide(TakenNames names)
    {
        _uses.Sort((a, b) => a.Start != b.Start ? a.Start.CompareTo(b.Start) : b.End.CompareTo(a.End));
        for (int i = 0; i < _uses.Count; i++)
        {
            // What is given away without a size goes on to the next thing.
            (long at, long known, string? role, TypeReference? type, bool access) = _uses[i];
            if (access || known != at + 1) continue;
            int next = _uses.FindIndex(i, use => use.Start > at);
            _uses[i] = (at, next < 0 ? Math.Max(0, known) : _uses[next].Start, role, type, access);
        }

        for (int i = 0; i < _uses.Count;)
        {
            long start = _uses[i].Start, end = _uses[i].End;
            int first = i;
            for (; i < _uses.Count && _uses[i].Start < end; i++) end = Math.Max(end, _uses[i].End);
            Add(_uses[first..i], start, end, names);
        }
    }

    private void Add(List<(long Start, long End, string? Role, TypeReference? Type, bool Access)> uses, long start, long end,
        TakenNames names)
    {
        string? role = uses.Select(use => use.Role).FirstOrDefault(name => name is not null);
        string name = role ?? string.Create(CultureInfo.InvariantCulture, $"local_{-start}");
        for (int number = 2; !names.Add(name); number++)
            name = string.Create(CultureInfo.InvariantCulture, $"{role ?? $"local_{-start}"}{(role is null ? "_" : "")}{number}");
        TypeReference? type = uses.Select(use => use.Type).FirstOrDefault(t => t is { } known && known.Btf.SizeOf(known.Id) == end - start);
        bool whole = end - start is 1 or 2 or 4 or 8 && uses.All(use => use.Start == start && (!use.Access || use.End == end));
        if (type is { } found && whole && found.Btf.Resolve(found.Id).Kind is not (BtfKind.Struct or BtfKind.Union or BtfKind.Array))
            type = null;
        _objects.Add(
            new FrameObject(start, end, name, type, whole && type is null ? (int)(end - start) : 0,
                type is not null && _bySize.Contains(start)));
    }
}
