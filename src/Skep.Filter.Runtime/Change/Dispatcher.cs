using System.Globalization;
using System.Runtime.InteropServices;
using Skep.Bpf;
using Skep.Filter.Compile;
using Skep.Filter.Runtime.Programs;
using Skep.Filter.Runtime.State;
using Skep.Isa;
using Skep.Linux.Errors;
using static Skep.Isa.Register;

namespace Skep.Filter.Runtime.Change;

/// <summary>
/// Takes several devices from the rules before to the rules after in one step, also when nobody is left to do more. Each device runs a
/// small program for the time of the change: it calls the rules after while the clock is before a time that all of them read from one map,
/// else the rules before, and passes the packet where there are none. One write of that time is the step. A time to come makes
/// the rules before return by themselves.
/// </summary>
internal sealed class Dispatcher : IDisposable
{
    /// <summary>The rules before act, always.</summary>
    internal const ulong Shut = 0;

    /// <summary>The rules after act, always.</summary>
    internal const ulong Open = ulong.MaxValue;

    private readonly BpfMap _until;
    private readonly BpfMap _ways;

    private Dispatcher(BpfMap until, BpfMap ways, BpfProgram[] programs) => (_until, _ways, Programs) = (until, ways, programs);

    /// <summary>The program for each device.</summary>
    internal BpfProgram[] Programs { get; }

    /// <summary>Until when the rules after act, by CLOCK_BOOTTIME in nanoseconds.</summary>
    internal ulong Until
    {
        get => _until.TryLookup(0u, out ulong until) ? until : Shut;
        set => _until.Update(0u, value);
    }

    /// <summary>
    /// Makes a dispatcher that is shut, and pins it: the kernel empties a program array when its last holder in user space is gone.
    /// </summary>
    /// <param name="store">The table's place.</param>
    /// <param name="ways">The programs before and after, for each device; null for none.</param>
    /// <param name="returns">Whether programs of others have to decide again by the dispatcher alone.</param>
    /// <exception cref="KernelException">The kernel refused.</exception>
    internal static Dispatcher Create(TableStore store, IReadOnlyList<(BpfProgram? Before, bool IsForeign, BpfProgram? After)> ways,
        bool returns)
    {
        var made = new List<BpfHandle>();
        try
        {
            var until = BpfMap.Create(new(BpfMapType.Array, 4, 8, 1) { Name = "gate_until" });
            made.Add(until);
            var programs = BpfMap.Create(new(BpfMapType.ProgArray, 4, 4, (uint)Math.Max(2, 2 * ways.Count)) { Name = "gate_ways" });
            made.Add(programs);
            for (var i = 0; i < ways.Count; i++)
            {
                if (ways[i].After is { } after) programs.Update(BitConverter.GetBytes(2 * i + 1), after);
            }
            for (var i = 0; i < ways.Count; i++)
            {
                if (ways[i].Before is not { } before) continue;
                AddBefore(programs, i, before, mayBeMissing: ways[i].IsForeign && !returns);
                if (ways[i].IsForeign)
                    before.Pin(store.PathOf(string.Create(CultureInfo.InvariantCulture, $"{DispatcherPins.Foreign}{i}")));
            }
            var dispatchers = new BpfProgram[ways.Count];
            for (var i = 0; i < dispatchers.Length; i++) made.Add(dispatchers[i] = Load(until, programs, i));
            until.Pin(store.PathOf(DispatcherPins.Until));
            programs.Pin(store.PathOf(DispatcherPins.Ways));
            return new(until, programs, dispatchers);
        }
        catch
        {
            foreach (var handle in made) handle.Dispose();
            DispatcherPins.Remove(store);
            throw;
        }
    }

    /// <summary>
    /// Reads until when a table's rules after act, from the dispatcher that an earlier process pinned; shut when there is none.
    /// </summary>
    internal static ulong ReadUntil(TableStore store)
    {
        using var until = OpenUntil(store);
        return until is not null && until.TryLookup(0u, out ulong time) ? time : Shut;
    }

    /// <summary>Sets the time of a pinned dispatcher.</summary>
    internal static void WriteUntil(TableStore store, ulong time)
    {
        using var until =
            OpenUntil(store)
                ?? throw new DamagedTableException(store.Table, $"opening {store.PathOf(DispatcherPins.Until)}: there is none");
        until.Update(0u, time);
    }

    public void Dispose()
    {
        foreach (var program in Programs) program.Dispose();
        _ways.Dispose();
        _until.Dispose();
    }

    private static BpfMap? OpenUntil(TableStore store)
    {
        var until = store.OpenMap(DispatcherPins.Until, BpfMapType.Array);
        if (until is null or { Info: { KeySize: sizeof(uint), ValueSize: sizeof(ulong) } }) return until;
        until.Dispose();
        throw new DamagedTableException(store.Table,
            $"opening the map pinned at {store.PathOf(DispatcherPins.Until)}: it holds another, {until}");
    }

    private static void AddBefore(BpfMap programs, int device, BpfProgram before, bool mayBeMissing)
    {
        try
        {
            programs.Update(BitConverter.GetBytes(2 * device), before);
        }
        catch (KernelException e) when (mayBeMissing && TailCallKind.IsRefusal(e))
        {
            // Its device passes packets until the dispatcher opens.
        }
    }

    private static BpfProgram Load(BpfMap until, BpfMap ways, int device)
    {
        const int untilIndex = 0, waysIndex = 1;
        var code = new Assembler();
        var before = code.DefineLabel("before");
        var none = code.DefineLabel("none");
        code.Mov(R6, R1).Call(Helpers.KtimeGetBootNs).LoadMapIndexValue(R1, untilIndex, 0).Load(MemorySize.Double, R1, R1)
            .JumpIf(Condition.GreaterOrEqual, R0, R1, before)
            .Mov(R1, R6).LoadMapIndex(R2, waysIndex).Mov(R3, 2 * device + 1).Call(Helpers.TailCall).Jump(none)
            .Bind(before).Mov(R1, R6).LoadMapIndex(R2, waysIndex).Mov(R3, 2 * device).Call(Helpers.TailCall)
            .Bind(none).Mov(R0, XdpAction.Pass).Exit();
        var words = MemoryMarshal.Cast<Instruction, ulong>(code.Build());
        return TailCallKind.LoadFirst(words, "skep_gate", [until, ways]);
    }
}
