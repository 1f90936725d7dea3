using System.Globalization;

namespace Skep.Analysis.Decompile;

/// <summary>A piece of C.</summary>
/// <param name="Text">The text.</param>
/// <param name="Rank">How tightly its outermost operator binds, see <see cref="Binding"/>.</param>
/// <param name="Kind">What it is in C.</param>
internal readonly record struct CText(string Text, int Rank, CKind Kind)
{
    private const ulong LargestDecimal = 99_999;

    /// <summary>Whether it is in 64 bits.</summary>
    public bool IsWide => Kind is CKind.U64 or CKind.S64 or CKind.WideLiteral or CKind.Result;

    /// <summary>Whether it is a literal below 0.</summary>
    public bool IsNegative => Kind == CKind.Literal && Text[0] == '-';

    public bool IsPointer => Kind is CKind.Pointer or CKind.Bytes;

    /// <summary>A number of 64 bits.</summary>
    public static CText Literal(ulong value)
    {
        if (value <= LargestDecimal) return new(value.ToString(CultureInfo.InvariantCulture), Binding.Primary, CKind.Literal);
        if (0 - value <= LargestDecimal) return new("-" + (0 - value).ToString(CultureInfo.InvariantCulture), Binding.Unary, CKind.Literal);
        CKind kind = value switch { <= uint.MaxValue => CKind.Literal, <= long.MaxValue => CKind.WideLiteral, _ => CKind.U64 };
        return new($"0x{value:x}", Binding.Primary, kind);
    }

    /// <summary>A number with a sign: 0xfffffffffffe795f has none in C.</summary>
    public static CText SignedLiteral(long value) => value switch
    {
        // C has no literals below 0, only a minus before them.
        long.MinValue => new("(-0x7fffffffffffffff - 1)", Binding.Primary, CKind.S64),
        < 0 => new(value.ToString(CultureInfo.InvariantCulture), Binding.Unary, CKind.S64),
        _ => Literal((ulong)value),
    };

    public static CText Cast(string type, CText value, CKind kind) => new($"({type}){value.In(Binding.Unary)}", Binding.Unary, kind);

    /// <summary>The text as an operand of an operator that binds this tightly.</summary>
    public string In(int rank) => Rank >= rank ? Text : $"({Text})";

    /// <summary>A pointer as a number: one to a type would count its elements.</summary>
    public CText Number() => IsPointer ? Cast("u64", this, CKind.U64) : this;

    public CText ToU64() => Kind == CKind.U64 ? this : Cast("u64", this, CKind.U64);

    public CText ToU32() => Kind == CKind.U32 ? this : Cast("u32", Number(), CKind.U32);

    /// <summary>A number of which C knows no sign.</summary>
    public CText Unsigned() => Kind is CKind.S64 or CKind.Result ? Cast("u64", this, CKind.U64) : Number();

    public CText Signed(int bits) =>
        bits == 64 ? Kind == CKind.S64 ? this : Cast("s64", this, CKind.S64) : Cast("s32", Number(), CKind.S64);

    /// <summary>Assigned to something of another kind: a cast between pointers and numbers.</summary>
    public CText AssignedTo(CKind kind)
    {
        bool toPointer = kind is CKind.Pointer or CKind.Bytes;
        if (toPointer == IsPointer || (toPointer && Text == "0")) return this;
        return toPointer ? Cast("void *", this, CKind.Bytes) : Number();
    }
}

/// <summary>How tightly C's operators bind.</summary>
internal static class Binding
{
    public const int Or = 1, And = 2, BitOr = 3, BitXor = 4, BitAnd = 5, Equality = 6, Relation = 7, Shift = 8, Sum = 9, Product = 10,
        Unary = 11, Primary = 12;
}
