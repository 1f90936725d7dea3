using System.Text.Json;
using Skep.EndToEnd.Support;

namespace Skep.EndToEnd.Machine;

/// <summary>Comparisons that name all that differs, not the first of it alone.</summary>
internal static class Complaints
{
    private const int Shown = 9;

    public static void None(IEnumerable<string> complaints)
    {
        string[] all = [.. complaints];
        Assert.True(all.Length == 0, $"{all.Length} differences:\n{string.Join('\n', all.Take(Shown))}");
    }

    /// <summary>The keys of bpftool's object whose values skep does not have.</summary>
    public static IEnumerable<string> Differing(string what, JsonElement? ours, JsonElement theirs, IEnumerable<string> keys) =>
        ours is not { } one
            ? [$"{what}: skep reports nothing of {theirs}"]
            : keys.Where(
                key =>
                    theirs.At(key) is { ValueKind: not JsonValueKind.Null } value
                        && !(one.At(key) is { } other && JsonElement.DeepEquals(value, other)))
                .Select(key => $"{what}: {key} is {theirs.At(key)} to bpftool, {one.At(key)} to skep");
}
