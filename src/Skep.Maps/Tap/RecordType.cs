using Skep.Bpf;
using Skep.Bpf.Elf;
using Skep.Linux.Files;

namespace Skep.Maps.Tap;

/// <summary>The type that records are read by.</summary>
/// <param name="Btf">Where it is.</param>
/// <param name="Id">Its id there.</param>
/// <param name="Origin">Where it was found, in words.</param>
public sealed record RecordType(Btf Btf, uint Id, string Origin)
{
    private const string KernelTypes = "/sys/kernel/btf/";

    /// <summary>Finds a struct, union or typedef by name in the BTF of the programs that use a map, or in a file.</summary>
    /// <param name="map">The map whose records are to be read.</param>
    /// <param name="name">The type's name, with or without <c>struct</c>.</param>
    /// <param name="file">An ELF object with BTF, or raw BTF (<c>/sys/kernel/btf/vmlinux</c>); null for the map's programs.</param>
    /// <exception cref="InvalidDataException">
    /// There is no such type, or the file has no BTF; the message says where it was looked for.
    /// </exception>
    public static RecordType Find(BpfMap map, string name, string? file)
    {
        ArgumentNullException.ThrowIfNull(map);
        ArgumentException.ThrowIfNullOrEmpty(name);
        string[] words = name.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        string plain = words[^1];
        if (file is not null)
        {
            return FindIn(ReadFile(file), plain, file)
                ?? throw new InvalidDataException($"find the type {name}: {file} has no struct, union or typedef of this name");
        }

        var looked = new List<string>();
        foreach (uint id in MapUsers.Programs(map.Info.Id))
        {
            using BpfProgram? program = BpfProgram.TryOpenById(id, out _);
            if (program?.GetInfo() is not { BtfId: not 0 } info) continue;
            looked.Add($"program {id}");
            using BpfBtf? btf = BpfBtf.TryOpenById(info.BtfId, out _);
            if (btf is not null && FindIn(Btf.Parse(btf.GetRaw()), plain, $"program {id}") is { } found) return found;
        }

        string where =
            looked.Count == 0 ? "no program with BTF uses the map"
                : $"the BTF of {string.Join(", ", looked)} has no struct, union or typedef of this name";
        throw new InvalidDataException(
            $"find the type {name}: {where} (clang keeps a struct in an object's BTF only where a map, a variable or a function has it; "
            + $"name a file that has it: --btf FILE)");
    }

    private static RecordType? FindIn(Btf btf, string name, string origin)
    {
        foreach (BtfKind kind in (BtfKind[])[BtfKind.Struct, BtfKind.Union, BtfKind.Typedef, BtfKind.Int, BtfKind.Enum])
            if (btf.TryFind(name, kind, out BtfType type)) return new RecordType(btf, type.Id, origin);
        return null;
    }

    private static Btf ReadFile(string file)
    {
        byte[] bytes = InputFile.ReadBytes(file, InputLimit.Types);
        if (ElfFile.IsElf(bytes))
        {
            if (!ElfFile.TryParse(bytes, out ElfFile? elf, out string reason)) throw new InvalidDataException($"read {file}: {reason}");
            return elf.Section(".BTF") is { } section ? Btf.Parse(section.Content.ToArray())
                : throw new InvalidDataException($"read {file}: it has no BTF (compile it with -g -target bpf)");
        }

        bool module = file.StartsWith(KernelTypes, StringComparison.Ordinal) && !file.EndsWith("/vmlinux", StringComparison.Ordinal);
        return Btf.Parse(bytes, module ? Btf.LoadKernel() : null);
    }
}
