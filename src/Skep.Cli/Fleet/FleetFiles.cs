using Skep.Agent.Fleet.Check;
using Skep.Cli.Common;
using Skep.Cli.Filter;
using Skep.Filter.Runtime.Sets;
using Skep.Linux.Files;

namespace Skep.Cli.Fleet;

/// <summary>Reads and checks what is pushed.</summary>
internal static class FleetFiles
{
    /// <summary>Reads a file with the feeds that it names, or all files of a directory; prints what is found.</summary>
    /// <returns>Null when there is an error.</returns>
    public static CheckedPolicy? TryRead(string path)
    {
        bool isDirectory = Directory.Exists(path);
        string directory = isDirectory ? path : Path.GetDirectoryName(Path.GetFullPath(path))!;
        string[] files = isDirectory
            ? [.. PrivateDirectory.FilesIn(path, "").Where(one => Path.GetExtension(one) != ".p7s")] : [path];
        PolicyContent[] contents =
            [.. files.Select(file => new PolicyContent(Path.GetFileName(file), NamedInput.ReadBytes(file, LimitOf(file))))];
        CheckedPolicy read = CheckedPolicy.Read(contents, new FeedFiles(directory).Read);
        FilterFile.Print(read.Diagnostics);
        foreach (string fault in read.Faults) Message.Error(fault, ExitCode.Usage);
        return read.HasErrors ? null : read;
    }

    /// <summary>What a policy is called by its file or directory.</summary>
    public static string NameOf(string path) => Path.GetFileNameWithoutExtension(Path.TrimEndingDirectorySeparator(Path.GetFullPath(path)));

    private static InputLimit LimitOf(string file) => Path.GetExtension(file) switch
    {
        ".skep" or ".json" => InputLimit.Rules,
        ".toml" => InputLimit.Policy,
        _ => InputLimit.Feed,
    };
}
