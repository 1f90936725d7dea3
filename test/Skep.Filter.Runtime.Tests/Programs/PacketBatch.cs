using System;
using System.Runtime.InteropServices;
using Skep.Bpf;
using Skep.Filter.Model;
using Skep.Filter.Runtime.Programs;
using Skep.Isa;
using static Skep.Isa.Register;

namespace Skep.Filter.Runtime.Tests.Programs;

/// <summary>
/// Runs a compiled filter over many packets in one BPF_PROG_RUN: at each repetition a program around it puts the next of an array of
/// packets into the
/// frame, calls the filter, and keeps what it returned and what it left of the packet. Each packet comes at a time of its own: the filter's
/// calls of
/// bpf_ktime_get_ns go to a function in their place that returns the packet's time; nothing else of the filter is changed. For one thread
/// at a time.
/// </summary>
internal sealed class PacketBatch : IDisposable
{
    internal const int Capacity = 40_000, MostBytes = 632;

    // Of a packet: its length, the number of the run (in the first), its time, its bytes. Of a result: the action and, at the same place,
    // the bytes.
    private const int Run = 4, Time = 8, Bytes = 16, Stride = Bytes + MostBytes;
    private const int MapLookup = 1, KtimeGetNs = 5, AdjustTail = 65, LoadBytes = 189, StoreBytes = 190;

    private readonly BpfMap _packets;
    private readonly BpfMap _results;
    private readonly BpfMap _clock = BpfMap.Create(new(BpfMapType.Array, 4, 8, 1));
    private readonly BpfMapMemory _in;
    private readonly BpfMapMemory _out;

    // The verifier takes up to some seconds for a program: that of a filter is kept for its next packets.
    private (LoadedFilter Filter, BpfProgram Program)? _around;

    internal PacketBatch(int capacity = Capacity)
    {
        var spec = new BpfMapSpec(BpfMapType.Array, 4, Stride, (uint)capacity) { Flags = MapFlags.Mappable };
        (_packets, _results) = (BpfMap.Create(spec), BpfMap.Create(spec));
        (_in, _out) = (_packets.MapValues(writable: true), _results.MapValues(writable: true));
    }

    internal int Count { get; private set; }

    internal void Clear() => Count = 0;

    /// <param name="packet">The frame.</param>
    /// <param name="time">When it comes, in nanoseconds of the filter's clock.</param>
    internal void Add(ReadOnlySpan<byte> packet, ulong time)
    {
        _in.Write(Count * Stride, BitConverter.GetBytes(packet.Length));
        _in.Write(Count * Stride + Time, BitConverter.GetBytes(time));
        _in.Write(Count * Stride + Bytes, packet);
        _out.Write(Count * Stride, BitConverter.GetBytes(uint.MaxValue));
        Count++;
    }

    /// <summary>Runs the filter over all packets.</summary>
    /// <param name="filter">The filter.</param>
    /// <param name="ifIndex">The index of the interface that they come in by, in this thread's network namespace.</param>
    internal void Decide(LoadedFilter filter, uint ifIndex = Interfaces.Loopback)
    {
        if (_around?.Filter != filter)
        {
            _around?.Program.Dispose();
            _around = null;
            _around = (filter, Load(filter));
        }
        _in.Write(Run, BitConverter.GetBytes(0));

        // struct xdp_md: data_end is at 4, ingress_ifindex at 12.
        var context = new byte[24];
        BitConverter.TryWriteBytes(context.AsSpan(4), 64);
        BitConverter.TryWriteBytes(context.AsSpan(12), ifIndex);
        _around.Value.Program.Run(new BpfRun { Data = new byte[64], Context = context, Repeat = Count });
    }

    /// <summary>What the filter returned for a packet; all ones when it was not run.</summary>
    internal uint ActionOf(int packet) => _out.Read<uint>(packet * Stride);

    /// <summary>Copies what the filter left of a packet.</summary>
    internal void ReadPacket(int packet, Span<byte> into) => _out.Read(packet * Stride + Bytes, into);

    public void Dispose()
    {
        _around?.Program.Dispose();
        _in.Dispose();
        _out.Dispose();
        _clock.Dispose();
        _packets.Dispose();
        _results.Dispose();
    }

    private BpfProgram Load(LoadedFilter filter) =>
        BpfProgram.Load(BpfProgramType.Xdp, MemoryMarshal.Cast<Instruction, ulong>(Around(filter)), new()
        {
            Name = "batch",
            Maps = [.. filter.Maps, _packets, _results, _clock],
            ExpectedAttachType = BpfAttachType.Xdp,
            Flags = filter.Filter.Plan.HasFrags ? ProgramLoadFlags.XdpHasFrags : ProgramLoadFlags.None,
        });

    private Instruction[] Around(LoadedFilter filter)
    {
        var code = new Assembler(4096);
        var (called, clock, stop) = (code.DefineLabel("filter"), code.DefineLabel("clock"), code.DefineLabel("stop"));

        // The number of the run is in the first packet's place.
        code.Mov(R7, R1).Mov(R6, 0);
        Lookup(code, filter.Maps.Count, stop);
        code.Load(MemorySize.Word, R6, R0, Run).Mov(R1, R6).Add(R1, 1).Store(MemorySize.Word, R0, Run, R1);
        Lookup(code, filter.Maps.Count, stop);
        code.Mov(R8, R0).Load(MemorySize.Word, R9, R8).JumpIf(Condition.Less, R9, 14, stop).JumpIf(Condition.Greater, R9, MostBytes, stop)
            .LoadMapIndexValue(R1, filter.Maps.Count + 2, 0).Load(MemorySize.Double, R2, R8, Time).Store(MemorySize.Double, R1, 0, R2)
            .Load(MemorySize.Word, R2, R7).Load(MemorySize.Word, R1, R7, 4).Sub(R1, R2).Mov(R2, R9).Sub(R2, R1).Mov(R1, R7)
            .Call(AdjustTail).JumpIf(Condition.NotEqual, R0, 0, stop)
            .Mov(R1, R7).Mov(R2, 0).Mov(R3, R8).Add(R3, Bytes).Mov(R4, R9).Call(StoreBytes).JumpIf(Condition.NotEqual, R0, 0, stop)
            .Mov(R1, R7).CallLocal(called).Mov(R8, R0);
        Lookup(code, filter.Maps.Count + 1, stop);
        code.Store(MemorySize.Word, R0, 0, R8).Mov(R3, R0).Add(R3, Bytes).Mov(R1, R7).Mov(R2, 0).Mov(R4, R9).Call(LoadBytes)
            .Bind(stop).Mov(R0, 2).Exit();
        code.Bind(called);
        var now = new Assembler().Call(KtimeGetNs).Build()[0];
        foreach (var slot in filter.Filter.Instructions)
        {
            if (slot == now) code.CallLocal(clock);
            else code.Emit(slot);
        }
        if (filter.Filter.Instructions.Contains(now))
            code.Bind(clock).LoadMapIndexValue(R1, filter.Maps.Count + 2, 0).Load(MemorySize.Double, R0, R1).Exit();
        return code.Build();
    }

    private static void Lookup(Assembler code, int map, Label missing) =>
        code.Store(MemorySize.Word, R10, -8, R6).LoadMapIndex(R1, map).Mov(R2, R10).Add(R2, -8).Call(MapLookup).JumpIf(
            Condition.Equal, R0, 0, missing);
}
