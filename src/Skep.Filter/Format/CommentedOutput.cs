using System.Text;
using Skep.Filter.Syntax;

namespace Skep.Filter.Format;

/// <summary>Lines of a rule file, with the source's comments put before or behind the lines that they belong to.</summary>
internal sealed class CommentedOutput(IReadOnlyList<SourceComment> comments)
{
    private readonly StringBuilder _text = new();
    private int _next;
    private int _lastSourceLine;

    /// <summary>Writes a line that came from a line of the source; 0 when the line is not known.</summary>
    internal void Line(int sourceLine, string text, bool isFirst = false)
    {
        var indent = isFirst || sourceLine == int.MaxValue ? "" : "    ";
        var isNew = sourceLine != _lastSourceLine;
        if (sourceLine > 0 && isNew) WriteUntil(sourceLine, indent);
        _text.Append(text);
        if (sourceLine > 0 && isNew && _next < comments.Count && comments[_next].Line == sourceLine && comments[_next].IsTrailing)
            _text.Append("  ").Append(comments[_next++].Text);
        _text.Append('\n');
        if (sourceLine > 0) _lastSourceLine = sourceLine;
    }

    internal void Gap()
    {
        if (_text.Length > 0) _text.Append('\n');
    }

    internal void Rest(string indent) => WriteUntil(int.MaxValue, indent);

    public override string ToString() => _text.ToString();

    private void WriteUntil(int line, string indent)
    {
        while (_next < comments.Count && comments[_next].Line < line) _text.Append(indent).Append(comments[_next++].Text).Append('\n');
    }
}
