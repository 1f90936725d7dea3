using System.CommandLine;

namespace Skep.Cli.Filter;

/// <summary>The option that names the interface that packets come in by.</summary>
internal static class IncomingInterface
{
    public static Option<string> Create() => new("--iif")
    {
        Description = "The interface that the packets come in by: its name or index.", HelpName = "IF", DefaultValueFactory = _ => "lo",
    };
}
