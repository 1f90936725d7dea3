using System.Globalization;
using Skep.Bpf;
using Skep.Linux.Files;

namespace Skep.Guard.State;

/// <summary>Where guard keeps what it has in the kernel, and what the kernel does not know of it.</summary>
public static class GuardPaths
{
    /// <summary>The bpffs. Pins are not below /run, which is cleaned by others.</summary>
    internal const string FileSystem = "/sys/fs/bpf";

    internal const string Pins = FileSystem + "/skep_guard";

    internal const string LogPins = Pins + "/log";

    internal const string State = "/run/skep/guard";

    internal const string Base = "/run/skep";

    internal const string Lock = Base + "/guard.lock";

    private const string Prefix = "g";

    /// <summary>The pins of one generation of policies.</summary>
    internal static string PinsOf(uint generation) => string.Create(CultureInfo.InvariantCulture, $"{Pins}/{Prefix}{generation}");

    /// <summary>The texts of one generation of policies.</summary>
    internal static string StateOf(uint generation) => string.Create(CultureInfo.InvariantCulture, $"{State}/{Prefix}{generation}.json");

    /// <summary>The generations that are pinned, oldest first.</summary>
    internal static IReadOnlyList<uint> PinnedGenerations() => Generations(Pins, directories: true);

    /// <summary>The generations whose texts are kept, oldest first.</summary>
    internal static IReadOnlyList<uint> KeptGenerations() => Generations(State, directories: false);

    /// <summary>Makes the directories that are not there.</summary>
    internal static void Prepare(Action<string> report)
    {
        BpfFileSystem.EnsureMounted(FileSystem);
        PrivateDirectory.Ensure(Pins, LogPins, report);
        PrivateDirectory.Ensure(Base, State, report);
    }

    private static List<uint> Generations(string directory, bool directories)
    {
        var found = new List<uint>();
        if (!Directory.Exists(directory)) return found;
        foreach (string path in directories ? Directory.EnumerateDirectories(directory) : Directory.EnumerateFiles(directory))
        {
            string name = Path.GetFileNameWithoutExtension(path);
            if (name.StartsWith(Prefix, StringComparison.Ordinal)
                && uint.TryParse(name.AsSpan(Prefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out uint generation))
                found.Add(generation);
        }

        found.Sort();
        return found;
    }
}
