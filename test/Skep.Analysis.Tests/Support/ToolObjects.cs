using System.Buffers.Binary;
using Skep.Inventory.Code;

namespace Skep.Analysis.Tests.Support;

/// <summary>
/// The object files of libbpf-tools and xdp-tools: those inside of the tools, as bpftool's skeletons keep them, and those beside them.
/// </summary>
internal static class ToolObjects
{
    private const string XdpObjects = "/usr/lib/x86_64-linux-gnu/bpf";
    private const int LargestTool = 1 << 22;

    public static IEnumerable<(string Tool, byte[] Elf)> All()
    {
        IEnumerable<string> files =
            Directory.EnumerateFiles("/usr/sbin").Where(file => new FileInfo(file) is { LinkTarget: null, Length: < LargestTool });
        if (Directory.Exists(XdpObjects)) files = files.Concat(Directory.EnumerateFiles(XdpObjects, "*.o"));
        foreach (string file in files.Order())
            foreach (byte[] elf in Of(file)) yield return (Path.GetFileName(file), elf);
    }

    /// <summary>
    /// A program of a tool; null when the tool is not installed or has none of this name. A name that ends in .bpf.c is a source of ours.
    /// </summary>
    public static ProgramCode? Find(string tool, string program)
    {
        if (tool.EndsWith(".bpf.c", StringComparison.Ordinal))
            return BpfPrograms.OfSource(tool == "kinds.bpf.c" ? "Programs/kinds.bpf.c" : $"Programs/demo/{tool}")
                .First(code => code.Name == program);
        string file = tool.EndsWith(".o", StringComparison.Ordinal) ? Path.Combine(XdpObjects, tool) : Path.Combine("/usr/sbin", tool);
        return File.Exists(file) ? Of(file).SelectMany(BpfPrograms.OfBytes).FirstOrDefault(code => code.Name == program) : null;
    }

    private static IEnumerable<byte[]> Of(string file)
    {
        byte[] bytes = File.ReadAllBytes(file);
        byte[] magic = [0x7f, (byte)'E', (byte)'L', (byte)'F', 2, 1, 1];
        for (int at = 0; bytes.AsSpan(at).IndexOf(magic) is >= 0 and var found; at += found + magic.Length)
        {
            ReadOnlySpan<byte> header = bytes.AsSpan(at + found);
            if (header.Length < 64 || BinaryPrimitives.ReadUInt16LittleEndian(header[18..]) != 247) continue;
            int length =
                (int)BinaryPrimitives.ReadUInt64LittleEndian(header[40..]) + (64 * BinaryPrimitives.ReadUInt16LittleEndian(header[60..]));
            if (length > 0 && length <= header.Length) yield return header[..length].ToArray();
        }
    }
}
