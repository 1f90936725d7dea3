namespace Skep.Debug.Verify;

/// <summary>
/// Structures of functions (struct_ops) in the section <c>.struct_ops.link</c>, which libbpf knows since 1.2. An older one gives the kernel
/// the programs without what they are for, and the kernel refuses them. Only a link makes a difference between that section and
/// <c>.struct_ops</c>: a load makes none.
/// </summary>
internal static class StructOpsSection
{
    private static readonly Version s_first = new(1, 2);

    private static ReadOnlySpan<byte> Linked => ".struct_ops.link\0"u8;

    private static ReadOnlySpan<byte> Plain => ".struct_ops\0"u8;

    /// <summary>An object file with that section under the name that a version of libbpf knows.</summary>
    /// <param name="elf">The file; it stays as it is.</param>
    /// <param name="libbpf">The version: <c>v1.1</c>.</param>
    public static byte[] Known(byte[] elf, string libbpf)
    {
        bool isOld = Version.TryParse(libbpf.TrimStart('v'), out Version? version) && version < s_first;

        // Of two sections of one name, that libbpf reads one.
        if (!isOld || elf.AsSpan().IndexOf(Linked) < 0 || elf.AsSpan().IndexOf(Plain) >= 0) return elf;
        byte[] renamed = [.. elf];
        Span<byte> rest = renamed;

        // Of the section, of its relocations, and in the BTF.
        while (rest.IndexOf(Linked) is >= 0 and var at)
        {
            rest = rest[(at + Plain.Length - 1)..];
            rest[..(Linked.Length - Plain.Length)].Clear();
        }

        return renamed;
    }
}
