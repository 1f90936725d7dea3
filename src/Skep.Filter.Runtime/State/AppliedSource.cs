namespace Skep.Filter.Runtime.State;

/// <summary>Where the rules of an applied table come from.</summary>
/// <param name="File">The path of the rule file; <c>-</c> for standard input.</param>
/// <param name="Sha256">SHA-256 of the file, in hexadecimal digits. Feeds that it names are files of their own.</param>
/// <param name="AppliedBy">The version of Skep that compiled them.</param>
public sealed record AppliedSource(string File, string Sha256, string AppliedBy)
{
    /// <summary>The version of the rules, as who applied them named it; null for none.</summary>
    public string? Version { get; init; }

    /// <summary>The directory that was applied, in full; null when the file alone was.</summary>
    public string? Directory { get; init; }
}
