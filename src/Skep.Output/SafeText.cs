using System.Buffers;
using System.Globalization;
using System.Text;

namespace Skep.Output;

/// <summary>Makes what a process or a program is called harmless to a terminal.</summary>
public static class SafeText
{
    // A name of these alone is the usual case and is passed on as it is.
    private static readonly SearchValues<char> Plain = SearchValues.Create(
        " !\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[]^_`abcdefghijklmnopqrstuvwxyz{|}~");

    /// <summary>
    /// The text with control characters, format characters (which turn the direction of writing), and backslashes written as
    /// <c>\x1b</c>, <c>\u202e</c> and <c>\\</c>.
    /// </summary>
    public static string Escape(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (!text.AsSpan().ContainsAnyExcept(Plain)) return text;
        var safe = new StringBuilder(text.Length + 8);
        foreach (Rune rune in text.EnumerateRunes()) Append(safe, rune);
        return safe.ToString();
    }

    /// <summary>The same, with the line ends of a log kept.</summary>
    public static string EscapeLines(string text) => string.Join('\n', text.Split('\n').Select(Escape));

    /// <summary>Source text: as <see cref="Escape"/>, but with backslashes and tabs as they are.</summary>
    public static string Printable(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (!text.AsSpan().ContainsAnyExcept(Plain)) return text;
        var safe = new StringBuilder(text.Length + 8);
        foreach (Rune rune in text.EnumerateRunes())
        {
            if (rune.Value is '\\' or '\t') safe.Append((char)rune.Value);
            else Append(safe, rune);
        }

        return safe.ToString();
    }

    private static void Append(StringBuilder safe, Rune rune)
    {
        if (rune.Value == '\\')
        {
            safe.Append(@"\\");
            return;
        }

        bool harmless =
            Rune.GetUnicodeCategory(rune) is not (UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator
            or UnicodeCategory.ParagraphSeparator or UnicodeCategory.PrivateUse or UnicodeCategory.Surrogate
            or UnicodeCategory.OtherNotAssigned);
        if (harmless) safe.Append(rune.ToString());
        else if (rune.Value <= 0xff) safe.Append(CultureInfo.InvariantCulture, $"\\x{rune.Value:x2}");
        else safe.Append(CultureInfo.InvariantCulture, $"\\u{rune.Value:x4}");
    }
}
