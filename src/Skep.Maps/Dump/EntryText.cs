using Skep.Bpf;
using Skep.Linux.Errors;
using Skep.Linux.Kernel;
using Skep.Output;

namespace Skep.Maps.Dump;

/// <summary>Writes entries of a map without types, as bpftool prints them.</summary>
/// <param name="output">Where to.</param>
/// <param name="info">The map.</param>
internal sealed class EntryText(TextWriter output, BpfMapInfo info)
{
    // What is longer gets lines of its own (print_entry_plain).
    private const int LongestInLine = 16, LongestLine = 24;

    public void WriteEntry(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        if (info.IsPerCpu)
        {
            WritePerCpu(key, value);
            return;
        }

        WriteKey(key, value.Length);
        if (!value.IsEmpty)
        {
            output.Write(Breaks(key.Length, value.Length) ? "value:\n" : "value: ");
            HexText.Write(output, value);
        }

        output.Write('\n');
    }

    public void WriteFailure(ReadOnlySpan<byte> key, Errno error)
    {
        string reason = error.Name switch
        {
            "ENOENT" => "<no entry>",
            "ENOSPC" when info.Type == BpfMapType.ReuseportSockarray => "<cannot read>",
            _ => error.Message,
        };
        WriteKey(key, reason.Length);
        output.Write($"value:{(Breaks(key.Length, reason.Length) ? '\n' : ' ')}{reason}\n");
    }

    private static bool Breaks(int key, int value) => key > LongestInLine || value > LongestInLine;

    private void WriteKey(ReadOnlySpan<byte> key, int valueLength)
    {
        if (key.IsEmpty) return;
        bool breaks = Breaks(key.Length, valueLength);
        output.Write(breaks ? "key:\n" : "key: ");
        HexText.Write(output, key);
        output.Write(!breaks && key.Length + valueLength <= LongestLine ? "  " : "\n");
    }

    private void WritePerCpu(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        if (!key.IsEmpty)
        {
            output.Write("key:\n");
            HexText.Write(output, key);
            output.Write('\n');
        }

        for (int cpu = 0; cpu < PossibleCpus.Count; cpu++)
        {
            output.Write($"value (CPU {cpu:00}):{(info.ValueSize > LongestInLine ? '\n' : ' ')}");
            HexText.Write(output, EntryJson.CpuValue(info, value, cpu));
            output.Write('\n');
        }
    }
}
