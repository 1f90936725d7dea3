using System.Globalization;
using Skep.Bpf;

namespace Skep.Filter.Bench;

/// <summary>A loaded program of another filter.</summary>
/// <param name="Name">The filter.</param>
/// <param name="Rules">How many rules it has, the same as Skep's.</param>
/// <param name="Place">The program's id, or the path where it is pinned.</param>
internal sealed record ForeignProgram(string Name, int Rules, string Place)
{
    /// <summary>Reads them: one a line, the parts between tabs.</summary>
    internal static ForeignProgram[] Read(string path) =>
    [
        .. File.ReadLines(path).Select(line => line.Split('\t'))
            .Select(parts => new ForeignProgram(parts[0], Number(parts[1]), parts[2])),
    ];

    internal BpfProgram Open() => Place[0] == '/' ? BpfProgram.OpenPinned(Place) : BpfProgram.OpenById((uint)Number(Place));

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);
}
