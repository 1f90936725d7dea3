using System.Runtime.InteropServices;
using Skep.Analysis.Analyze;
using Skep.Bpf;
using Skep.Inventory.Code;
using Skep.Isa;

namespace Skep.Analysis.Explain;

/// <summary>Finds the records that a program sends, and their layout by what it stores.</summary>
internal sealed class OutputCollector
{
    // A larger record is reported without its fields.
    private const int LargestRecord = 1 << 16;

    // Beyond this number of paths, only that there are several is reported.
    private const int MostAlternatives = 6;

    private readonly ProgramAnalysis _analysis;
    private readonly SourceWords _words;
    private readonly Definitions _definitions;
    private readonly IReadOnlyList<MemoryWrite> _writes;
    private readonly ReachingWrites _reaching;
    private readonly FieldNames _names;
    private readonly FieldForms _forms;

    public OutputCollector(ProgramAnalysis analysis, SourceWords words, Definitions definitions)
    {
        (_analysis, _words, _definitions) = (analysis, words, definitions);
        _writes = MemoryWrites.Of(analysis);
        _reaching = new ReachingWrites(analysis, _writes);
        _names = new FieldNames(analysis);
        _forms = new FieldForms(analysis, _writes);
    }

    /// <summary>The records, in order of the instructions that send them.</summary>
    public IReadOnlyList<OutputRecord> Collect()
    {
        var records = new List<OutputRecord>();
        foreach (CallFact call in _analysis.Calls)
        {
            switch (call.Target?.Name)
            {
                case "bpf_ringbuf_submit":
                    records.Add(Reserved(call, call.Arguments[0]));
                    break;
                case "bpf_ringbuf_submit_dynptr":
                    records.Add(Dynptr(call));
                    break;
                case "bpf_ringbuf_output":
                    records.Add(Sent(call, call.Arguments[0], call.Arguments[1], call.Arguments[2]));
                    break;
                case "bpf_perf_event_output" or "bpf_skb_output" or "bpf_xdp_output":
                    records.Add(WithPacket(call, Sent(call, call.Arguments[1], call.Arguments[3], call.Arguments[4])));
                    break;
                case "bpf_seq_write":
                    records.Add(Sent(call, Value.Unknown, call.Arguments[1], call.Arguments[2]));
                    break;
            }
        }

        return [.. records.OrderBy(record => record.Slot)];
    }

    private CodeMap? MapOf(in Value map) => map is { Kind: ValueKind.Map, Id: >= 0 } ? _analysis.Code.Maps[map.Id] : null;

    private OutputRecord Reserved(CallFact submit, in Value record)
    {
        var described = new OutputRecord { Sender = submit.Target!.Value.Name!, Slot = submit.Slot };
        if (record.Kind != ValueKind.Record || record.Origin < 0 || _analysis.CallAt(record.Origin) is not { } reserve)
            return described with { Note = "the reservation of this record was not found" };
        described = described with { ReservedAt = reserve.Slot, Map = MapOf(reserve.Arguments[0]) };
        return Laid(described, reserve.Arguments[1], record with { Offset = 0 });
    }

    private OutputRecord Sent(CallFact call, in Value map, in Value memory, in Value size) =>
        Laid(new OutputRecord { Sender = call.Target!.Value.Name!, Slot = call.Slot, Map = MapOf(map) }, size, memory);

    // The upper half of the flags asks for bytes of the packet behind the record (BPF_F_CTXLEN_MASK); programs that have no packet may not
    // ask.
    private OutputRecord WithPacket(CallFact call, OutputRecord record)
    {
        const ulong mask = 0xfffff;
        bool tracing =
            _analysis.Code.Type is BpfProgramType.Kprobe or BpfProgramType.Tracepoint or BpfProgramType.RawTracepoint
                or BpfProgramType.RawTracepointWritable or BpfProgramType.PerfEvent;
        if (tracing) return record;
        Numbers length = NumberArithmetic.Part(_analysis.Peek(call.Slot)?.Numbers(Register.R3) ?? Numbers.Any, sizeof(uint), sizeof(uint));
        if (length.Single is { } known)
            return (known & mask) == 0 ? record : record with { Note = $"followed by {known & mask} bytes of the packet" };
        return record with
        {
            Note =
            length.Greatest <= mask ? $"followed by a computed number of bytes of the packet, at most {length.Greatest}"
                : "followed by a computed number of bytes of the packet"
        };
    }

    // What dynptr writes put into the reservation: offsets and sizes are arguments of the calls.
    private OutputRecord Dynptr(CallFact submit)
    {
        var described = new OutputRecord { Sender = submit.Target!.Value.Name!, Slot = submit.Slot };
        CallFact? reserve =
            _analysis.Calls.FirstOrDefault(
                call =>
                    call.Target?.Name == "bpf_ringbuf_reserve_dynptr" && PacketDynptrs.SamePlace(call.Arguments[3], submit.Arguments[0]));
        if (reserve is null) return described with { Note = "the reservation of this record was not found" };
        described = described with { ReservedAt = reserve.Slot, Map = MapOf(reserve.Arguments[0]) };
        described = Sized(described, reserve.Arguments[1]);
        var fields = new List<RecordField>();
        foreach (CallFact write in _analysis.Calls)
        {
            if (write.Target?.Name != "bpf_dynptr_write" || !PacketDynptrs.SamePlace(write.Arguments[0], submit.Arguments[0])) continue;
            if (write.Arguments[1] is not { Kind: ValueKind.Constant, Offset: >= 0 and <= LargestRecord } offset
                || write.Arguments[3] is not { Kind: ValueKind.Constant, Offset: > 0 and <= LargestRecord } size) continue;
            foreach (RecordField field in Fields(write.Slot, write.Arguments[2], (int)size.Offset, (int)size.Offset) ?? [])
                fields.Add(field with { Offset = field.Offset + (int)offset.Offset });
        }

        // What is stored where bpf_dynptr_data points to. What a function stores that was given the dynptr is not followed.
        var memory = Value.Pointer(ValueKind.Record, -1, reserve.Slot);
        int extent = described.Size ?? Extent(memory), from = Function(reserve.Slot);
        if (_writes.Any(write => new MemoryRegion(memory, 0).IsOf(write.Address)) && extent is > 0 and <= LargestRecord
            && Fields(submit.Slot, memory, extent, described.Size) is { } stored)
            fields.AddRange(fields.Count == 0 ? stored : stored.Where(field => field.Stored.Count > 0));
        int[] elsewhere =
            [
                .. _analysis.Calls.Where(
                    call => call.Target?.Name is "bpf_dynptr_data" or "bpf_dynptr_write"
                        && PacketDynptrs.SamePlace(call.Arguments[0], submit.Arguments[0]) && Function(call.Slot) != from)
            .Select(call => call.Slot)];
        if (elsewhere.Length > 0)
            described = described with { Note = $"a function that is given the dynptr may store more [{string.Join(' ', elsewhere)}]" };
        return described with { Fields = [.. fields.OrderBy(field => field.Offset)] };
    }

    private int Function(int slot) => _analysis.Code.Flow.Blocks[_analysis.Code.Flow.BlockAt(slot)].Function;

    private OutputRecord Sized(OutputRecord record, in Value size) =>
        size is { Kind: ValueKind.Constant, Offset: >= 0 and <= int.MaxValue }
            ? record with { Size = (int)size.Offset } : record with { SizeText = _words.Of(size) };

    private OutputRecord Laid(OutputRecord record, in Value size, in Value memory)
    {
        record = Sized(record, size);
        int extent = record.Size ?? Extent(memory);
        if (extent is <= 0 or > LargestRecord)
            return record with { Note = extent > LargestRecord ? "too large to list its fields" : "what it holds was not found" };
        if (memory.Kind is ValueKind.Packet) return record with { Note = "bytes of the packet" };
        if (memory.Kind is not (ValueKind.Record or ValueKind.Stack or ValueKind.MapValue or ValueKind.Memory) || !memory.HasOffset)
            return record with { Note = $"sent from {_words.Place(memory) ?? "memory at an unknown address"}" };
        if (Fields(record.Slot, memory, extent, record.Size) is not { } fields)
            return record with { Note = "its fields are not reported: the program is too large to follow each record" };
        record = record with { Fields = _forms.Apply(memory, record.Size, fields) };
        if (memory.Kind == ValueKind.MapValue && memory is { Id: >= 0 } && _analysis.Code.Maps[memory.Id] is { } map)
        {
            record = record with { TypeName = _names.TypeName(map, memory.Offset), TypedBy = NameSource.MapType };
            if (record.TypeName is null) record = record with { TypedBy = NameSource.None };
            if (fields.Any(field => field.Stored.Count == 0))
                record = record with { Note = $"sent from a value of map {map.Label}: what is not stored here was stored before" };
        }
        else if (record.Size is { } bytes && _names.Matching(bytes, fields) is { } match)
        {
            record = record with { TypeName = match.Name, TypedBy = NameSource.SizeMatch, Fields = _names.Apply(match, record.Fields) };
        }

        return record;
    }

    // Of a record whose size is computed: as far as something is stored.
    private int Extent(in Value memory)
    {
        if (memory.Kind == ValueKind.MapValue && memory is { Id: >= 0, HasOffset: true }
            && _analysis.Code.Maps[memory.Id].ValueSize is { } size && size > memory.Offset)
            return (int)Math.Min(size - memory.Offset, LargestRecord);
        if (memory.Kind == ValueKind.Stack) return memory.HasOffset ? (int)-memory.Offset : 0;
        var region = new MemoryRegion(memory, 0);
        long end = 0;
        foreach (MemoryWrite write in _writes)
            if (region.IsOf(write.Address) && write.Address.HasOffset) end = Math.Max(end, write.Address.Offset + (write.Size ?? 1));
        return (int)Math.Min(end, LargestRecord + 1);
    }

    private List<RecordField>? Fields(int slot, Value memory, int extent, int? size)
    {
        var found = new List<MemoryWrite>();
        if (_reaching.At(slot, new MemoryRegion(memory, extent), found, out bool[] unset) is not { } bytes) return null;
        KeepComputed(bytes, unset, found, memory);
        if (size is null)
        {
            int last = bytes.Length;
            while (last > 0 && bytes[last - 1].Count == 0) last--;
            bytes = bytes[..last];
        }

        CutOpenEnds(bytes, found, memory);
        var fields = new List<RecordField>();
        for (int at = 0; at < bytes.Length;)
        {
            int end = at + 1;
            while (end < bytes.Length && Same(bytes[end], bytes[at], found) && MaybeUnset(end) == MaybeUnset(at)
                && !Boundary(bytes[at], found, memory, end)) end++;
            List<int> numbers = bytes[at], naming = numbers;
            if (Widest(bytes, found, memory, at, end) is { } widest)
            {
                end = at + found[widest].Size!.Value;
                naming = [widest];
                numbers = [.. bytes[at..end].SelectMany(each => each).Distinct()];
            }

            StoredValue[] stored =
                [
                    .. numbers.OrderBy(number => found[number].Slot)
                        .SelectMany(
                            number =>
                                Texts(found[number], memory, at, end - at).Select(text => new StoredValue(text, found[number].Slot)))];
            (string? name, NameSource by) = _names.Of(memory, at, end - at, naming.Select(number => found[number]));
            if (stored.Length == 0 && memory.Kind == ValueKind.MapValue) fields.AddRange(_names.Members(memory, at, end - at));
            else fields.Add(new RecordField(at, end - at, name, by, stored) { MaybeUnset = MaybeUnset(at) });
            at = end;
        }

        return Merge(fields);

        bool MaybeUnset(int at) => bytes[at].Count > 0 && unset[at] && memory.Kind != ValueKind.MapValue;
    }

    // Of a union: a write to a field that is named, on other paths a part of it is written, from its start on.
    private int? Widest(List<int>[] bytes, List<MemoryWrite> found, Value memory, int at, int end)
    {
        if (memory.Kind == ValueKind.MapValue) return null;
        foreach (int number in bytes[at])
        {
            MemoryWrite write = found[number];
            if (write is not { Size: { } size, Address.HasOffset: true } || IsZero(write) || Start(write, memory) != at || at + size <= end
                || at + size > bytes.Length || !_names.IsNamed(write)) continue;
            List<int>[] covered = bytes[at..(at + size)];
            if (covered.All(
                each => each.Contains(number) && each.TrueForAll(other => IsZero(found[other]) || Within(found[other], at, at + size))))
                return number;
        }

        return null;

        bool Within(in MemoryWrite other, int from, int until) =>
            other is { Size: { } bytes, Address.HasOffset: true } && Start(other, memory) >= from && Start(other, memory) + bytes <= until;
    }

    // A store at a computed offset may be to any byte. It is reported where nothing else is, or only zero; of a map's value it is not:
    // all of it may be stored elsewhere.
    private void KeepComputed(List<int>[] bytes, bool[] unset, List<MemoryWrite> found, Value memory)
    {
        (long First, long End)[] ranges =
            [.. found.Select(write => write.Address.HasOffset ? default : IndexRange.Of(_analysis, write.Address, write.AtMost))];
        for (int i = 0; i < bytes.Length; i++)
        {
            long place = memory.Offset + i;
            if (!bytes[i].Exists(number => !found[number].Address.HasOffset)) continue;
            bool plain =
                memory.Kind != ValueKind.MapValue
                    && bytes[i].TrueForAll(number => !found[number].Address.HasOffset || IsZero(found[number]));
            bytes[i].RemoveAll(
                number => !found[number].Address.HasOffset && !(plain && place >= ranges[number].First && place < ranges[number].End));
            if (bytes[i].Count > 0 && bytes[i].TrueForAll(number => !found[number].Address.HasOffset)) unset[i] = false;
        }
    }

    // What a call of unknown length writes ends where the next field begins. A buffer that was cleared before has no fields.
    private static void CutOpenEnds(List<int>[] bytes, List<MemoryWrite> found, Value memory)
    {
        for (int number = 0; number < found.Count; number++)
        {
            if (found[number] is not { AtMost: null, Address.HasOffset: true }) continue;
            long start = Start(found[number], memory);
            int cut = 0;
            while (cut < bytes.Length
                && !bytes[cut].Exists(
                    other => found[other] is { AtMost: not null, Address.HasOffset: true } && Start(found[other], memory) > start
                        && !IsZero(found[other]))) cut++;
            for (int i = cut; i < bytes.Length; i++) bytes[i].Remove(number);
        }
    }

    private static bool IsZero(in MemoryWrite write) => write.Written is { Kind: ValueKind.Constant, Offset: 0 };

    private static long Start(in MemoryWrite write, in Value memory) => write.Address.Offset - memory.Offset;

    // The same stores in a row: a loop that was unrolled writes elsewhere each time, so its pieces are different stores already.
    private static bool Boundary(List<int> numbers, List<MemoryWrite> found, Value memory, int at) =>
        numbers.Exists(
            number => found[number].Address.HasOffset && Start(found[number], memory) == at
                && !(IsZero(found[number]) && numbers.Exists(other => !IsZero(found[other]))));

    // Where something else may be stored, it does not matter which instruction cleared the byte before.
    private static bool Same(List<int> a, List<int> b, List<MemoryWrite> found)
    {
        if (CollectionsMarshal.AsSpan(a).SequenceEqual(CollectionsMarshal.AsSpan(b))) return true;
        HashSet<int> first = [.. a], second = [.. b];
        if (first.SetEquals(second)) return true;
        return Part(a, second) && Part(b, first) && a.Exists(number => !IsZero(found[number]));

        bool Part(List<int> of, HashSet<int> other) =>
            of.TrueForAll(number => IsZero(found[number]) ? other.Any(cleared => IsZero(found[cleared])) : other.Contains(number));
    }

    // A register that holds one thing on one path and another on another is reported for each.
    private IEnumerable<string> Texts(MemoryWrite write, Value memory, int at, int size)
    {
        if (write.Written is { Kind: ValueKind.Unknown or ValueKind.Scalar, Origin: Value.Merged }
            && Decoder.Decode(_analysis.Code.Instructions, write.Slot) is { Kind: OperationKind.Store } store)
        {
            string[] texts =
                [
                    .. _definitions.Of(write.Slot, store.Src)
                        .Select(definition => Placed(write with { Written = definition.Value }, memory, at, size)).Distinct()];
            if (texts.Length is > 0 and <= MostAlternatives) return texts;
        }

        return [Placed(write, memory, at, size)];
    }

    private string Placed(in MemoryWrite write, in Value memory, int at, int size) =>
        write.Address.HasOffset ? Text(write, memory, at, size) : $"at a computed offset {_words.Of(Stored(write))}";

    // A part of a larger constant is another constant; of zero it is zero.
    private string Text(in MemoryWrite write, in Value memory, int at, int size)
    {
        long from = Start(write, memory);
        if (write.Written.Kind == ValueKind.Constant && write.Size is { } whole && (from != at || whole != size))
        {
            long part = write.Written.Offset >> (int)Math.Min(63, 8 * Math.Max(0, at - from));
            return _words.Of(Value.Constant(size < 8 ? part & ((1L << (8 * size)) - 1) : part));
        }

        return _words.Of(Stored(write));
    }

    // Of what a register holds, the bytes that the store takes.
    private static Value Stored(in MemoryWrite write) =>
        write.Size is not (> 0 and < 8 and var bytes) ? write.Written : write.Written switch
        {
            { Kind: ValueKind.Constant } number => Value.Constant(number.Offset & ((1L << (8 * bytes)) - 1)),
            { Kind: ValueKind.Scalar, Id: 0, Left: 0 } scalar => scalar with { Width = (byte)Math.Min(scalar.Width, bytes * 8) },
            var other => other,
        };

    // Several stores of one source statement are one field.
    private static List<RecordField> Merge(List<RecordField> fields)
    {
        var merged = new List<RecordField>();
        foreach (RecordField field in fields)
        {
            bool zero = IsZero(field);
            if (merged.Count > 0 && merged[^1] is { } last && last.Offset + last.Size == field.Offset
                && ((field.Name is not null && field.Name == last.Name && field.NamedBy == last.NamedBy)
                || (field.Name is null && last.Name is null
                && ((zero && IsZero(last)) || (field.Stored.Count == 0 && last.Stored.Count == 0)))))
            {
                merged[^1] =
                    last with
                    {
                        Size = last.Size + field.Size,
                        MaybeUnset = last.MaybeUnset || field.MaybeUnset,
                        Stored = zero && IsZero(last) ? last.Stored : [.. last.Stored.Concat(field.Stored).Distinct()]
                    };
                continue;
            }

            merged.Add(field);
        }

        return merged;
    }

    private static bool IsZero(RecordField field) => field.Stored.Count > 0 && field.Stored.All(value => value.Text == "0");
}
