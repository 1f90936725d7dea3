using Skep.Analysis.Analyze;

namespace Skep.Analysis.Decompile;

/// <summary>
/// The format of a call of <c>bpf_trace_printk</c>: in constant data, or on the stack, as older versions of bpf_printk put it.
/// </summary>
internal static class PrintFormat
{
    // MAX_BPRINTF_BUF of include/linux/bpf.h is larger; a format on the stack is not.
    private const int Longest = 512;

    /// <summary>The bytes before the NUL; null when they are not known.</summary>
    public static byte[]? Of(ProgramAnalysis analysis, CallFact call)
    {
        Value format = call.Arguments[0];
        if (!format.HasOffset || call.Arguments[1] is not { Kind: ValueKind.Constant, Offset: > 0 and <= Longest } size) return null;
        var text = new List<byte>();
        for (int i = 0; i < size.Offset; i++)
        {
            if (ByteAt(analysis, call.Slot, format, i) is not { } value) return null;
            if (value == 0) break;
            text.Add(value);
        }

        return [.. text];
    }

    /// <summary>How many values a format asks for.</summary>
    public static int Values(ReadOnlySpan<byte> format)
    {
        int count = 0;
        for (int i = 0; i < format.Length; i++)
        {
            if (format[i] != (byte)'%') continue;
            if (i + 1 < format.Length && format[i + 1] == (byte)'%') i++;
            else count++;
        }

        return count;
    }

    private static byte? ByteAt(ProgramAnalysis analysis, int slot, in Value format, int at)
    {
        switch (format.Kind)
        {
            case ValueKind.MapValue
                when format.Id >= 0 && analysis.Code.Maps[format.Id] is { Name: { } name } map
                    && name.StartsWith(".rodata", StringComparison.Ordinal):
                long place = format.Offset + at;
                return place >= 0 && place < map.Content.Length ? map.Content.Span[(int)place] : null;
            case ValueKind.Stack:
                return analysis.StateBefore(slot)?.Frame.Load(format.Offset + at, 1) is { Kind: ValueKind.Constant } held
                    ? (byte)held.Offset : null;
            default:
                return null;
        }
    }
}
