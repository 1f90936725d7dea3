using System.Diagnostics;
using System.Globalization;
using Skep.Bpf;
using Skep.Debug.Machine.Contexts;
using Skep.Debug.Machine.Live;
using Skep.Inventory.Code;
using Skep.Isa;
using Skep.Linux.Errors;
using Skep.Linux.Files;
using Skep.Linux.Kernel;
using Skep.Packets.Headers;

namespace Skep.Debug.Trace.Saved;

/// <summary>Saves calls, each to a file of a directory: with the program, and its maps as they are when the call is known here.</summary>
/// <param name="directory">Where to; not disposed.</param>
/// <param name="report">Takes the name of each file.</param>
public sealed class CallSaver(OutputDirectory directory, Action<string> report) : ITraceSink
{
    private const long MostMapBytes = 16 << 20;
    private const int EthernetHeader = 14, EtherType = 12;

    private byte[]? _btf;
    private int _number;

    /// <inheritdoc/>
    public void Write(TraceCall call)
    {
        ArgumentNullException.ThrowIfNull(call);
        string name = string.Create(
            CultureInfo.InvariantCulture, $"call-{call.Target.Program.Info?.Id}-{call.Task.UnixNs}-{++_number}.skepcall");
        if (call.Target.Start is not null && call.Before is null)
        {
            report($"not saved: the packet of the call at {call.Task.UnixNs} was lost");
            return;
        }

        directory.Write(name, SavedCallFile.Write(Of(call)));
        report($"saved {name}");
    }

    /// <summary>What a program prints is not saved.</summary>
    public void Write(TracePrint print)
    {
    }

    /// <inheritdoc/>
    public void Flush()
    {
    }

    private SavedCall Of(TraceCall call)
    {
        ProgramCode code = call.Target.Program;
        BpfProgramInfo info = code.Info!;
        var maps = new List<SavedMap>();
        foreach (CodeMap map in code.Maps) maps.Add(Read(map, code));
        for (int i = 0; i < maps.Count; i++)
        {
            // Maps in maps: by their ids, once each.
            if (maps[i].Definition.Type is not (BpfMapType.ArrayOfMaps or BpfMapType.HashOfMaps)) continue;
            foreach ((_, byte[] value) in maps[i].Elements)
            {
                uint id = BitConverter.ToUInt32(value);
                if (maps.TrueForAll(known => known.Definition.Id != id)) maps.Add(Read(new CodeMap { Id = id }, code));
            }
        }

        bool isSkb = call.Target.Start is not null && code.Type != BpfProgramType.Xdp;
        return new SavedCall
        {
            Kernel = KernelFile.Text("/proc/sys/kernel/osrelease").Value?.Trim() ?? "",
            Name = code.Name ?? "program",
            Id = info.Id,
            Tag = info.Tag,
            Type = info.Type,
            UnixNs = call.Task.UnixNs,
            BeganNs = call.BeganNs,
            DurationNs = call.DurationNs,
            MapsAfterNs = NowNs() - (long)(call.BeganNs + call.DurationNs),
            Result = (uint)call.Result,
            Cpu = call.Task.Cpu,
            Cpus = (uint)PossibleCpus.Count,
            Pid = call.Task.Pid,
            Tid = call.Task.Tid,
            Comm = call.Task.Comm,
            Code = code.Bytes.ToArray(),
            Context = call.Context,
            Packet = call.Before is { } before ? WithHeader(call, before) : [],
            PacketLength = call.Before is { } whole ? (uint)(whole.Length + whole.Metadata.Length + HeaderOf(call).Length) : 0,
            After = call.After is { } after ? WithHeader(call, after) : [],
            Btf = _btf ??= ReadBtf(info.BtfId),
            Functions = code.Functions,
            Lines = code.Lines,
            Calls = CallsOf(code),
            Members = isSkb && code.Kernel.Btf is { } btf ? SkbLayout.MembersOf(btf) : [],
            Maps = maps,
            MapOfSlot = code.MapOfSlot,
        };
    }

    // CLOCK_MONOTONIC, as the kernel's times are.
    private static long NowNs() => (long)(Stopwatch.GetTimestamp() * (1_000_000_000.0 / Stopwatch.Frequency));

    // Programs of sockets are given packets without their link header; a machine is given it.
    private static byte[] HeaderOf(TraceCall call)
    {
        if (call.Target.Start != PacketStart.Ip) return [];
        var header = new byte[EthernetHeader];
        bool isIp6 = call.Before?.Bytes is [var first, ..] && first >> 4 == 6;
        (header[EtherType], header[EtherType + 1]) = isIp6 ? ((byte)0x86, (byte)0xdd) : ((byte)0x08, (byte)0);
        return header;
    }

    private static byte[] WithHeader(TraceCall call, TracedPacket packet) => [.. HeaderOf(call), .. packet.Metadata, .. packet.Bytes];

    private static byte[] ReadBtf(uint id)
    {
        using BpfBtf? btf = id == 0 ? null : BpfBtf.TryOpenById(id, out _);
        return btf?.GetRaw() ?? [];
    }

    private static List<(int, string)> CallsOf(ProgramCode code)
    {
        var names = new SortedDictionary<int, string>();
        foreach (DecodedInstruction item in Decoder.Decode(code.Instructions))
            if (item.Kind is OperationKind.CallHelper or OperationKind.CallKfunc
                && code.Kernel.Symbols?.CallTarget(item.Imm) is { } name && !name.StartsWith("0x", StringComparison.Ordinal))
                names[item.Imm] = name;
        return [.. names.Select(each => (each.Key, each.Value))];
    }

    private static SavedMap Read(CodeMap map, ProgramCode code)
    {
        using BpfMap? open = map.Id is { } id ? BpfMap.TryOpenById(id, out _) : null;
        if (open is null) return new SavedMap(new(map.Label, 0, 0, 0, 0) { Id = map.Id ?? 0 }, 0, 0, "it may not be opened", []);
        BpfMapInfo info = open.Info;
        bool isTyped = map.Btf is not null && ReferenceEquals(map.Btf, code.Btf);
        Machine.Image.MapDefinition definition = LiveMaps.DefinitionOf(info) with
        {
            HasSpinLock = Machine.Image.MapDefinition.Of(map, out _)?.HasSpinLock ?? false,
        };
        var elements = new List<(byte[], byte[])>();
        string unread = "";
        try
        {
            if (info.KeySize == 0 || info.Type is BpfMapType.PerfEventArray or BpfMapType.StackTrace or BpfMapType.CgroupArray)
                unread = $"maps of type {info.Type.Name()} have no elements that can be read and stay";
            else if ((long)info.MaxEntries * (info.KeySize + info.UserValueSize) > MostMapBytes)
                unread = "it may hold more than 16 MiB";
            else
                open.Scan((key, value, error) =>
                {
                    if (error.Number == 0) elements.Add((key.ToArray(), value.ToArray()));
                    return true;
                });
        }
        catch (Exception e) when (e is KernelException or NotSupportedException)
        {
            unread = e.Message;
        }

        return new SavedMap(definition, isTyped ? map.KeyTypeId : 0, isTyped ? map.ValueTypeId : 0, unread, elements);
    }
}
