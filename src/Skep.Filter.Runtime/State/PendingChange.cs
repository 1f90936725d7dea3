using System.Text.Json.Serialization;

namespace Skep.Filter.Runtime.State;

/// <summary>
/// What is kept on file while a table's devices go from the rules before to the rules after, so that whoever comes next can end it:
/// forward when the dispatcher was opened for good, else back.
/// </summary>
internal sealed record PendingChange
{
    /// <summary>A program of the rules before; 0 when the table filtered nothing.</summary>
    public required uint Before { get; init; }

    /// <summary>A program of the rules after; 0 when the table is taken off.</summary>
    public required uint After { get; init; }

    /// <summary>Whether the rules after are to be confirmed.</summary>
    public required bool ToConfirm { get; init; }

    public required ChangingDevice[] Devices { get; init; }

    /// <summary>What shows that it was not written for a change; null for nothing.</summary>
    internal string? Fault =>
        Array.Exists(Devices,
            d => d is null || !TableStore.IsLinkPin(d.Pin) || d.TakenFrom.Length > 0 && !TableStore.IsLinkPath(d.TakenFrom))
        ? "a device has no link" : null;
}

/// <param name="Device">Its name.</param>
/// <param name="Netns">Its network namespace as the user named it, or empty.</param>
/// <param name="Index">Its index there.</param>
/// <param name="Pin">The name of the pin of its link.</param>
/// <param name="From">The program that it ran before; 0 for none.</param>
/// <param name="Stays">Whether it is one of the table's devices after.</param>
/// <param name="TakenFrom">The path of its link's pin at another table; empty for none.</param>
/// <param name="ReplacedMode">
/// How <see cref="From"/> ran there, <c>driver</c> or <c>generic</c>, when it is a foreign program without this link; else empty.
/// </param>
internal sealed record ChangingDevice(
    string Device,
    string Netns,
    uint Index,
    string Pin,
    uint From,
    bool Stays,
    string TakenFrom,
    [property: JsonPropertyName("pushed_out")] string ReplacedMode)
{
    /// <summary>The program that it runs after; 0 when it does not stay, or for that of the change (what earlier versions kept).</summary>
    public uint To { get; init; }
}
