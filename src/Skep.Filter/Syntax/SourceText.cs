namespace Skep.Filter.Syntax;

/// <summary>A part of a source text.</summary>
/// <param name="Start">The offset of its first character.</param>
/// <param name="Length">Its length in characters.</param>
public readonly record struct SourceSpan(int Start, int Length)
{
    /// <summary>The offset behind its last character.</summary>
    public int End => Start + Length;

    internal SourceSpan To(SourceSpan end) => new(Start, Math.Max(Length, end.End - Start));
}

/// <summary>A text with the name of the file it came from.</summary>
public sealed class SourceText
{
    private readonly List<int> _lineStarts = [0];

    /// <summary>Takes a text.</summary>
    /// <param name="name">The file's name, as messages shall show it.</param>
    /// <param name="text">The whole text; lines end with LF or CR LF.</param>
    public SourceText(string name, string text)
    {
        Name = name;
        Text = text;
        for (var i = text.IndexOf('\n'); i >= 0; i = text.IndexOf('\n', i + 1)) _lineStarts.Add(i + 1);
    }

    /// <summary>The file's name.</summary>
    public string Name { get; }

    /// <summary>The whole text.</summary>
    public string Text { get; }

    /// <summary>
    /// Whether messages show its lines. They do not where it may be a file of another kind, which somebody else may have named and which
    /// its reader may not see.
    /// </summary>
    public bool MayBeQuoted { get; init; } = true;

    /// <summary>Where an offset is.</summary>
    /// <param name="offset">An offset into the text.</param>
    /// <returns>Line, from <see cref="FirstLine"/>, and column, from 1; a column is one UTF-16 character.</returns>
    public (int Line, int Column) PositionOf(int offset)
    {
        var index = _lineStarts.BinarySearch(offset);
        if (index < 0) index = ~index - 1;
        return (index + FirstLine, offset - _lineStarts[index] + 1);
    }

    /// <summary>A line's text without its end.</summary>
    /// <param name="line">The line, as <see cref="PositionOf"/> numbers it.</param>
    /// <returns>The text.</returns>
    public ReadOnlySpan<char> LineText(int line)
    {
        line -= FirstLine - 1;
        var start = _lineStarts[line - 1];
        var end = line < _lineStarts.Count ? _lineStarts[line] - 1 : Text.Length;
        if (end > start && Text[end - 1] == '\r') end--;
        return Text.AsSpan(start, end - start);
    }

    /// <summary>The number of its first line in the file that it is a part of.</summary>
    public int FirstLine { get; init; } = 1;

    internal string Slice(SourceSpan span) => Text.Substring(span.Start, span.Length);
}
