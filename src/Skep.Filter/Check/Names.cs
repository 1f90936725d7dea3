using Skep.Filter.Syntax;
using Skep.Packets.Values;

namespace Skep.Filter.Check;

/// <summary>What names may look like.</summary>
internal static class Names
{
    internal const int MaxIdentifier = 63;
    internal const int MaxComment = 128;

    internal static bool IsIdentifier(string text) =>
        text.Length is > 0 and <= MaxIdentifier && (char.IsAsciiLetter(text[0]) || text[0] == '_')
        && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '.');

    internal static bool CheckIdentifier(Token name, string what, SourceText source, DiagnosticBag diagnostics)
    {
        if (IsIdentifier(name.Text)) return true;
        diagnostics.Error(source, name.Span, $"{Shorten(name.Text)} is not a name for a {what}",
            $"begin with a letter, go on with letters, digits, _ - . and stay within {MaxIdentifier} characters");
        return false;
    }

    internal static bool IsDevice(string text) => InterfaceName.IsValid(text);

    internal static bool CheckDevice(Token name, SourceText source, DiagnosticBag diagnostics)
    {
        if (IsDevice(name.Text)) return true;
        diagnostics.Error(source, name.Span, $"{Shorten(name.Text)} is not a name for a device",
            "the kernel allows 1 to 15 printable characters without / and :");
        return false;
    }

    internal static bool IsComment(string text) => text.Length is > 0 and <= MaxComment && !text.Any(char.IsControl) && IsWellFormed(text);

    internal static bool CheckComment(Token comment, SourceText source, DiagnosticBag diagnostics)
    {
        if (IsComment(comment.Text)) return true;
        diagnostics.Error(source, comment.Span, $"a comment has 1 to {MaxComment} characters, none of them a control character");
        return false;
    }

    private static bool IsWellFormed(string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (!char.IsSurrogate(text[i])) continue;
            if (!char.IsHighSurrogate(text[i]) || i + 1 == text.Length || !char.IsLowSurrogate(text[i + 1])) return false;
            i++;
        }
        return true;
    }

    private static string Shorten(string text) => text.Length == 0 ? "an empty text" : text.Length <= 40 ? text : text[..40] + "...";
}
