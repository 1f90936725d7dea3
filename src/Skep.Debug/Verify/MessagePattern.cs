namespace Skep.Debug.Verify;

/// <summary>
/// A message of the kernel with <c>*</c> for what varies, compared with a whole line; a <c>*</c> at the end may stand for nothing.
/// </summary>
/// <param name="Text">The pattern.</param>
/// <param name="Cause">What it means; null where that depends on the memory that a register points to.</param>
/// <param name="IsGeneral">Whether another line beside it says more.</param>
internal sealed record MessagePattern(string Text, VerifierCause? Cause, bool IsGeneral = false)
{
    private readonly string[] _parts = Text.Split('*');

    /// <summary>Whether a line is such a message.</summary>
    public bool Matches(ReadOnlySpan<char> line)
    {
        if (_parts.Length == 1) return line.SequenceEqual(Text);
        if (!line.StartsWith(_parts[0], StringComparison.Ordinal)) return false;
        line = line[_parts[0].Length..];
        foreach (string part in _parts.AsSpan(1, _parts.Length - 2))
        {
            int at = line.IndexOf(part, StringComparison.Ordinal);
            if (at < 0) return false;
            line = line[(at + part.Length)..];
        }

        return line.EndsWith(_parts[^1], StringComparison.Ordinal);
    }
}
