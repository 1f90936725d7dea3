using System.Buffers.Binary;
using System.Globalization;
using System.Text.RegularExpressions;


namespace Skep.EndToEnd.Support;

/// <summary>Reads what strace prints with <c>-X raw -e abbrev=none</c>.</summary>
internal static partial class StraceLine
{
    /// <summary>The instructions of a BPF_PROG_LOAD; empty for another call.</summary>
    public static byte[] Insns(string line)
    {
        MatchCollection matches = Insn().Matches(line);
        var bytes = new byte[matches.Count * 8];
        for (int i = 0; i < matches.Count; i++)
        {
            GroupCollection groups = matches[i].Groups;
            Span<byte> insn = bytes.AsSpan(i * 8, 8);
            insn[0] = (byte)groups["code"].Value.Split('|').Aggregate(0L, (sum, part) => sum | Number(part));
            insn[1] = (byte)(Number(groups["src"].Value) << 4 | Number(groups["dst"].Value));
            BinaryPrimitives.WriteInt16LittleEndian(insn[2..], (short)Number(groups["off"].Value));
            BinaryPrimitives.WriteInt32LittleEndian(insn[4..], (int)Number(groups["imm"].Value));
        }

        return bytes;
    }

    private static long Number(string text)
    {
        bool negative = text.StartsWith('-');
        string digits = negative ? text[1..] : text;
        long value = digits.StartsWith("0x", StringComparison.Ordinal)
            ? long.Parse(digits.AsSpan(2), NumberStyles.HexNumber, CultureInfo.InvariantCulture)
            : long.Parse(digits, CultureInfo.InvariantCulture);
        return negative ? -value : value;
    }

    [GeneratedRegex(@"\{code=(?<code>[^,]+), dst_reg=(?<dst>\w+), src_reg=(?<src>\w+), off=(?<off>-?\w+), imm=(?<imm>-?\w+)\}")]
    private static partial Regex Insn();
}
