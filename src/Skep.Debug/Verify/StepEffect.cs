using System.Globalization;

namespace Skep.Debug.Verify;

/// <summary>A place that holds a value: a register, or eight bytes of the stack.</summary>
/// <param name="Register">The register's number; -1 for a slot of the stack.</param>
/// <param name="Offset">The slot's offset from the frame pointer, a multiple of 8 below 0.</param>
internal readonly record struct ValuePlace(int Register, int Offset)
{
    public static ValuePlace Of(int register) => new(register, 0);

    public static ValuePlace Slot(int offset) => new(-1, (int)Math.Floor(offset / 8.0) * 8);

    public bool IsRegister => Register >= 0;

    public override string ToString() => IsRegister ? $"R{Register}" : string.Create(CultureInfo.InvariantCulture, $"fp{Offset}");

    /// <summary>What a state says of it; null for nothing.</summary>
    public string? In(string state) => IsRegister ? StateText.Register(state, Register) : StateText.Slot(state, Offset);
}

/// <summary>What an instruction does to a place.</summary>
internal enum EffectKind
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>Its value comes from another place.</summary>
    Copied,

    /// <summary>Its value is changed.</summary>
    Changed,

    /// <summary>Its value is a constant, a map, an address.</summary>
    Constant,

    /// <summary>Its value is read from memory.</summary>
    Loaded,

    /// <summary>It is what a call returned.</summary>
    Returned,

    /// <summary>A call made it unreadable.</summary>
    Clobbered,

    /// <summary>It is compared.</summary>
    Compared,
}

/// <summary>The effect of an instruction on a place, read from the instruction's text.</summary>
internal readonly record struct StepEffect(EffectKind Kind, ValuePlace From)
{
    private const int FramePointer = 10, FirstSaved = 6;

    /// <summary>The effect of an instruction on a place.</summary>
    public static StepEffect Of(string text, ValuePlace place)
    {
        ReadOnlySpan<char> line = text;
        if (line.StartsWith("if ", StringComparison.Ordinal)) return Mentions(line, place) ? new(EffectKind.Compared, place) : default;
        if (IsCall(line)) return OfCall(line, place);
        if (TryStackStore(line, out int offset, out int stored))
        {
            return !place.IsRegister && ValuePlace.Slot(offset) == place
                ? stored >= 0 ? new(EffectKind.Copied, ValuePlace.Of(stored)) : new(EffectKind.Constant, place)
                : default;
        }

        if (!place.IsRegister || !TryRegister(line, out int written, out ReadOnlySpan<char> rest) || written != place.Register)
            return default;
        rest = rest.TrimStart();
        if (!rest.StartsWith("= ", StringComparison.Ordinal)) return new(EffectKind.Changed, place);
        rest = rest[2..].Trim();
        if (TryRegister(rest, out int source, out ReadOnlySpan<char> behind) && behind.Trim().IsEmpty)
            return new(EffectKind.Copied, ValuePlace.Of(source));
        if (TryLoad(rest, out int from, out int at))
            return from == FramePointer && at < 0
                ? new(EffectKind.Copied, ValuePlace.Slot(at)) : new(EffectKind.Loaded, ValuePlace.Of(from));
        return Mentions(rest, place) ? new(EffectKind.Changed, place) : new(EffectKind.Constant, place);
    }

    /// <summary>Whether a step calls a function: of the kernel, or of the program.</summary>
    public static bool IsCall(ReadOnlySpan<char> text) => text.StartsWith("call ", StringComparison.Ordinal);

    /// <summary>Whether it calls a function of the program, whose steps come next.</summary>
    public static bool IsLocalCall(ReadOnlySpan<char> text) => text.StartsWith("call pc", StringComparison.Ordinal);

    /// <summary>The name of the function that is called: <c>bpf_map_lookup_elem</c>.</summary>
    public static string Called(string text)
    {
        string name = text["call ".Length..];
        int number = name.IndexOf('#');
        return number < 0 ? name : name[..number];
    }

    /// <summary>The function that is called, in a sentence: <c>bpf_map_lookup_elem()</c>, or one of the program.</summary>
    public static string CalledName(string text) => IsLocalCall(text) ? "a function of the program" : $"{Called(text)}()";

    /// <summary>Whether a step calls a global function, which the verifier does not walk into where it is called.</summary>
    /// <param name="step">The step.</param>
    /// <param name="next">The one behind it on the path.</param>
    public static bool IsUnwalkedCall(LogStep step, LogStep next) => IsLocalCall(step.Text) && next.Insn == step.Insn + 1;

    /// <summary>What a call does that comes back behind itself.</summary>
    public static StepEffect OfUnwalkedCall(ValuePlace place) => place is not { Register: >= 0 and < FirstSaved } ? default
        : new(place.Register == 0 ? EffectKind.Returned : EffectKind.Clobbered, place);

    /// <summary>The register through which memory is read or written; -1 for none.</summary>
    public static int AccessedThrough(string text)
    {
        int star = text.IndexOf("*)(r", StringComparison.Ordinal);
        return star >= 0 && TryRegister(text.AsSpan(star + 3), out int number, out _) ? number : -1;
    }

    /// <summary>The register that is added to another one or taken from it; null where there is none.</summary>
    public static int? Operand(string text)
    {
        int at = text.IndexOf("= ", StringComparison.Ordinal);
        return at > 1 && text[at - 1] is '+' or '-' && TryRegister(text.AsSpan(at + 2), out int number, out ReadOnlySpan<char> rest)
            && rest.IsEmpty ? number : null;
    }

    private static StepEffect OfCall(ReadOnlySpan<char> line, ValuePlace place) =>
        IsLocalCall(line) ? default : OfUnwalkedCall(place);

    // "r1", "w1", with what follows it.
    private static bool TryRegister(ReadOnlySpan<char> text, out int number, out ReadOnlySpan<char> rest)
    {
        number = -1;
        rest = text;
        if (text.Length < 2 || text[0] is not ('r' or 'w')) return false;
        int end = text[1..].IndexOfAnyExceptInRange('0', '9');
        ReadOnlySpan<char> digits = end < 0 ? text[1..] : text[1..(end + 1)];
        rest = text[(1 + digits.Length)..];
        return int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out number);
    }

    // "*(u64 *)(r10 -8) = r1" or "= 5"
    private static bool TryStackStore(ReadOnlySpan<char> text, out int offset, out int stored)
    {
        (offset, stored) = (0, -1);
        int end = text.IndexOf(" = ", StringComparison.Ordinal);
        if (end < 0 || text[0] != '*' || !TryLoad(text[..end], out int register, out offset) || register != FramePointer) return false;
        if (TryRegister(text[(end + 3)..], out int source, out _)) stored = source;
        return true;
    }

    // "*(u64 *)(r10 -8)"
    private static bool TryLoad(ReadOnlySpan<char> text, out int register, out int offset)
    {
        (register, offset) = (-1, 0);
        int at = text.IndexOf("*)(", StringComparison.Ordinal);
        if (text.IsEmpty || text[0] != '*' || at < 0 || !TryRegister(text[(at + 3)..], out register, out ReadOnlySpan<char> rest))
            return false;
        int end = rest.IndexOf(')');
        return end >= 0
            && int.TryParse(rest[..end].Trim(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out offset);
    }

    private static bool Mentions(ReadOnlySpan<char> text, ValuePlace place)
    {
        if (!place.IsRegister) return false;
        for (int i = 0; i + 1 < text.Length; i++)
        {
            bool isWord = i == 0 || !char.IsAsciiLetterOrDigit(text[i - 1]);
            if (isWord && TryRegister(text[i..], out int number, out _) && number == place.Register) return true;
        }

        return false;
    }
}
