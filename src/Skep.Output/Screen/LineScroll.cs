namespace Skep.Output.Screen;

/// <summary>Which line of a text is the first on a screen, moved by keys.</summary>
public sealed class LineScroll
{
    /// <summary>The first line that is shown, from 0.</summary>
    public int Top { get; private set; }

    /// <summary>Begins at the first line again.</summary>
    public void Reset() => Top = 0;

    /// <summary>Keeps it within the text.</summary>
    /// <param name="count">Lines of the text.</param>
    /// <param name="pageRows">Lines of it that the screen has.</param>
    public void Clamp(int count, int pageRows) => Top = Math.Clamp(Top, 0, Math.Max(0, count - pageRows));

    /// <summary>Does what a key asks for.</summary>
    /// <returns>Whether it is a key that moves.</returns>
    public bool Press(TerminalKey key, int pageRows, int count)
    {
        int? top = key switch
        {
            { Name: KeyName.Up } or { Character: 'k' } => Top - 1,
            { Name: KeyName.Down } or { Character: 'j' } => Top + 1,
            { Name: KeyName.PageUp } => Top - pageRows,
            { Name: KeyName.PageDown } => Top + pageRows,
            { Name: KeyName.Home } or { Character: 'g' } => 0,
            { Name: KeyName.End } or { Character: 'G' } => count,
            _ => null,
        };
        if (top is not { } moved) return false;
        Top = Math.Max(0, moved);
        return true;
    }
}
