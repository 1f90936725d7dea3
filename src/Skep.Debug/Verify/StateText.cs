using System.Globalization;

namespace Skep.Debug.Verify;

/// <summary>Reads registers out of a state as the verifier prints it: <c>R0_w=map_value(ks=4,vs=8) R10=fp0 fp-8=mmmmmmmm</c>.</summary>
internal static class StateText
{
    /// <summary>What a register holds; null where the state does not name it.</summary>
    public static string? Register(string state, int number) => Find(state, $"R{number}");

    /// <summary>What a stack slot holds; null where the state does not name it.</summary>
    public static string? Slot(string state, int offset) => Find(state, string.Create(CultureInfo.InvariantCulture, $"fp{offset}"));

    private static string? Find(ReadOnlySpan<char> state, ReadOnlySpan<char> wanted)
    {
        // The innermost frame is the one that runs; others are printed in front of it.
        int frame = state.LastIndexOf("frame", StringComparison.Ordinal);
        if (frame >= 0 && state[frame..].IndexOf(':') is > 0 and var colon) state = state[(frame + colon + 1)..];
        while (!(state = state.TrimStart()).IsEmpty)
        {
            int end = TokenEnd(state), equal = state[..end].IndexOf('=');
            if (equal > 0)
            {
                ReadOnlySpan<char> name = state[..equal];
                int under = name.IndexOf('_');
                if ((under < 0 ? name : name[..under]).SequenceEqual(wanted))
                    return equal + 1 < end ? state[(equal + 1)..end].ToString() : null;
            }

            state = state[end..];
        }

        return null;
    }

    // Spaces stand within parentheses too: var_off=(0x0; 0xff).
    private static int TokenEnd(ReadOnlySpan<char> text)
    {
        int depth = 0;
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] == '(') depth++;
            else if (text[i] == ')') depth--;
            else if (text[i] == ' ' && depth <= 0) return i;
        }

        return text.Length;
    }
}
