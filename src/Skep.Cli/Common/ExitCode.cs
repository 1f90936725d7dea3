namespace Skep.Cli.Common;

/// <summary>What the process returns to its shell.</summary>
internal static class ExitCode
{
    public const int Done = 0;
    public const int Failed = 1;

    /// <summary>Wrong usage.</summary>
    public const int Usage = 2;

    /// <summary>Not permitted, or not supported here.</summary>
    public const int NotPermitted = 3;
}
