using Skep.Cli.Common;

namespace Skep.Cli.Ui;

/// <summary>How lines stand out on the screen.</summary>
internal static class Ansi
{
    /// <summary>What is of no importance now.</summary>
    public const string Dim = "2";

    /// <summary>What failed or was denied; null where colours are not wanted.</summary>
    public static string? Bad { get; } = StandardOutput.HasColour ? "31" : null;

    /// <summary>With letters and ground changed.</summary>
    public static string Reverse(string text) => $"\e[7m{text}";

    /// <summary>Cut to a width.</summary>
    public static string Cut(string text, int columns) => text.Length > columns ? text[..Math.Max(columns, 0)] : text;
}
