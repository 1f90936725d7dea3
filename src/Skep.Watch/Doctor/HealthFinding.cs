namespace Skep.Watch.Doctor;

/// <summary>How a finding bears on Skep.</summary>
public enum Health
{
    /// <summary>All is well.</summary>
    Good,

    /// <summary>Something is missed or slower.</summary>
    Limited,

    /// <summary>Something does not work at all.</summary>
    Bad,
}

/// <summary>One thing that was looked at.</summary>
/// <param name="Key">A short name, the key in JSON.</param>
/// <param name="Title">What it is, in words.</param>
/// <param name="Value">What was found.</param>
/// <param name="Health">How it bears on Skep.</param>
/// <param name="Remedy">What can be done about it; null if nothing need be.</param>
public sealed record HealthFinding(string Key, string Title, string Value, Health Health, string? Remedy = null);
