using System.CommandLine;
using Skep.Cli.Common;
using Skep.Cli.Filter;
using Skep.Filter.Syntax;
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
        var files = new List<GuardPolicyFile>();
        bool failed = false;
        foreach (string path in Expand(paths))
        {
            string text = FilterFile.ReadText(path, InputLimit.Policy);
            PolicyFile file = PolicyFile.Read(new SourceText(path, text));
            FilterFile.Print(file.Diagnostics);
            if (file.Policy is not { } policy) failed = true;
            else if (files.Find(other => other.Policy.Name == policy.Name) is { } twin)
            {
                Message.Error($"reading {path}: a policy {policy.Name} is in {twin.Path} already (give it another name)", ExitCode.Usage);
                failed = true;
            }
            else files.Add(new(path, text, policy));
        }

        if (!failed && files.Count == 0)
        {
            Message.Error($"reading {string.Join(", ", paths)}: there are no policies (files {Extension})", ExitCode.Usage);
            failed = true;
        }

        return failed ? null : new(files);
    }

    private static IEnumerable<string> Expand(IReadOnlyList<string> paths) => paths.SelectMany(path =>
        Directory.Exists(path) ? Directory.EnumerateFiles(path, Extension).Order(StringComparer.Ordinal) : (IEnumerable<string>)[path]);
}
