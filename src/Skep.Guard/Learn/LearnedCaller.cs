using Skep.Guard.Model;

namespace Skep.Guard.Learn;

/// <summary>Who did something, by what a rule can demand of him: what is null is not demanded.</summary>
/// <param name="Exe">The executable.</param>
/// <param name="Unit">systemd's unit, when it will be called so again.</param>
/// <param name="Cgroup">The cgroup, where the executable says nothing.</param>
/// <param name="Uid">The user, where nothing else is known.</param>
internal sealed record LearnedCaller(string? Exe, string? Unit, string? Cgroup, uint? Uid) : IComparable<LearnedCaller>
{
    private const int LongestPattern = 255;

    /// <summary>Of what was recorded.</summary>
    public static LearnedCaller Of(string? exe, string? unit, string? cgroup, bool isInContainer, uint? uid)
    {
        // The path of an executable in a container is one of its own root, which the kernel does not compare.
        string? path = !isInContainer && exe is not null && exe.StartsWith('/') && IsPattern(exe) ? exe : null;
        string? lasting = unit is not null && IsLasting(unit) && IsPattern(unit) ? unit : null;
        string? place = path is null && lasting is null && cgroup is not null && IsPath(cgroup) ? cgroup : null;
        return new(path, lasting, place, path is null && lasting is null && place is null ? uid : null);
    }

    /// <summary>The conditions of a rule, as pairs of key and values.</summary>
    public IEnumerable<(string Key, string Value)> Conditions()
    {
        if (Exe is not null) yield return (ConditionInfo.Of(ConditionKind.Exe).Key, Exe);
        if (Unit is not null) yield return (ConditionInfo.Of(ConditionKind.Unit).Key, Unit);
        if (Cgroup is not null) yield return (ConditionInfo.Of(ConditionKind.Cgroup).Key, Cgroup);
    }

    /// <inheritdoc/>
    public int CompareTo(LearnedCaller? other) => string.CompareOrdinal(Key, other?.Key);

    private string Key => $"{Exe}\n{Unit}\n{Cgroup}\n{Uid}";

    private static bool IsPattern(string text) =>
        !text.Contains('*', StringComparison.Ordinal) && !text.Contains('\0', StringComparison.Ordinal)
        && System.Text.Encoding.UTF8.GetByteCount(text) <= LongestPattern;

    private static bool IsPath(string cgroup) =>
        cgroup.StartsWith('/') && !cgroup.Contains('*', StringComparison.Ordinal) && !cgroup.Contains("//", StringComparison.Ordinal);

    // A scope and a service that systemd-run makes have other names the next time.
    private static bool IsLasting(string unit) =>
        !unit.EndsWith(".scope", StringComparison.Ordinal) && !unit.StartsWith("run-", StringComparison.Ordinal);
}
