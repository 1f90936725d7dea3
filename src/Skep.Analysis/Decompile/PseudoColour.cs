using System.Text;

namespace Skep.Analysis.Decompile;

/// <summary>Colours pseudo-C for terminals, with the disassembly's colours.</summary>
internal static class PseudoColour
{
    private const string Reset = "\u001b[0m";

    private static readonly HashSet<string> Keywords = ["if", "else", "while", "do", "break", "continue", "return", "goto"];

    private static readonly HashSet<string> Types =
        ["u8", "u16", "u32", "u64", "s8", "s16", "s32", "s64", "void", "int", "struct", "union", "enum", "char", "long", "unsigned",
            "short", "_Bool", "bool"];

    public static string Paint(string line)
    {
        var output = new StringBuilder(line.Length * 2);
        for (int i = 0; i < line.Length;)
        {
            char c = line[i];
            int end = i + 1;
            string? colour = null;
            if (line.AsSpan(i).StartsWith("//"))
            {
                (end, colour) = (line.Length, "\u001b[90m");
            }
            else if (c == '"')
            {
                while (end < line.Length && line[end] != '"') end += line[end] == '\\' ? 2 : 1;
                (end, colour) = (Math.Min(line.Length, end + 1), "\u001b[32m");
            }
            else if (char.IsAsciiLetterOrDigit(c) || c == '_')
            {
                while (end < line.Length && (char.IsAsciiLetterOrDigit(line[end]) || line[end] == '_')) end++;
                string word = line[i..end];
                colour = char.IsAsciiDigit(c) ? "\u001b[33m" : Keywords.Contains(word) ? "\u001b[35m" : Types.Contains(word) ? "\u001b[32m"
                    : end < line.Length && line[end] == '(' ? "\u001b[34m" : null;
            }

            if (colour is null) output.Append(line, i, end - i);
            else output.Append(colour).Append(line, i, end - i).Append(Reset);
            i = end;
        }

        return output.ToString();
    }
}
