using Skep.Isa;

namespace Skep.Analysis.Drawing;

/// <summary>
/// Disassembly as the content of an SVG <c>text</c>: each token but space, operators and punctuation in a <c>tspan</c> whose class is
/// the token's kind in lower case.
/// </summary>
internal sealed class SvgTokens : ITokenOutput
{
    private static readonly string[] _openings =
        [.. Enum.GetValues<TokenKind>().Select(kind => $"<tspan class=\"{kind.ToString().ToLowerInvariant()}\">")];

    private readonly TextOutput _markup = new(), _text = new();

    /// <inheritdoc/>
    public void Write(TokenKind kind, ReadOnlySpan<char> text)
    {
        bool plain = kind is TokenKind.Space or TokenKind.Operator or TokenKind.Punctuation;
        if (!plain) _markup.Write(_openings[(int)kind]);
        WriteEscaped(text);
        if (!plain) _markup.Write("</tspan>");
        _text.Write(text);
    }

    /// <summary>What was written since the last call.</summary>
    public SvgLine Take()
    {
        var line = new SvgLine(_markup.ToString(), _text.ToString());
        _markup.Clear();
        _text.Clear();
        return line;
    }

    // Of the control characters, XML 1.0 can hold the tab and ends of lines only.
    private void WriteEscaped(ReadOnlySpan<char> text)
    {
        foreach (char c in text)
        {
            switch (c)
            {
                case '&': _markup.Write("&amp;"); break;
                case '<': _markup.Write("&lt;"); break;
                case '>': _markup.Write("&gt;"); break;
                case '"': _markup.Write("&quot;"); break;
                case < ' ' or '\ufffe' or '\uffff': _markup.Write("\ufffd"); break;
                default: _markup.Write([c]); break;
            }
        }
    }
}

/// <summary>A line of a block.</summary>
/// <param name="Markup">The content of an SVG <c>text</c>.</param>
/// <param name="Text">The characters that are seen.</param>
internal readonly record struct SvgLine(string Markup, string Text)
{
    /// <summary>How many these are.</summary>
    public int Length => Text.Length;
}
