namespace Skep.Guard.Compile;

/// <summary>A file, or files of which the names are alike, as their file system has them.</summary>
/// <param name="Device">The file system's device number, as the kernel has it.</param>
/// <param name="Prefix">The path from the file system's root, or what it begins with.</param>
/// <param name="Suffix">What it ends with; null when there is no <c>*</c>.</param>
public readonly record struct FilePattern(uint Device, string Prefix, string? Suffix);

/// <summary>What names of policies stand for on the machine that enforces them.</summary>
public interface IGuardNames
{
    /// <summary>Whether tags are the heads of SHA-256 digests (Linux 6.18), and so known before a load.</summary>
    bool TagsAreSha256 { get; }

    /// <summary>BTF ids of the kernel's function of a name; none when there is no such function.</summary>
    IReadOnlyList<ulong> Kfunc(string name);

    /// <summary>What programs for a kernel function or raw tracepoint are loaded for: BTF ids, those of a module with its id
    /// above.</summary>
    IReadOnlyList<ulong> AttachFunction(string name);

    /// <summary>The files that a path, in which one <c>*</c> may stand, is about.</summary>
    IReadOnlyList<FilePattern> Executables(string pattern);
}
