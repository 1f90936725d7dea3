using System.CommandLine;
using System.CommandLine.Invocation;
using System.Reflection;
using System.Runtime.InteropServices;
using Skep.Bpf;
using Skep.Cli.Common;

namespace Skep.Cli.Help;

/// <summary>Prints the version: of Skep, with its commit, and of what it is linked with.</summary>
internal sealed class SkepVersion : SynchronousCommandLineAction
{
    // VERSION+COMMIT or VERSION+COMMIT.dirty, as build/version.sh prints it.
    private static readonly AssemblyInformationalVersionAttribute? s_built =
        typeof(SkepVersion).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>();

    private static readonly string[] s_parts = (s_built?.InformationalVersion ?? "unknown").Split('+', 2);

    public static string Number => s_parts[0];

    /// <summary>The version with the commit.</summary>
    public static string Full => s_built?.InformationalVersion ?? Number;

    /// <summary>The commit that it was built from; null when it was built outside a repository.</summary>
    private static string? Commit => s_parts is [_, { Length: > 0 } commit] ? commit : null;

    /// <inheritdoc/>
    public override bool ClearsParseErrors => true;

    /// <inheritdoc/>
    public override int Invoke(ParseResult parseResult)
    {
        TextWriter output = parseResult.InvocationConfiguration.Output;
        output.WriteLine($"skep {Number}");
        output.WriteLine($"commit {Commit ?? "unknown (not built in a git repository)"}");
        output.WriteLine($"runtime {RuntimeInformation.FrameworkDescription}");
        output.WriteLine($"libbpf {LibbpfVersion.Text}");
        return ExitCode.Done;
    }
}
