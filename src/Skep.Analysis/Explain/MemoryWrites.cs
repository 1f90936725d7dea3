using Skep.Analysis.Analyze;
using Skep.Isa;

namespace Skep.Analysis.Explain;

/// <summary>Bytes that an instruction writes.</summary>
/// <param name="Slot">The instruction.</param>
/// <param name="Address">Where.</param>
/// <param name="Size">Bytes; null when it is not known, or differs between paths.</param>
/// <param name="Written">What.</param>
internal readonly record struct MemoryWrite(int Slot, Value Address, int? Size, Value Written)
{
    /// <summary>The number of the argument by which a call writes, from 0; -1 for a store.</summary>
    public int Argument { get; init; } = -1;

    /// <summary>Bytes that it writes on all paths.</summary>
    public int AtLeast { get; init; } = Size ?? 0;

    /// <summary>The most bytes that it writes on any path; null when that is not known.</summary>
    public int? AtMost { get; init; } = Size;
}

/// <summary>All writes of a program to memory: stores, and what helpers write by pointers that they are given.</summary>
internal static class MemoryWrites
{
    // A size that may be more than this is none that the verifier knows.
    private const ulong LargestWrite = 1 << 16;

    public static IReadOnlyList<MemoryWrite> Of(ProgramAnalysis analysis)
    {
        var writes = new List<MemoryWrite>();
        foreach (MemoryAccess access in analysis.Accesses)
        {
            if (access.Kind == AccessKind.Load) continue;
            var write =
                new MemoryWrite(access.Slot, access.Address, access.Size, access.Kind == AccessKind.Atomic ? Value.Unknown : access.Stored);
            if (access.Kind != AccessKind.Store || !AddPieces(analysis, write, writes)) writes.Add(write);
        }

        foreach (CallFact call in analysis.Calls)
        {
            if (call.Helper is not { } helper) continue;
            for (int i = 0; i < helper.Roles.Length && i < call.Arguments.Count; i++)
            {
                int? size = helper.Roles[i] switch
                {
                    ArgumentRole.Write or ArgumentRole.ReadWrite =>
                        call.Arguments[Math.Min(i + 1, 4)] is { Kind: ValueKind.Constant, Offset: >= 0 and <= int.MaxValue } known
                            ? (int)known.Offset : -1,
                    ArgumentRole.LongOut => sizeof(ulong),
                    ArgumentRole.IntOut => sizeof(uint),
                    ArgumentRole.ValueOut =>
                        call.ArgumentOf(ArgumentRole.Map) is { Kind: ValueKind.Map, Id: >= 0 } map
                            && analysis.Code.Maps[map.Id].ValueSize is { } value ? (int)value : -1,
                    _ => null,
                };
                if (size is not { } bytes) continue;
                var write =
                    new MemoryWrite(call.Slot, call.Arguments[i], bytes < 0 ? null : bytes, Value.Written(call.Slot)) { Argument = i };
                writes.Add(
                    bytes < 0 && helper.RoleOf(i + 1) == ArgumentRole.Size
                        ? Bounded(write, analysis.Peek(call.Slot)?.Numbers(Register.R1 + (byte)(i + 1)) ?? Numbers.Any) : write);
            }
        }

        return writes;
    }

    // A copy out of the frame, of several values that lie side by side there.
    private static bool AddPieces(ProgramAnalysis analysis, MemoryWrite write, List<MemoryWrite> writes)
    {
        if (write.Written is not { Kind: ValueKind.Scalar, Id: 0, Origin: >= 0, Low: 0, Left: 0 } copied || !write.Address.HasOffset)
            return false;
        if (analysis.AccessAt(copied.Origin) is not { Kind: AccessKind.Load, Address: { Kind: ValueKind.Stack, HasOffset: true } from } load
            || load.Size != write.Size) return false;
        if (analysis.Peek(load.Slot)?.Frame is not { } frame || frame.Load(from.Offset, load.Size) is not null) return false;
        long at = from.Offset, end = at + load.Size;
        if (!frame.Entries.Any(entry => entry.Offset >= at && entry.End <= end && entry.Value.Kind != ValueKind.Unknown)) return false;
        foreach (StackEntry entry in frame.Entries)
        {
            if (entry.End <= at || entry.Offset >= end) continue;
            Add(entry.Offset, copied);
            Add(entry.End, entry.Offset == at && entry.End <= end && entry.Value.Kind != ValueKind.Unknown ? entry.Value : copied);
        }

        Add(end, copied);
        return true;

        void Add(long until, in Value value)
        {
            long size = Math.Min(until, end) - at;
            if (size <= 0) return;
            writes.Add(new MemoryWrite(write.Slot, write.Address.Plus(at - from.Offset), (int)size, value));
            at += size;
        }
    }

    // A size that is one number on one path and another on another, or between bounds.
    private static MemoryWrite Bounded(MemoryWrite write, in Numbers sizes) =>
        sizes.Greatest > LargestWrite ? write : write with { AtLeast = (int)sizes.Least, AtMost = (int)sizes.Greatest };
}

/// <summary>A piece of memory: so many bytes from an address.</summary>
/// <param name="Start">Where it begins.</param>
/// <param name="Size">Bytes.</param>
internal readonly record struct MemoryRegion(Value Start, int Size)
{
    /// <summary>Whether a pointer is into the object that the region is part of.</summary>
    public bool IsOf(in Value address) => address.Kind == Start.Kind && Start.Kind switch
    {
        ValueKind.Stack or ValueKind.MapValue => address.Id == Start.Id,
        ValueKind.Record or ValueKind.Memory => address.Origin == Start.Origin,
        _ => false,
    };
}

/// <summary>
/// Finds the writes whose bytes a piece of memory may still hold at an instruction: backwards along all paths, until each byte is known to
/// be overwritten.
/// </summary>
internal sealed class ReachingWrites(ProgramAnalysis analysis, IReadOnlyList<MemoryWrite> all)
{
    // Writes and blocks to look at, for all records together: a program made to be hard is given up in time.
    private const long MostSteps = 20_000_000;

    private readonly Dictionary<int, List<int>> _before = Predecessors(analysis.Code.Flow);
    private long _steps;

    /// <summary>
    /// By byte of the region: numbers of the writes, in <paramref name="found"/>, that it may hold; null when the program is too hard to
    /// follow.
    /// </summary>
    /// <param name="slot">The instruction.</param>
    /// <param name="region">The memory.</param>
    /// <param name="found">Gets the writes.</param>
    /// <param name="unset">By byte: whether some path writes nothing there since the memory is there.</param>
    public List<int>[]? At(int slot, MemoryRegion region, List<MemoryWrite> found, out bool[] unset)
    {
        unset = new bool[region.Size];
        _steps += all.Count;
        if (_steps > MostSteps) return null;
        var search = new Search(region, found);
        ControlFlowGraph flow = analysis.Code.Flow;
        int start = flow.BlockAt(slot), function = flow.Blocks[start].Function;
        var here = new Dictionary<int, List<int>>();
        for (int i = 0; i < all.Count; i++)
        {
            MemoryWrite write = all[i];
            if (!region.IsOf(write.Address)) continue;
            int block = flow.BlockAt(write.Slot);
            if (flow.Blocks[block].Function != function || !write.Address.HasOffset) search.Add(i, write, null);
            else if (here.TryGetValue(block, out List<int>? known)) known.Add(i);
            else here[block] = [i];
        }

        if (here.Count == 0) return search.Bytes;
        foreach (List<int> writes in here.Values) writes.Sort((a, b) => all[b].Slot.CompareTo(all[a].Slot));
        var elsewhere = new bool[region.Size];
        for (int i = 0; i < search.Bytes.Length; i++) elsewhere[i] = search.Bytes[i].Count > 0;
        Walk(start, slot, here, search, unset);

        // Another function may be what sets them.
        for (int i = 0; i < search.Bytes.Length; i++) unset[i] &= !elsewhere[i];
        return _steps <= MostSteps ? search.Bytes : null;
    }

    private void Walk(int start, int slot, Dictionary<int, List<int>> here, Search search, bool[] unset)
    {
        // Before the call that gave the memory, it was not this record's.
        MemoryRegion region = search.Region;
        int made = region.Start.Kind is ValueKind.Record or ValueKind.Memory ? region.Start.Origin : -1;
        int madeIn = made >= 0 ? analysis.Code.Flow.BlockAt(made) : -1;
        var wanted = new Dictionary<int, bool[]>();
        var work = new Stack<(int Block, bool[] Bytes, int Until)>();
        var everything = new bool[region.Size];
        Array.Fill(everything, true);
        work.Push((start, everything, slot));
        while (work.TryPop(out (int Block, bool[] Bytes, int Until) next))
        {
            _steps += region.Size;
            if (_steps > MostSteps) return;
            bool[] open = [.. next.Bytes];
            bool begins = next.Block == madeIn && next.Until > made;
            if (here.TryGetValue(next.Block, out List<int>? writes))
                foreach (int write in writes)
                    if (all[write].Slot < next.Until && (!begins || all[write].Slot > made)) search.Add(write, all[write], open);
            if (!open.Contains(true)) continue;
            if (begins || !_before.TryGetValue(next.Block, out List<int>? previous))
            {
                for (int i = 0; i < open.Length; i++) unset[i] |= open[i];
                continue;
            }

            foreach (int block in previous)
            {
                if (!wanted.TryGetValue(block, out bool[]? seen)) wanted[block] = seen = new bool[region.Size];
                bool more = false;
                for (int i = 0; i < open.Length; i++)
                {
                    more |= open[i] && !seen[i];
                    seen[i] |= open[i];
                }

                if (more) work.Push((block, [.. seen], int.MaxValue));
            }
        }
    }

    // The bytes of a region, and the writes that they may hold: numbered in the order in which they are found.
    private sealed class Search(MemoryRegion region, List<MemoryWrite> found)
    {
        private readonly Dictionary<int, int> _numbers = [];
        private readonly List<bool[]> _holds = [];

        public MemoryRegion Region => region;

        public List<int>[] Bytes { get; } = [.. Enumerable.Range(0, region.Size).Select(_ => new List<int>())];

        public void Add(int index, in MemoryWrite write, bool[]? open)
        {
            long from =
                write.Address.HasOffset && region.Start.HasOffset
                    ? write.Address.Offset - region.Start.Offset : write.Address.HasOffset ? write.Address.Offset : -1;
            if (!write.Address.HasOffset) from = 0;
            long size = !write.Address.HasOffset ? region.Size : write.AtMost ?? region.Size - from;
            int number = -1;
            for (long i = Math.Max(0, from); i < from + size && i < region.Size; i++)
            {
                if (open is not null && !open[i]) continue;
                if (number < 0 && !_numbers.TryGetValue(index, out number))
                {
                    _numbers[index] = number = found.Count;
                    found.Add(write);
                    _holds.Add(new bool[region.Size]);
                }

                if (!_holds[number][i])
                {
                    _holds[number][i] = true;
                    Bytes[i].Add(number);
                }

                if (open is not null && i < from + write.AtLeast) open[i] = false;
            }
        }
    }

    private static Dictionary<int, List<int>> Predecessors(ControlFlowGraph flow)
    {
        var before = new Dictionary<int, List<int>>();
        foreach (FlowEdge edge in flow.Edges)
        {
            if (flow.Blocks[edge.From].Function != flow.Blocks[edge.To].Function) continue;
            if (!before.TryGetValue(edge.To, out List<int>? list)) before[edge.To] = list = [];
            list.Add(edge.From);
        }

        return before;
    }
}
