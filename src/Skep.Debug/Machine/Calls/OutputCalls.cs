using Skep.Bpf;
using Skep.Debug.Machine.Maps;
using Skep.Debug.Machine.Memory;
using Skep.Debug.Machine.State;

namespace Skep.Debug.Machine.Calls;

/// <summary>Perf buffers and the trace log.</summary>
internal static class OutputCalls
{
    private const ulong IndexMask = 0xffff_ffff, LengthMask = 0xf_ffffUL << 32;

    public static readonly (string, CallHandler)[] All =
    [
        ("bpf_perf_event_output", PerfOutput),
        ("bpf_skb_output", PerfOutput),
        ("bpf_xdp_output", PerfOutput),
        ("bpf_trace_printk", Print),
        ("bpf_trace_vprintk", PrintArray),
        ("bpf_snprintf", Format),
        ("bpf_stream_vprintk", state => (uint)PrintToStream(state)),
    ];

    // The flags' high half asks for as many bytes of the packet behind the record.
    private static ulong PerfOutput(MachineState state)
    {
        state.RequireContext(1);
        MachineMap map = state.Map(2);
        ulong flags = state.Argument(3);
        ReadOnlySpan<byte> record = state.Read(4, state.Size(5));
        if (map.Definition.Type != BpfMapType.PerfEventArray)
            throw new MachineStopException(FaultKind.InvalidArgument, $"map {map.Definition.Name} is no perf event array", null, 2);
        if ((flags & ~(IndexMask | LengthMask)) != 0) return unchecked((ulong)MapError.Invalid);
        ulong appended = (flags & LengthMask) >> 32;
        if (appended > 0 && appended > (ulong)state.Packet.Length) return unchecked((ulong)MapError.Fault);
        ulong index = (flags & IndexMask) == IndexMask ? (ulong)state.Options.Cpu : flags & IndexMask;
        if (index >= map.Definition.MaxEntries && map.Definition.MaxEntries != 0) return unchecked((ulong)MapError.TooBig);
        if (!state.Options.HasPerfReaders) return unchecked((ulong)MapError.NotFound);

        // Who reads opens an event on each CPU, at its index.
        if (index != (ulong)state.Options.Cpu) return unchecked((ulong)MapError.NotSupported);
        if (appended == 0)
        {
            state.Send(MachineEventKind.PerfRecord, map.Definition.Name, record);
            return 0;
        }

        state.Send(MachineEventKind.PerfRecord, map.Definition.Name, [.. record, .. state.Packet.Bytes[..(int)appended]]);
        return 0;
    }

    private static ulong Print(MachineState state)
    {
        ReadOnlySpan<byte> format = state.Read(1, state.Size(2));
        return Send(state, format, number => state.Argument(3 + number), 3);
    }

    private static ulong PrintArray(MachineState state)
    {
        ReadOnlySpan<byte> format = state.Read(1, state.Size(2));
        int size = state.Size(4);
        if (!IsArray(size)) return unchecked((ulong)MapError.Invalid);
        byte[] values = state.Read(3, size).ToArray();
        return Send(state, format, number => BitConverter.ToUInt64(values, number * sizeof(ulong)), size / sizeof(ulong));
    }

    private static ulong Send(MachineState state, ReadOnlySpan<byte> format, Func<int, ulong> value, int most)
    {
        if (!format.Contains((byte)0) || TextFormat.Write(state, format, value, most) is not { } text)
            return unchecked((ulong)MapError.Invalid);
        state.Send(MachineEventKind.Trace, "", text);
        return (ulong)text.Length;
    }

    private static ulong Format(MachineState state)
    {
        int room = state.Size(2), size = state.Size(5);
        if (!IsArray(size)) return unchecked((ulong)MapError.Invalid);
        byte[] values = state.Read(4, size).ToArray();
        byte[] format = Text(state, state.Argument(3));
        if (TextFormat.Write(state, format, number => BitConverter.ToUInt64(values, number * sizeof(ulong)), size / sizeof(ulong))
            is not { } text) return unchecked((ulong)MapError.Invalid);
        if (room > 0)
        {
            Span<byte> into = state.Write(1, Math.Min(room, text.Length + 1));
            text.AsSpan(0, into.Length - 1).CopyTo(into);
            into[^1] = 0;
        }

        return (ulong)text.Length + 1;
    }

    // kernel/bpf/stream.c. How much a stream holds is not looked at: nobody reads it here.
    private static long PrintToStream(MachineState state)
    {
        const uint Output = 1, Error = 2;
        uint stream = state.Number(1);
        byte[] format = Text(state, state.Argument(2));
        int size = (int)state.Number(4);
        if (stream is not (Output or Error)) return MapError.NotFound;
        if (!IsArray(size)) return MapError.Invalid;
        byte[] values = size == 0 ? [] : state.Read(3, size).ToArray();
        if (TextFormat.Write(state, format, number => BitConverter.ToUInt64(values, number * sizeof(ulong)), size / sizeof(ulong))
            is not { } text) return MapError.Invalid;
        state.Send(MachineEventKind.Stream, stream == Output ? "stdout" : "stderr", text);
        return 0;
    }

    // MAX_BPRINTF_VARARGS values.
    private static bool IsArray(int size) => size % sizeof(ulong) == 0 && size is >= 0 and <= 12 * sizeof(ulong);

    /// <summary>The bytes before a NUL, of any memory.</summary>
    public static byte[] Text(MachineState state, ulong address)
    {
        var text = new List<byte>();
        for (byte next; (next = (byte)state.Memory.Load<byte>(address)) != 0; address++) text.Add(next);
        return [.. text];
    }
}
