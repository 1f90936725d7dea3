using Skep.Packets.Values;

namespace Skep.Filter.Model;

/// <summary>A unit of time that a rate is given in.</summary>
public enum RateUnit
{
    /// <summary>One second.</summary>
    Second,

    /// <summary>60 seconds.</summary>
    Minute,

    /// <summary>3,600 seconds.</summary>
    Hour,

    /// <summary>86,400 seconds.</summary>
    Day,

    /// <summary>604,800 seconds.</summary>
    Week,
}

/// <summary>A token bucket in a rule, counted in packets. It lets a packet through to the rule, or the rule is not hit.</summary>
/// <param name="Over">True to hit the packets beyond the rate, false to hit those within it.</param>
/// <param name="Rate">Packets per <paramref name="Unit"/>, at least 1.</param>
/// <param name="Unit">The unit of time.</param>
/// <param name="Burst">How many packets may come at once, at least 1.</param>
/// <param name="Key">The fields whose values have a bucket each; empty for one bucket.</param>
/// <param name="MaxKeys">The most buckets kept at a time; the one unused for longest is forgotten for a new one.</param>
public sealed record RateLimit(bool Over, uint Rate, RateUnit Unit, uint Burst, ValueList<Field> Key, int MaxKeys)
{
    /// <summary>The burst when a rule gives none, as nft has it.</summary>
    public const uint DefaultBurst = 5;

    /// <summary>The number of buckets when a rule gives none.</summary>
    public const int DefaultMaxKeys = 65536;

    /// <summary>The nanoseconds of a unit.</summary>
    public ulong UnitNanoseconds => 1_000_000_000UL * Unit switch
    {
        RateUnit.Second => 1UL,
        RateUnit.Minute => 60UL,
        RateUnit.Hour => 3_600UL,
        RateUnit.Day => 86_400UL,
        _ => 604_800UL,
    };

    /// <summary>The tokens, in nanoseconds, that one packet takes (rounded down, as net/netfilter/nft_limit.c does).</summary>
    public ulong CostNanoseconds => UnitNanoseconds / Rate;

    /// <summary>The tokens, in nanoseconds, that a full bucket holds.</summary>
    public ulong CapacityNanoseconds => CostNanoseconds * Burst;
}
