using Skep.Bpf;
using Skep.Filter.Compile;
using Skep.Filter.Model;
using Skep.Linux.Kernel;

namespace Skep.Filter.Runtime.Maps;

/// <summary>
/// The counters of one set that counts (<see cref="CounterBlocks"/>). The first 8 bytes of the first block, where no element counts, are
/// the number of counters that were ever given to an element: those behind it are all 0.
/// </summary>
internal sealed class ElementCounters : IDisposable
{
    // Arrays of different lengths are in one map of blocks.
    private const MapFlags BlockFlags = MapFlags.Mappable | MapFlags.InnerMap;

    // A block is mapped as a whole, in less than 2 GiB.
    private const int LeastPages = 4, MostPages = 1 << 18;

    private readonly BpfMap _blocks;
    private readonly int _number;
    private readonly List<(BpfMapMemory Memory, int Counters)> _opened = [];

    private ElementCounters(BpfMap blocks, int number) => (_blocks, _number) = (blocks, number);

    /// <summary>The CPUs that counters are for: the highest number that one may have, and one.</summary>
    internal static int Cpus => PossibleCpus.Highest + 1;

    /// <summary>Finds the map of blocks of a loaded program.</summary>
    internal static BpfMap? Find(BpfProgram program) => SetMaps.Find(program, FilterPlan.SetCountersName);

    /// <summary>Creates the first block of a set.</summary>
    internal static BpfMap CreateFirst(string name, long elements) => CreateBlock(name, 1 + elements + elements / 8);

    /// <summary>Opens the blocks of a set in a map of blocks.</summary>
    internal static IEnumerable<(int Key, BpfMap Block)> OpenBlocks(BpfMap blocks, int number)
    {
        for (var block = 0; block < CounterBlocks.Most; block++)
        {
            var key = number * CounterBlocks.Most + block;
            if (!blocks.TryLookup(key, out uint id)) yield break;
            yield return (key, BpfMap.OpenById(id));
        }
    }

    /// <summary>Opens the counters of a set.</summary>
    /// <param name="blocks">The map of blocks, which stays open as long as this is used.</param>
    /// <param name="number">The set's place among those that count.</param>
    internal static ElementCounters Open(BpfMap blocks, int number)
    {
        var counters = new ElementCounters(blocks, number);
        try
        {
            foreach (var (_, block) in OpenBlocks(blocks, number))
                using (block) counters.Take(block);
            return counters._opened.Count > 0 ? counters
                : throw new InvalidDataException($"reading the counters of set {number} of {blocks}: there are none");
        }
        catch
        {
            counters.Dispose();
            throw;
        }
    }

    /// <summary>What was counted at a place, on all CPUs.</summary>
    internal ElementCount Read(uint place)
    {
        var (packets, bytes) = (0UL, 0UL);
        for (var cpu = 0; cpu < Cpus; cpu++)
        {
            var at = OffsetOf(place, cpu);
            packets += MemoryOf(place).Read<ulong>(at);
            bytes += MemoryOf(place).Read<ulong>(at + sizeof(ulong));
        }
        return new(packets, bytes);
    }

    /// <summary>Gives rows places that have none, and lets them count from where they begin.</summary>
    /// <param name="rows">The rows.</param>
    /// <param name="used">The places that any image holds, which are not given away.</param>
    internal SetRows Assign(SetRows rows, IReadOnlySet<uint> used)
    {
        var counters = new RowCounter[rows.Count];
        var wanted = 0;
        for (var row = 0; row < counters.Length; row++)
        {
            counters[row] = rows.CounterOf(row);
            if (counters[row].Place == 0) wanted++;
        }
        if (wanted == 0) return rows;
        var free = Take(wanted, used);
        for (var row = 0; row < counters.Length; row++)
        {
            if (counters[row].Place != 0) continue;
            var place = free.Dequeue();
            Put(place, counters[row].Start);
            counters[row] = new(place, default);
        }
        return rows.At(counters);
    }

    /// <summary>The place that the next element gets; 0 when there is none left.</summary>
    internal uint Next => (long)Given < Capacity ? PlaceOf((long)Given) : 0;

    /// <summary>Gives <see cref="Next"/> to an element.</summary>
    internal void GiveNext(ElementCount start)
    {
        Put(Next, start);
        Given++;
    }

    public void Dispose()
    {
        foreach (var (memory, _) in _opened) memory.Dispose();
    }

    private ulong Given
    {
        get => Math.Max(1, _opened[0].Memory.Read<ulong>(0));
        set => _opened[0].Memory.Store(0, value);
    }

    private long Capacity => _opened.Sum(b => (long)b.Counters);

    /// <summary>Takes places: those that nothing ever had, or such as no image holds any more.</summary>
    private Queue<uint> Take(int wanted, IReadOnlySet<uint> used)
    {
        var free = new Queue<uint>();
        var given = (long)Given;

        // A packet that found an element before it was deleted may count it still.
        if (given + wanted > Capacity && given - 1 - used.Count >= wanted && KernelReaders.TryWait())
        {
            for (var number = 1L; number < given && free.Count < wanted; number++)
            {
                if (PlaceOf(number) is var place && used.Contains(place)) continue;
                for (var cpu = 0; cpu < Cpus; cpu++) Put(place, default, cpu);
                free.Enqueue(place);
            }
        }
        while (given + wanted - free.Count > Capacity) Grow();
        Given = (ulong)(given + wanted - free.Count);
        for (var number = given; free.Count < wanted; number++) free.Enqueue(PlaceOf(number));
        return free;
    }

    private void Grow()
    {
        if (_opened.Count == CounterBlocks.Most)
            throw new InvalidDataException($"counting the elements of set {_number} of {_blocks}: it has no room for more counters");
        using var block = CreateBlock("counters", Capacity);
        _blocks.Update(BitConverter.GetBytes(_number * CounterBlocks.Most + _opened.Count), block);
        Take(block);
    }

    private static BpfMap CreateBlock(string name, long counters)
    {
        var pages =
            Math.Clamp((counters + CounterBlocks.PerPage - 1) / CounterBlocks.PerPage, LeastPages, Math.Max(LeastPages, MostPages / Cpus));
        return BpfMap.Create(
            new(BpfMapType.Array, 4, SetLayout.PageBytes, (uint)(pages * Cpus))
            {
                Name = name.Length > 15 ? name[..15] : name,
                Flags = BlockFlags,
            });
    }

    private void Take(BpfMap block)
    {
        var counters = checked((int)(block.Info.MaxEntries / (uint)Cpus * CounterBlocks.PerPage));
        _opened.Add((block.MapValues(writable: true), counters));
    }

    private uint PlaceOf(long number)
    {
        var block = 0;
        while (number >= _opened[block].Counters) number -= _opened[block++].Counters;
        return CounterBlocks.PlaceOf(block, (int)number);
    }

    private BpfMapMemory MemoryOf(uint place) => _opened[CounterBlocks.BlockOf(place)].Memory;

    private static int OffsetOf(uint place, int cpu)
    {
        var counter = CounterBlocks.CounterOf(place);
        return (counter / CounterBlocks.PerPage * Cpus + cpu) * SetLayout.PageBytes
            + counter % CounterBlocks.PerPage * CounterBlocks.CounterBytes;
    }

    private void Put(uint place, ElementCount count, int cpu = 0)
    {
        var at = OffsetOf(place, cpu);
        MemoryOf(place).Store(at, count.Packets);
        MemoryOf(place).Store(at + sizeof(ulong), count.Bytes);
    }
}
