namespace Skep.Cli.Filter;

/// <summary>What an apply is asked for besides devices.</summary>
/// <param name="Wait">How long to wait for devices; null for not at all.</param>
/// <param name="Version">The version of the rules; null for none.</param>
/// <param name="LastGood">Where a copy of what was applied is kept; null for nowhere.</param>
/// <param name="Prune">Whether tables of the directory that no file of it has any more are removed.</param>
internal sealed record ApplyOptions(TimeSpan? Wait, string? Version, string? LastGood, bool Prune);
