using System.Runtime.InteropServices;
using Skep.Bpf;
using Skep.Filter.Compile;
using Skep.Filter.Runtime.Layouts;
using Skep.Filter.Runtime.Tables;
using Skep.Linux.Errors;
using Skep.Linux.Files;
using Skep.Linux.Kernel;
using Skep.Output;

namespace Skep.Filter.Runtime.Lost;

/// <summary>
/// Counts packets of a table that the kernel could not send after the rules had decided about them, from its opening on (bpf/filter).
/// Programs at the kernel's tracepoints count those of the whole machine.
/// </summary>
public sealed class LostPackets : IDisposable
{
    private readonly BpfObject _object;
    private readonly List<BpfLink> _links = [];
    private readonly HashSet<uint> _programs = [], _devices = [], _cpuMaps = [];
    private BpfMap? _map;

    private LostPackets(BpfObject bpf) => _object = bpf;

    /// <summary>Packets, of any table, whose place was not kept: there were too many.</summary>
    public ulong Unplaced { get; private set; }

    /// <summary>Begins to count.</summary>
    /// <exception cref="KernelException">The kernel refused it.</exception>
    /// <exception cref="NotSupportedException">It does not have what this needs.</exception>
    public static LostPackets Open()
    {
        var lost = new LostPackets(BpfObject.Open(EmbeddedObject.Read(typeof(LostPackets).Assembly, "lost.bpf.o"), "skep_lost"));
        try
        {
            lost._object.Load();
            lost._map = lost._object.Map("lost").Open();
            var more = default(LostKeyRecord);
            lost._map.Update(MemoryMarshal.AsBytes(new ReadOnlySpan<LostKeyRecord>(in more)), new byte[lost._map.Info.UserValueSize]);
            foreach (BpfObjectProgram program in lost._object.Programs) lost._links.Add(program.Attach());
            return lost;
        }
        catch
        {
            lost.Dispose();
            throw;
        }
    }

    /// <summary>Those of a table, its earlier programs included, in a fixed order.</summary>
    /// <param name="table">The table as it is now.</param>
    public IReadOnlyList<LostCount> Read(AppliedTable table)
    {
        ArgumentNullException.ThrowIfNull(table);
        Learn(table);
        var counts = new List<LostCount>();
        BpfMapEntries entries = _map!.ReadAll();
        for (int i = 0; i < entries.Count; i++)
        {
            ulong packets = 0;
            foreach (ulong ofCpu in MemoryMarshal.Cast<byte, ulong>(entries.Value(i))) packets += ofCpu;
            LostKeyRecord key = MemoryMarshal.Read<LostKeyRecord>(entries.Key(i));
            if (key.At == LostAt.More) Unplaced = packets;
            else if (packets > 0 && IsOf(key)) counts.Add(Describe(key, packets));
        }

        // Two indexes may have one name, in two network namespaces or one after the other.
        return
        [
            .. counts.GroupBy(
                    one => one with { Packets = 0 },
                    (one, all) => one with { Packets = all.Aggregate(0UL, (sum, part) => sum + part.Packets) })
                .OrderBy(one => one.Text, StringComparer.Ordinal),
        ];
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (BpfLink link in _links) link.Dispose();
        _map?.Dispose();
        _object.Dispose();
    }

    // What was lost before the table was replaced is the table's as well.
    private void Learn(AppliedTable table)
    {
        foreach (FilteredDevice device in table.Devices)
        {
            _devices.Add(device.LinkId);
            // A dispatcher, while the table changes.
            if (device.ProgramId != table.ProgramId) _programs.Add(device.ProgramId);
        }

        if (!_programs.Add(table.ProgramId)) return;
        using BpfProgram? program = BpfProgram.TryOpenById(table.ProgramId, out _);
        foreach (uint id in program?.GetMapIds() ?? [])
        {
            using BpfMap? map = BpfMap.TryOpenById(id, out _);
            if (map?.Info.Type == BpfMapType.Cpumap) _cpuMaps.Add(id);
        }
    }

    private bool IsOf(in LostKeyRecord key) => key.At switch
    {
        LostAt.Redirect or LostAt.Exception => _programs.Contains(key.Program),
        LostAt.Transmit or LostAt.Tx => _devices.Contains(key.Link),
        _ => _cpuMaps.Contains(key.Map),
    };

    private static string Tracepoint(LostAt at) => at switch
    {
        LostAt.Redirect => "xdp_redirect_err",
        LostAt.Transmit => "xdp_devmap_xmit",
        LostAt.Tx => "xdp_bulk_tx",
        LostAt.Exception => "xdp_exception",
        _ => "xdp_cpumap_enqueue",
    };

    private static LostCount Describe(in LostKeyRecord key, ulong packets)
    {
        string name = SafeText.Escape(KernelText.Read(key.TargetName));
        string target = key.At switch
        {
            LostAt.Tx or LostAt.Exception => "",
            LostAt.Cpu => $"cpu {key.Target}",
            _ when name.Length > 0 => name,
            _ => (BpfMapType)key.MapType switch
            {
                BpfMapType.Cpumap => $"cpu {key.Target}",
                BpfMapType.Xskmap => $"queue {key.Target}",
                _ => $"device {key.Target}",
            },
        };
        string error = key.Error == 0 ? "" : new Errno(-key.Error).Name;
        return new LostCount(Tracepoint(key.At), SafeText.Escape(KernelText.Read(key.Device)), target, error, packets);
    }
}
