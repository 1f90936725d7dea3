using System.Globalization;
using System.Text;
using Skep.Debug.Machine.Memory;
using Skep.Debug.Machine.State;

namespace Skep.Debug.Machine.Calls;

/// <summary>The formats of <c>bpf_trace_printk</c> and its kin (<c>bpf_bprintf_prepare</c> of kernel/bpf/helpers.c).</summary>
internal static class TextFormat
{
    /// <summary>Writes values by a format that ends in a NUL.</summary>
    /// <returns>Null for a format that the kernel refuses.</returns>
    public static byte[]? Write(MachineState state, ReadOnlySpan<byte> format, Func<int, ulong> value, int most)
    {
        int end = format.IndexOf((byte)0);
        if (end >= 0) format = format[..end];
        var text = new List<byte>();
        int number = 0;
        for (int at = 0; at < format.Length; at++)
        {
            if (!char.IsAscii((char)format[at]) || (char.IsControl((char)format[at]) && !char.IsWhiteSpace((char)format[at]))) return null;
            if (format[at] != (byte)'%')
            {
                text.Add(format[at]);
                continue;
            }

            if (++at == format.Length) return null;
            if (format[at] == (byte)'%')
            {
                text.Add((byte)'%');
                continue;
            }

            if (number == most) return null;
            int start = at;
            while (at < format.Length && format[at] is (byte)'-' or (byte)'+' or (byte)' ' or (byte)'0') at++;
            while (at < format.Length && char.IsAsciiDigit((char)format[at])) at++;
            string flags = Encoding.ASCII.GetString(format[start..at]);
            int longs = 0;
            while (at < format.Length && format[at] == (byte)'l')
            {
                longs++;
                at++;
            }

            if (at == format.Length || longs > 2 || (longs > 0 && format[at] is (byte)'c' or (byte)'s' or (byte)'p')) return null;
            ulong argument = value(number++);
            if (Convert(state, (char)format[at], longs, argument, format, ref at) is not { } written) return null;
            Pad(text, written, flags, (char)format[Math.Min(at, format.Length - 1)]);
        }

        return [.. text];
    }

    private static byte[]? Convert(MachineState state, char kind, int longs, ulong value, ReadOnlySpan<byte> format, ref int at)
    {
        ulong unsigned = longs == 0 ? (uint)value : value;
        long signed = longs == 0 ? (int)value : (long)value;
        switch (kind)
        {
            case 'd' or 'i':
                return Ascii(signed.ToString(CultureInfo.InvariantCulture));
            case 'u':
                return Ascii(unsigned.ToString(CultureInfo.InvariantCulture));
            case 'x':
                return Ascii(unsigned.ToString("x", CultureInfo.InvariantCulture));
            case 'X':
                return Ascii(unsigned.ToString("X", CultureInfo.InvariantCulture));
            case 'c':
                return [(byte)value];
            case 's':
                return EndsAt(format, at + 1) ? Text(state, value) : null;
            case 'p':
                if (at + 2 < format.Length && format[at + 1] is (byte)'k' or (byte)'u' && format[at + 2] == (byte)'s')
                {
                    at += 2;
                    return EndsAt(format, at + 1) ? Text(state, value) : null;
                }

                if (at + 1 < format.Length && format[at + 1] is (byte)'x' or (byte)'K') at++;
                else if (at + 1 < format.Length && char.IsAsciiLetterOrDigit((char)format[at + 1]))
                    throw new MachineStopException(
                        FaultKind.NotSimulated, $"its format has %p{(char)format[at + 1]}, which the machine does not write");
                return Ascii(value.ToString("x16", CultureInfo.InvariantCulture));
            default:
                return null;
        }
    }

    // Behind a string stands nothing, space or punctuation.
    private static bool EndsAt(ReadOnlySpan<byte> format, int at) => at == format.Length || !char.IsAsciiLetterOrDigit((char)format[at]);

    private static byte[] Text(MachineState state, ulong address)
    {
        // A string that cannot be read is empty.
        try
        {
            return OutputCalls.Text(state, address);
        }
        catch (MachineStopException e) when (e.Kind == FaultKind.NullPointer)
        {
            return [];
        }
    }

    private static void Pad(List<byte> text, byte[] written, string flags, char kind)
    {
        bool isLeft = flags.Contains('-', StringComparison.Ordinal);
        string digits = flags.TrimStart('-', '+', ' ', '0');
        bool zeros = !isLeft && kind is not ('c' or 's') && flags.TrimStart('-', '+', ' ').StartsWith('0');
        int width = int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out int given) ? Math.Min(given, 512) : 0;
        bool isSigned = kind is 'd' or 'i' && written[0] != (byte)'-';
        if (isSigned && flags.Contains('+', StringComparison.Ordinal)) written = [(byte)'+', .. written];
        else if (isSigned && flags.Contains(' ', StringComparison.Ordinal)) written = [(byte)' ', .. written];
        int missing = Math.Max(0, width - written.Length);
        if (isLeft)
        {
            text.AddRange(written);
            text.AddRange(Enumerable.Repeat((byte)' ', missing));
            return;
        }

        int sign = zeros && written.Length > 0 && written[0] is (byte)'-' or (byte)'+' or (byte)' ' ? 1 : 0;
        text.AddRange(written.AsSpan(0, sign));
        text.AddRange(Enumerable.Repeat((byte)(zeros ? '0' : ' '), missing));
        text.AddRange(written.AsSpan(sign));
    }

    private static byte[] Ascii(string text) => Encoding.ASCII.GetBytes(text);
}
