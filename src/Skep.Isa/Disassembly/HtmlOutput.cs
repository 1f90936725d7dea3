namespace Skep.Isa;

/// <summary>
/// Disassembly as HTML: each token but space, operators and punctuation in a <c>span</c> whose class is the token's kind in lower
/// case, <c>&lt;span class="register"&gt;r1&lt;/span&gt;</c>.
/// </summary>
/// <param name="text">Takes the markup.</param>
public sealed class HtmlOutput(TextOutput text) : ITokenOutput
{
    private static readonly string[] _openings =
        [.. Enum.GetValues<TokenKind>().Select(kind => $"<span class=\"{kind.ToString().ToLowerInvariant()}\">")];

    /// <inheritdoc/>
    public void Write(TokenKind kind, ReadOnlySpan<char> token)
    {
        var plain = kind is TokenKind.Space or TokenKind.Operator or TokenKind.Punctuation;
        if (!plain)
            text.Write(_openings[(int)kind]);
        WriteEscaped(token);
        if (!plain)
            text.Write("</span>");
    }

    private void WriteEscaped(ReadOnlySpan<char> token)
    {
        for (var at = token.IndexOfAny("&<>\"'"); at >= 0; at = token.IndexOfAny("&<>\"'"))
        {
            text.Write(token[..at]);
            text.Write(token[at] switch { '&' => "&amp;", '<' => "&lt;", '>' => "&gt;", '"' => "&quot;", _ => "&#39;" });
            token = token[(at + 1)..];
        }

        text.Write(token);
    }
}
