using Skep.Cli.Live;
using Skep.Output;
using Skep.Watch.Capture;
using Skep.Watch.Save;

namespace Skep.Cli.Watch;

/// <summary>What a command line of <c>skep watch</c> asks for.</summary>
internal sealed record WatchRequest
{
    public required WatchOptions Options { get; init; }

    public required LiveLimits Limits { get; init; }

    public required OutputForm Form { get; init; }

    /// <summary>The command to run and to watch; null to watch the machine.</summary>
    public string[]? Command { get; init; }

    public bool Verbose { get; init; }

    public bool Insns { get; init; }

    public string? Save { get; init; }

    public string? Output { get; init; }

    /// <summary>When the file of output is put aside; null for never.</summary>
    public FileRotation? Rotation { get; init; }

    /// <summary>Whether what is found in programs is written with them.</summary>
    public bool Explain { get; init; }
}
