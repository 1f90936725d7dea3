namespace Skep.Guard.Decide;

/// <summary>What an operation has of the kind that a condition compares.</summary>
public sealed class Fact
{
    private Fact(IReadOnlyList<ulong> numbers, IReadOnlyList<string> texts, bool isKnown)
    {
        Numbers = numbers;
        Texts = texts;
        IsKnown = isKnown;
    }

    /// <summary>It has none: no positive condition holds.</summary>
    public static Fact None { get; } = new([], [], true);

    /// <summary>It was not recorded: no condition can be judged.</summary>
    public static Fact Unknown { get; } = new([], [], false);

    /// <summary>The numbers, of names, ranges, flags and times.</summary>
    public IReadOnlyList<ulong> Numbers { get; }

    /// <summary>The texts, of patterns, digests and paths.</summary>
    public IReadOnlyList<string> Texts { get; }

    /// <summary>Whether it is known.</summary>
    public bool IsKnown { get; }

    /// <summary>One number, or several of which any counts.</summary>
    public static Fact Of(params IReadOnlyList<ulong> numbers) => new(numbers, [], true);

    /// <summary>A flag.</summary>
    public static Fact Of(bool flag) => Of(flag ? 1ul : 0);

    /// <summary>One text, or several of which any counts.</summary>
    public static Fact Of(params IReadOnlyList<string> texts) => new([], texts, true);
}
