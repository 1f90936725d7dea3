using System.Globalization;
using System.Text;
using Skep.Debug.Machine.Maps;
using Skep.Debug.Machine.State;

namespace Skep.Debug.Machine.Calls;

/// <summary>Strings: comparisons, numbers.</summary>
internal static class TextCalls
{
    // BPF_STRTOX_BASE_MASK of kernel/bpf/helpers.c
    private const ulong BaseMask = 0x1f;

    public static readonly (string, CallHandler)[] All =
    [
        ("bpf_strncmp", Compare),
        ("bpf_strtol", state => Number(state, isSigned: true)),
        ("bpf_strtoul", state => Number(state, isSigned: false)),
    ];

    private static ulong Compare(MachineState state)
    {
        ReadOnlySpan<byte> text = state.Read(1, state.Size(2));
        for (int i = 0; i < text.Length; i++)
        {
            state.Blamed = 3;
            int other = (int)state.Memory.Load<byte>(state.Argument(3) + (ulong)i);
            if (text[i] != other) return text[i] < other ? ulong.MaxValue : 1;
            if (other == 0) break;
        }

        return 0;
    }

    // What the kernel copies behind the sign.
    private const int MostDigits = 63;

    private static ulong Number(MachineState state, bool isSigned)
    {
        string text = Encoding.Latin1.GetString(state.Read(1, state.Size(2)));
        ulong flags = state.Argument(3);
        state.Write(4, sizeof(long)).Clear();
        if ((flags & ~BaseMask) != 0 || flags is not (0 or 8 or 10 or 16)) return unchecked((ulong)MapError.Invalid);
        int at = 0;
        while (at < text.Length && text[at] is ' ' or (>= '\t' and <= '\r') or '\u00a0') at++;
        bool isNegative = at < text.Length && text[at] == '-';
        if (isNegative) at++;
        text = text[..Math.Min(text.Length, at + MostDigits)];
        int radix = (int)flags;
        bool isPrefixed = at + 1 < text.Length && text[at] == '0' && (text[at + 1] | 0x20) == 'x';
        if (radix == 0)
        {
            bool isHex = isPrefixed && at + 2 < text.Length && char.IsAsciiHexDigit(text[at + 2]);
            radix = isHex ? 16 : at < text.Length && text[at] == '0' ? 8 : 10;
        }

        if (radix == 16 && isPrefixed) at += 2;
        int start = at;
        ulong value = 0;
        bool overflows = false;
        for (; at < text.Length && char.IsAsciiHexDigit(text[at]); at++)
        {
            ulong digit = byte.Parse(text.AsSpan(at, 1), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
            if (digit >= (ulong)radix) break;
            overflows |= value > (ulong.MaxValue - digit) / (ulong)radix;
            value = (value * (ulong)radix) + digit;
        }

        if (overflows) return unchecked((ulong)MapError.Range);
        if (at == start || (isNegative && !isSigned)) return unchecked((ulong)MapError.Invalid);
        if ((isSigned && value > (isNegative ? 1UL << 63 : long.MaxValue))) return unchecked((ulong)MapError.Range);
        state.Memory.Store<ulong>(state.Argument(4), isNegative ? 0 - value : value);
        return (ulong)at;
    }
}
