using System.CommandLine;
using Skep.Cli.Common;
using Skep.Cli.Filter;
using Skep.Guard.Model;
using Skep.Guard.Syntax;
using Skep.Linux.Files;

namespace Skep.Cli.Guard;

/// <summary>A policy file that has no error.</summary>
internal sealed record GuardPolicyFile(string Path, string Text, Policy Policy);

/// <summary>The policies that a command line names.</summary>
internal sealed record GuardPolicies(IReadOnlyList<GuardPolicyFile> Files);

/// <summary>Reads policy files, and directories of them, and prints what was found.</summary>
internal static class GuardFiles
{
    private const string Extension = "*.toml";

    /// <summary>The argument that names them.</summary>
    public static Argument<string[]> Argument() => new("FILE")
    {
        Description = "Policy files, or directories of which the files *.toml are taken in the order of their names.",
        Arity = ArgumentArity.OneOrMore,
    };

    /// <summary>Reads policies and prints their errors.</summary>
    /// <returns>Null when there is an error.</returns>
    public static GuardPolicies? TryRead(IReadOnlyList<string> paths)
    {
        IReadOnlyList<PolicyFile> files = Read(paths);
        foreach (PolicyFile file in files) FilterFile.Print(file.Diagnostics);
        bool failed = files.Count == 0 || files.Any(file => file.Policy is null);
        return failed ? null : new([.. files.Select(file => new GuardPolicyFile(file.Source.Name, file.Source.Text, file.Policy!))]);
    }

    /// <summary>Reads policies. That there are none is printed.</summary>
    public static IReadOnlyList<PolicyFile> Read(IReadOnlyList<string> paths)
    {
        IReadOnlyList<PolicyFile> files = PolicyFile.WithTwins([.. paths.SelectMany(Expand).Select(Read)]);
        if (files.Count == 0)
            Message.Error($"reading {string.Join(", ", paths)}: there are no policies (files {Extension})", ExitCode.Usage);
        return files;
    }

    private static PolicyFile Read(string path)
    {
        using InputStream input = NamedInput.Open(path, InputLimit.Policy);
        return PolicyFile.Read(path == "-" ? "standard input" : path, InputFile.ReadBytes(input));
    }

    private static IEnumerable<string> Expand(string path) => Directory.Exists(path)
        ? Directory.EnumerateFiles(path, Extension).Where(file => !Path.GetFileName(file).StartsWith('.')).Order(StringComparer.Ordinal)
        : [path];
}
