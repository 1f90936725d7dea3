using Skep.Guard.Model;

namespace Skep.Guard.Compile;

/// <summary>A value that a table of the kernel side is searched for, and the row of rules that it leads to.</summary>
/// <param name="Kind">The kind of condition.</param>
/// <param name="Number">The value.</param>
/// <param name="Row">The row.</param>
public readonly record struct NumberEntry(ConditionKind Kind, ulong Number, int Row);

/// <summary>The same for a text.</summary>
/// <param name="Kind">The kind of condition.</param>
/// <param name="Device">Of an executable: its file system; otherwise 0.</param>
/// <param name="Text">The bytes.</param>
/// <param name="Row">The row, with that of negated conditions behind it.</param>
public sealed record TextEntry(ConditionKind Kind, uint Device, byte[] Text, int Row);

/// <summary>The same for texts that are alike.</summary>
/// <param name="Kind">The kind of condition.</param>
/// <param name="Device">Of an executable: its file system; otherwise 0.</param>
/// <param name="Prefix">What they begin with.</param>
/// <param name="Suffix">What they end with.</param>
/// <param name="Row">The row, with that of negated conditions behind it.</param>
public sealed record PatternEntry(ConditionKind Kind, uint Device, byte[] Prefix, byte[] Suffix, int Row);

/// <summary>Numbers from one up to that of the next entry of its kind.</summary>
/// <param name="Kind">The kind of condition.</param>
/// <param name="Low">The first number.</param>
/// <param name="Row">The row.</param>
public readonly record struct RangeEntry(ConditionKind Kind, uint Low, int Row);

/// <summary>Policies as the kernel side searches them (bpf/include/skep_guard.h): rows of bits, one a rule, by value.</summary>
public sealed class GuardTables
{
    /// <summary>The policies.</summary>
    public required IReadOnlyList<Policy> Policies { get; init; }

    /// <summary>Rules of all policies, one policy behind the other.</summary>
    public required IReadOnlyList<PolicyRule> Rules { get; init; }

    /// <summary>64-bit words of a row that are in use.</summary>
    public required int Words { get; init; }

    /// <summary>Kinds that any rule compares: a bit each.</summary>
    public required uint Wanted { get; init; }

    /// <summary>Operations that can be decided otherwise than to allow them.</summary>
    public required GuardOperations Guarded { get; init; }

    /// <summary>The rows.</summary>
    public required IReadOnlyList<ulong[]> Rows { get; init; }

    /// <summary>The row of each operation, by bit.</summary>
    public required IReadOnlyList<int> OperationRows { get; init; }

    /// <summary>By kind, the row where no value holds.</summary>
    public required IReadOnlyList<int> DefaultRows { get; init; }

    /// <summary>By kind, the row where the value cannot be found out.</summary>
    public required IReadOnlyList<int> UnknownRows { get; init; }

    /// <summary>Values that are numbers.</summary>
    public required IReadOnlyList<NumberEntry> Numbers { get; init; }

    /// <summary>Values that are texts.</summary>
    public required IReadOnlyList<TextEntry> Texts { get; init; }

    /// <summary>Patterns, those of a kind together.</summary>
    public required IReadOnlyList<PatternEntry> Patterns { get; init; }

    /// <summary>Ranges, those of a kind together and rising.</summary>
    public required IReadOnlyList<RangeEntry> Ranges { get; init; }

    /// <summary>What the policies name that this machine does not have.</summary>
    public required IReadOnlyList<string> Notices { get; init; }
}
