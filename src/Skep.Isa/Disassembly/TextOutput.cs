namespace Skep.Isa;

/// <summary>Disassembly as plain text, in memory that is used again.</summary>
public sealed class TextOutput : ITokenOutput
{
    private char[] _text = new char[256];
    private int _length;

    /// <summary>The text so far; valid until the next write.</summary>
    public ReadOnlySpan<char> Written => _text.AsSpan(0, _length);

    /// <inheritdoc/>
    public void Write(TokenKind kind, ReadOnlySpan<char> text) => Write(text);

    /// <summary>Appends text that is no token, such as a line's end.</summary>
    public void Write(ReadOnlySpan<char> text)
    {
        if (_text.Length - _length < text.Length)
            Array.Resize(ref _text, Math.Max(_text.Length * 2, _length + text.Length));
        text.CopyTo(_text.AsSpan(_length));
        _length += text.Length;
    }

    /// <summary>Starts over.</summary>
    public void Clear() => _length = 0;

    /// <summary>The text so far.</summary>
    public override string ToString() => new(Written);
}
