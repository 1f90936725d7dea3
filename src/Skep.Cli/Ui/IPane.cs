using Skep.Output.Screen;

namespace Skep.Cli.Ui;

/// <summary>A list of objects of one kind.</summary>
internal interface IPane : IDisposable
{
    /// <summary>What the objects are.</summary>
    string Title { get; }

    /// <summary>How many there are and what they do, in a line; or why they are not known.</summary>
    string Summary { get; }

    /// <summary>The line that says what rows are filtered by; empty for none.</summary>
    string FilterLine { get; }

    /// <summary>Whether keys are letters of the filter.</summary>
    bool IsTyping { get; }

    /// <summary>Whether no more rows are taken for now.</summary>
    bool IsPaused { get; }

    /// <summary>What can be shown of the row that the cursor is on; none without a row.</summary>
    IReadOnlyList<PaneView> Views { get; }

    /// <summary>Begins to read the objects, unless that goes on already.</summary>
    /// <param name="done">Called from another thread when they are read.</param>
    void BeginRead(Action done);

    /// <summary>Takes what has been read.</summary>
    void TakeRead();

    /// <summary>Does what a key asks for.</summary>
    /// <returns>Whether it is a key of lists.</returns>
    bool Press(TerminalKey key, int pageRows);

    /// <summary>Draws the titles, and the rows of a page.</summary>
    IEnumerable<string> Draw(int columns, int pageRows, bool isUnicode);
}
