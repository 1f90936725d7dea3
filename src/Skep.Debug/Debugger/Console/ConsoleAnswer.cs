using System.Text.Json;
using Skep.Output;

namespace Skep.Debug.Debugger.Console;

/// <summary>The answer to a command.</summary>
/// <param name="Text">Writes it as text.</param>
/// <param name="Json">Writes its members of a JSON object.</param>
/// <param name="IsMistake">Whether the command could not be done.</param>
internal sealed record ConsoleAnswer(Action<TextWriter> Text, Action<Utf8JsonWriter> Json, bool IsMistake = false)
{
    /// <summary>An answer that is a sentence.</summary>
    public static ConsoleAnswer Note(string text) =>
        new(output => output.WriteLine(SafeText.Escape(text)), json => json.WriteString("note", text));

    /// <summary>A command that could not be done.</summary>
    public static ConsoleAnswer Mistake(string text) =>
        new(output => output.WriteLine($"error: {SafeText.Escape(text)}"), json => json.WriteString("error", text), IsMistake: true);
}
