using System.Buffers.Binary;
using Skep.Bpf;
using Skep.Filter.Compile;
using Skep.Filter.Format;
using Skep.Filter.Model;
using Skep.Filter.Runtime.Devices;
using Skep.Filter.Runtime.Maps;
using Skep.Filter.Runtime.Programs;
using Skep.Filter.Simulate;
using Skep.Linux.Errors;
using Skep.Packets.Headers;

namespace Skep.Filter.Runtime.Simulate;

/// <summary>Decides by the compiled program in the kernel (BPF_PROG_RUN). The rules that were hit are read from its counters.</summary>
public sealed class KernelSimulator : ISimulator
{
    // Below 14 bytes the kernel does not run XDP programs (net/bpf/test_run.c, bpf_prog_test_run_xdp).
    private const int MinBytes = 14;

    // The kernel wants room for its own headers in the page of a packet.
    private const int MaxBytes = 3520;

    // struct xdp_md (include/uapi/linux/bpf.h): data_end, ingress_ifindex.
    private const int ContextBytes = 24, DataEnd = 4, IngressIfIndex = 12;

    private readonly Table _table;
    private readonly uint _ifIndex;
    private readonly bool _hasFrags = TailCallKind.ProbeFrags();
    private readonly KernelPlanner _planner = new();
    private readonly LoadedFilter _loaded;
    private readonly byte[] _output = new byte[4096];
    private LoadedFilter? _withoutEthernet;
    private Counter[] _counted;

    /// <summary>Compiles and loads a table. Rules that redirect to a device need not find it here: any other is used instead.</summary>
    /// <param name="table">The table; its interfaces are looked up.</param>
    /// <param name="ifIndex">The index of the interface that packets come in by, in this network namespace.</param>
    /// <exception cref="FilterCompileException">It cannot be compiled.</exception>
    /// <exception cref="KernelException">The kernel refused it.</exception>
    public KernelSimulator(Table table, uint ifIndex = Interfaces.Loopback)
    {
        _table = table;
        _ifIndex = ifIndex;
        _loaded = Load(PacketStart.Ethernet, null);
        _counted = _loaded.ReadRules();
    }

    /// <inheritdoc/>
    public Simulation Decide(
        byte[] packet, ulong nanoseconds, PacketStart start = PacketStart.Ethernet, int length = 0, uint ifIndex = 0)
    {
        ArgumentNullException.ThrowIfNull(packet);
        var captured = packet.Length;
        if (Math.Max(captured, length) is < MinBytes or > MaxBytes)
            throw new InvalidDataException(
                $"running a packet of {Math.Max(captured, length)} bytes in the kernel: it takes {MinBytes} to {MaxBytes} (leave out "
                + $"--kernel)");

        // What a capture cut is filled up with zeros, unless these would be taken for headers.
        if (length > captured && PacketHeaders.Walk(packet, start).Malformed is null) Array.Resize(ref packet, length);
        var loaded = start == PacketStart.Ip ? _withoutEthernet ??= Load(start, _loaded) : _loaded;
        var context = ContextOf(packet, ifIndex == 0 ? _ifIndex : ifIndex);
        var result = loaded.Program.Run(new BpfRun { Data = packet, DataOut = _output, Context = context });
        var counted = _loaded.ReadRules();
        var hits = Enumerable.Range(0, counted.Length).Where(i => counted[i] != _counted[i]).ToList();
        _counted = counted;

        var rule = hits.Count > 0 && _table.Rules[hits[^1]].Verdict.IsTerminal ? hits[^1] : -1;
        var verdict = rule >= 0 ? RuleFormatter.Format(_table.Rules[rule].Verdict) : NameOf(result.ReturnValue);
        var malformed =
            rule < 0 && hits.Count == 0 && _table.Malformed is not null && PacketHeaders.Walk(packet, start).Malformed is not null;
        return new(verdict, rule >= 0 ? "rule" : malformed ? "malformed" : "policy", rule, hits,
            _output[..Math.Min(result.DataLength, captured)]);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _withoutEthernet?.Dispose();
        _loaded.Dispose();
    }

    /// <summary>Loads the program for packets that begin in one way, with the maps of the other.</summary>
    private LoadedFilter Load(PacketStart start, LoadedFilter? other)
    {
        const uint loopback = 1;
        var plan = _planner.Plan(_table, hasFrags: _hasFrags, start: start);
        var next = 0;
        return LoadedFilter.Load(
            FilterCompiler.Compile(plan, [.. Enumerable.Range(0, _table.Rules.Count)]), "skep_test", LoadedFilter.Now, _ => loopback,
            _ => other?.Maps[next++].Duplicate());
    }

    // Without a context packets come in by the loopback interface (net/bpf/test_run.c).
    private static byte[] ContextOf(byte[] packet, uint ifIndex)
    {
        if (ifIndex == Interfaces.Loopback) return [];
        var context = new byte[ContextBytes];
        BinaryPrimitives.WriteInt32LittleEndian(context.AsSpan(DataEnd), packet.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(context.AsSpan(IngressIfIndex), ifIndex);
        return context;
    }

    private static string NameOf(uint action) => action switch
    {
        XdpAction.Drop => "drop",
        XdpAction.Pass => "pass",
        XdpAction.Tx => "tx",
        XdpAction.Aborted => "aborted",
        _ => "redirect",
    };
}
