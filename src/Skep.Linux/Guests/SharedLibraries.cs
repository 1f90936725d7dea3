using Skep.Linux.Kernel;

namespace Skep.Linux.Guests;

/// <summary>The files that an executable needs to run elsewhere: its dynamic linker, its libraries, and theirs.</summary>
public static class SharedLibraries
{
    // ld.so(8): the directories that are searched without being named, of Debian and of others.
    private static readonly string[] Usual =
        ["/lib/x86_64-linux-gnu", "/usr/lib/x86_64-linux-gnu", "/lib64", "/usr/lib64", "/lib", "/usr/lib"];

    /// <summary>Whether this process has a library of a name.</summary>
    public static bool IsMapped(string name) =>
        (KernelFile.Lines("/proc/self/maps").Value ?? []).Any(line => line.EndsWith($"/{name}", StringComparison.Ordinal));

    /// <summary>Finds them: where this process has its own, then where dynamic linkers look.</summary>
    /// <param name="path">The executable.</param>
    /// <returns>The path of each and its bytes, without the executable's.</returns>
    /// <exception cref="InvalidDataException">A file is no executable, or there is no library of a name.</exception>
    public static IReadOnlyDictionary<string, byte[]> Of(string path)
    {
        var found = new Dictionary<string, byte[]>();
        string[] directories = [.. Mapped().Concat(Usual).Distinct()];
        var names = new HashSet<string>();
        Add(path, Read(path), directories, names, found);
        return found;
    }

    private static void Add(
        string path, byte[] file, string[] directories, HashSet<string> names, Dictionary<string, byte[]> found)
    {
        if (!DynamicExecutable.TryParse(file, out DynamicExecutable? executable, out string reason))
            throw new InvalidDataException($"read what {path} is linked with: {reason}");
        if (executable.Interpreter is { } interpreter && names.Add(Path.GetFileName(interpreter)))
            found[interpreter] = Read(interpreter);
        foreach (string name in executable.Needed.Where(names.Add))
        {
            string library = directories.Select(directory => Path.Combine(directory, name)).FirstOrDefault(KernelFile.Exists)
                ?? throw new InvalidDataException($"find the library {name} of {path}: it is in none of {string.Join(", ", directories)}");
            byte[] content = Read(library);
            found[library] = content;
            Add(library, content, directories, names, found);
        }
    }

    private static byte[] Read(string path)
    {
        KernelRead<byte[]> read = KernelFile.Bytes(path);
        return read.Value ?? throw new InvalidDataException($"read {path}: {read.Error}");
    }

    // proc_pid_maps(5): the path is the sixth column.
    private static IEnumerable<string> Mapped() =>
        from line in KernelFile.Lines("/proc/self/maps").Value ?? []
        let slash = line.IndexOf('/', StringComparison.Ordinal)
        where slash > 0 && line.Contains(".so", StringComparison.Ordinal)
        select Path.GetDirectoryName(line[slash..]);
}
