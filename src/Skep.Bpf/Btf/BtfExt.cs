using System.Buffers.Binary;

namespace Skep.Bpf;

/// <summary>A place where libbpf puts in what the running kernel's types say (<c>struct bpf_core_relo</c>).</summary>
/// <param name="Section">The ELF section of the instruction.</param>
/// <param name="ByteOffset">The instruction, bytes from the section's start.</param>
/// <param name="TypeId">The type that the access starts from, in the object's BTF.</param>
/// <param name="Access">The path: indices with colons, <c>0:5:2</c>.</param>
/// <param name="Kind"><c>enum bpf_core_relo_kind</c>: 0 for a field's offset in bytes, 1 for its size.</param>
public readonly record struct BtfCoreRelocation(string Section, uint ByteOffset, uint TypeId, string Access, uint Kind);

/// <summary>A function in an ELF section (<c>struct bpf_func_info</c>, offsets in bytes).</summary>
/// <param name="Section">The ELF section.</param>
/// <param name="ByteOffset">Bytes from the section's start.</param>
/// <param name="TypeId">Its type in the object's BTF.</param>
public readonly record struct BtfExtFunction(string Section, uint ByteOffset, uint TypeId);

/// <summary>A source line in an ELF section (<c>struct bpf_line_info</c>, offsets in bytes).</summary>
/// <param name="Section">The ELF section.</param>
/// <param name="Line">The line; its offset is in bytes from the section's start.</param>
public readonly record struct BtfExtLine(string Section, BpfLine Line);

/// <summary>The section <c>.BTF.ext</c> of an object: functions, lines and CO-RE relocations (Documentation/bpf/btf.rst).</summary>
public sealed class BtfExt
{
    private const int HeaderWithLines = 24, HeaderWithCore = 32;

    private BtfExt(List<BtfExtFunction> functions, List<BtfExtLine> lines, List<BtfCoreRelocation> core)
    {
        Functions = functions;
        Lines = lines;
        CoreRelocations = core;
    }

    /// <summary>The functions, by section.</summary>
    public IReadOnlyList<BtfExtFunction> Functions { get; }

    /// <summary>The lines, by section.</summary>
    public IReadOnlyList<BtfExtLine> Lines { get; }

    /// <summary>The CO-RE relocations, by section.</summary>
    public IReadOnlyList<BtfCoreRelocation> CoreRelocations { get; }

    /// <summary>Parses the section. What is broken is left out.</summary>
    /// <param name="raw">The whole section.</param>
    /// <param name="btf">The object's BTF, which has the strings.</param>
    public static BtfExt Parse(ReadOnlySpan<byte> raw, Btf btf)
    {
        ArgumentNullException.ThrowIfNull(btf);
        var functions = new List<BtfExtFunction>();
        var lines = new List<BtfExtLine>();
        var core = new List<BtfCoreRelocation>();
        if (raw.Length >= HeaderWithLines && BinaryPrimitives.ReadUInt16LittleEndian(raw) == Btf.Magic)
        {
            uint header = U32(raw, 4);
            foreach (Part part in Parts(raw, header, 8, 8, btf))
                functions.Add(new BtfExtFunction(part.Section, U32(raw, part.At), U32(raw, part.At + 4)));
            foreach (Part part in Parts(raw, header, 16, 16, btf))
                lines.Add(
                    new BtfExtLine(part.Section,
                        new BpfLine(U32(raw, part.At), U32(raw, part.At + 4), U32(raw, part.At + 8), U32(raw, part.At + 12))));
            if (header >= HeaderWithCore && raw.Length >= HeaderWithCore)
            {
                foreach (Part part in Parts(raw, header, 24, 16, btf))
                    core.Add(
                        new BtfCoreRelocation(part.Section, U32(raw, part.At), U32(raw, part.At + 4), btf.StringAt(U32(raw, part.At + 8)),
                            U32(raw, part.At + 12)));
            }
        }

        return new BtfExt(functions, lines, core);
    }

    private readonly record struct Part(string Section, int At);

    // A subsection: the records' size, then by section its name, a count, the records.
    private static List<Part> Parts(ReadOnlySpan<byte> raw, uint header, int field, int least, Btf btf)
    {
        var parts = new List<Part>();
        ulong start = (ulong)header + U32(raw, field), end = start + U32(raw, field + 4);
        if (end > (ulong)raw.Length || end - start < sizeof(uint)) return parts;
        uint stride = U32(raw, (int)start);
        if (stride < (uint)least) return parts;
        for (ulong at = start + sizeof(uint); at + 8 <= end;)
        {
            string section = btf.StringAt(U32(raw, (int)at));
            uint count = U32(raw, (int)at + 4);
            at += 8;
            for (uint i = 0; i < count && at + stride <= end; i++, at += stride) parts.Add(new Part(section, (int)at));
        }

        return parts;
    }

    private static uint U32(ReadOnlySpan<byte> raw, int at) => BinaryPrimitives.ReadUInt32LittleEndian(raw[at..]);
}
