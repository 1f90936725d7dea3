using Skep.Output;

namespace Skep.Filter.Runtime.Report;

/// <summary>What statistics are about.</summary>
[Flags]
public enum StatsModes
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>What became of packets: <c>XDP_DROP</c>, <c>XDP_PASS</c>, ...</summary>
    Actions = 1,

    /// <summary>TCP, UDP, ICMP, ...</summary>
    Protocols = 2,

    /// <summary>Each rule.</summary>
    Rules = 4,

    /// <summary>The source addresses of most packets.</summary>
    Sources = 8,

    /// <summary>The destination ports of most packets.</summary>
    Ports = 16,

    /// <summary>Frame lengths.</summary>
    Sizes = 32,

    /// <summary>All that the table has.</summary>
    All = 64,

    /// <summary>Packets that the kernel could not send.</summary>
    Lost = 128,
}

/// <summary>Modes as a user writes them.</summary>
public static class StatsModeText
{
    private static readonly (string Name, StatsModes Mode)[] Names =
    [
        ("actions", StatsModes.Actions), ("protocols", StatsModes.Protocols), ("rules", StatsModes.Rules),
        ("sources", StatsModes.Sources), ("ports", StatsModes.Ports), ("sizes", StatsModes.Sizes),
        ("lost", StatsModes.Lost), ("all", StatsModes.All),
    ];

    /// <summary>Reads names that commas part.</summary>
    /// <param name="text">For instance <c>actions,protocols</c>.</param>
    /// <param name="modes">What is named.</param>
    /// <param name="mistake">What is wrong, when something is.</param>
    /// <returns>False when a name is not known.</returns>
    public static bool TryParse(string text, out StatsModes modes, out string mistake)
    {
        ArgumentNullException.ThrowIfNull(text);
        (modes, mistake) = (StatsModes.None, "");
        foreach (var name in text.Split(',', StringSplitOptions.TrimEntries))
        {
            var at = Array.FindIndex(Names, n => n.Name == name);
            if (at < 0)
            {
                var remedy =
                    Spelling.DidYouMean(name, Names.Select(n => n.Name)) ?? $"one of {string.Join(", ", Names.Select(n => n.Name))}";
                mistake = $"there is no mode '{name}' ({remedy})";
                return false;
            }
            modes |= Names[at].Mode;
        }
        return true;
    }
}
