using System.CommandLine;
using Skep.Cli.Help;

namespace Skep.Cli.Trace;

/// <summary><c>skep trace</c>.</summary>
internal static class TraceCommand
{
    public static Command Create() => new SkepCommand("trace", "Calls of programs and of the helpers that they call, as they happen.", new(
        "docs/trace.md",
        new("skep trace prog id 5", "each call of a program, with its packet and its result"),
        new("skep trace helper bpf_map_update_elem --prog id 5", "its updates of maps")))
    {
        TraceProgCommand.Create(), TraceHelperCommand.Create(),
    };
}
