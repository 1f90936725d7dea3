namespace Skep.Cli.Filter;

/// <summary>What <c>skep filter log</c> was asked for.</summary>
/// <param name="Table">The table's name.</param>
/// <param name="Json">Whether JSON is wanted.</param>
/// <param name="Count">End after so many packets.</param>
/// <param name="Duration">End after this time.</param>
/// <param name="Write">The capture file; - for standard output.</param>
/// <param name="Rules">The ids of the rules; all when empty.</param>
internal sealed record FilterLogRequest(string Table, bool Json, long Count, TimeSpan? Duration, string? Write, string[] Rules);
