namespace Skep.Cli.Ui;

/// <summary>What is shown of a row that was opened.</summary>
/// <param name="Key">The key that shows it; that of the first is Enter as well.</param>
/// <param name="Label">What the key line calls it.</param>
/// <param name="Title">The head of the page.</param>
internal abstract record PaneView(char Key, string Label, string Title)
{
    /// <summary>What a command of skep prints.</summary>
    public sealed record OfCommand(char Key, string Label, params string[] Words) :
        PaneView(Key, Label, "skep " + string.Join(' ', Words));

    /// <summary>Lines that are made at each frame.</summary>
    /// <param name="Lines">Makes them, given the columns and rows that there are.</param>
    public sealed record OfLines(char Key, string Label, string Title, Func<int, int, IReadOnlyList<string>> Lines) :
        PaneView(Key, Label, Title);
}
