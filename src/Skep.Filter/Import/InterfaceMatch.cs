using Skep.Packets.Values;

namespace Skep.Filter.Import;

/// <summary>What a match of the input interface means to a table, whose rules see the packets of its own devices only.</summary>
internal readonly record struct InterfaceMatch
{
    internal const string Unknown =
        "it matches an interface, and whether that is a device of the table is not known (import with --dev for each of its devices)";

    private const string Loopback = "lo";

    /// <summary>The devices of the table that match; null when they are not known.</summary>
    internal IReadOnlyList<string>? Devices { get; private init; }

    /// <summary>Whether it matches all packets of the table's devices.</summary>
    internal bool IsAlways { get; private init; }

    /// <summary>Whether it matches none.</summary>
    internal bool IsNever { get; private init; }

    /// <summary>Decides a match of interface names.</summary>
    /// <param name="patterns">The names; <c>*</c> or <c>+</c> at the end matches any rest.</param>
    /// <param name="negated">Whether it matches the other interfaces.</param>
    /// <param name="devices">The devices that the table is for; none: any but the loopback device.</param>
    internal static InterfaceMatch Of(IReadOnlyCollection<string> patterns, bool negated, IReadOnlyCollection<string> devices)
    {
        if (devices.Count > 0)
        {
            var matching = devices.Where(d => patterns.Any(p => Holds(p, d)) != negated).ToList();
            return new() { Devices = matching, IsAlways = matching.Count == devices.Count, IsNever = matching.Count == 0 };
        }
        if (patterns.Any(p => p is "*" or "+")) return new() { IsAlways = !negated, IsNever = negated };
        return patterns.All(p => p == Loopback) ? new() { IsAlways = negated, IsNever = !negated } : default;
    }

    /// <summary>Why a rule is left out that matches none of the devices' packets.</summary>
    internal static string OtherDevices(IReadOnlyCollection<string> devices) => devices.Count == 0
        ? "it matches packets of the loopback device, which the table is not for"
        : $"it matches packets of other devices than {string.Join(", ", devices)}";

    /// <summary>The match in the rule language, of interfaces by name.</summary>
    internal string Text => Devices is [var only] ? $"meta iif {Name(only)}" : $"meta iif {{ {string.Join(", ", Devices!.Select(Name))} }}";

    private static string Name(string name) => InterfaceName.Format(InterfaceName.ToValue(name));

    private static bool Holds(string pattern, string device) =>
        pattern.EndsWith('*') || pattern.EndsWith('+') ? device.StartsWith(pattern[..^1], StringComparison.Ordinal) : pattern == device;
}
