namespace Skep.Cli.Live;

/// <summary>What fills a terminal: samples, and what keys make of them.</summary>
internal interface IScreen
{
    /// <summary>Whether the user has asked to end.</summary>
    bool IsEnded { get; }

    /// <summary>Takes a sample.</summary>
    void Sample();

    /// <summary>Draws a frame.</summary>
    byte[] Draw(int columns, int rows);

    /// <summary>Does what keys ask for.</summary>
    /// <param name="keys">Bytes that the terminal sent.</param>
    /// <param name="rows">Lines of the screen.</param>
    void Press(ReadOnlySpan<byte> keys, int rows);
}
