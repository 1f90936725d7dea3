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

    internal const string State = Base + "/guard";

    internal const string Base = SkepPaths.Base;

    internal const string Lock = Base + "/guard.lock";

    internal const string Prefix = "g";

    /// <summary>The pins of one generation of policies.</summary>
    internal static string PinsOf(uint generation) => string.Create(CultureInfo.InvariantCulture, $"{Pins}/{Prefix}{generation}");

    /// <summary>The texts of one generation of policies.</summary>
    internal static string StateOf(uint generation) => string.Create(CultureInfo.InvariantCulture, $"{State}/{Prefix}{generation}.json");

    /// <summary>Makes the directories that are not there.</summary>
    internal static void Prepare(Action<string> report)
    {
        BpfFileSystem.EnsureMounted(FileSystem);
        PrivateDirectory.Ensure(Pins, LogPins, report);
        PrivateDirectory.Ensure(Base, State, report);
    }
}
