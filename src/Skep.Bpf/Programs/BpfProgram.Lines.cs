using System.Runtime.InteropServices;
using Skep.Bpf.Interop;

namespace Skep.Bpf;

public sealed unsafe partial class BpfProgram
{
    /// <summary>The source lines of the translated code, in its order; the strings are in the program's BTF. Empty without BTF.</summary>
    public BpfLine[] GetLines()
    {
        bpf_prog_info raw = default;
        Fill(ref raw);
        uint count = raw.nr_line_info, stride = raw.line_info_rec_size;
        if (count == 0 || stride < sizeof(BpfLine)) return [];
        var records = new byte[checked(count * stride)];
        fixed (byte* buffer = records)
        {
            raw = default;
            raw.nr_line_info = count;
            raw.line_info_rec_size = stride;
            raw.line_info = buffer;
            Fill(ref raw);
        }

        var lines = new BpfLine[Math.Min(count, raw.nr_line_info)];
        for (int i = 0; i < lines.Length; i++) lines[i] = MemoryMarshal.Read<BpfLine>(records.AsSpan(i * (int)stride));
        return lines;
    }

    /// <summary>The kernel address of the machine code of each line of <see cref="GetLines"/>. Empty where it is interpreted, zeros where addresses are hidden.</summary>
    public ulong[] GetJitedLines()
    {
        bpf_prog_info raw = default;
        Fill(ref raw);
        uint count = raw.nr_jited_line_info;
        if (count == 0 || raw.jited_line_info_rec_size != sizeof(ulong)) return [];
        var addresses = new ulong[count];
        fixed (ulong* buffer = addresses)
        {
            raw = default;
            raw.nr_jited_line_info = count;
            raw.jited_line_info_rec_size = sizeof(ulong);
            raw.jited_line_info = buffer;
            Fill(ref raw);
        }

        return addresses;
    }
}
