namespace Skep.Filter.Import;

/// <summary>What a match of the input device means to a table, whose rules see the packets of its own devices only.</summary>
internal static class InterfaceMatch
{
    internal const string Unknown = "a table belongs to its devices, so rules do not match the device (import with --dev for one of them)";

    private const string Loopback = "lo";

    /// <summary>Decides a match of device names for all packets of a device.</summary>
    /// <param name="patterns">The names; <c>*</c> or <c>+</c> at the end stands for any rest.</param>
    /// <param name="negated">Whether it matches the other devices.</param>
    /// <param name="device">The device that the table is for; null: any but the loopback device.</param>
    /// <returns>Whether it matches, or null when that is not known.</returns>
    internal static bool? Decide(IReadOnlyCollection<string> patterns, bool negated, string? device)
    {
        if (device is not null) return patterns.Any(p => Holds(p, device)) != negated;
        if (patterns.Any(p => p is "*" or "+")) return !negated;
        return patterns.All(p => p == Loopback) ? negated : null;
    }

    /// <summary>Why a rule is left out that matches none of the device's packets.</summary>
    internal static string OtherDevices(string? device) =>
        device is null ? "it matches packets of the loopback device, which the table is not for" : $"it matches packets of other devices than {device}";

    private static bool Holds(string pattern, string device) =>
        pattern.EndsWith('*') || pattern.EndsWith('+') ? device.StartsWith(pattern[..^1], StringComparison.Ordinal) : pattern == device;
}
