namespace Skep.Cli.Manual;

/// <summary>Text of roff(7).</summary>
internal static class Roff
{
    /// <summary>Text in which nothing is a request or an escape, and a hyphen is what a command line has.</summary>
    public static string Text(string text)
    {
        string escaped = text.Replace("\\", "\\e", StringComparison.Ordinal).Replace("-", "\\-", StringComparison.Ordinal)
            .Replace("'", "\\(aq", StringComparison.Ordinal).Replace("`", "\\(ga", StringComparison.Ordinal)
            .Replace("^", "\\(ha", StringComparison.Ordinal).Replace("~", "\\(ti", StringComparison.Ordinal);
        return escaped.StartsWith('.') ? "\\&" + escaped : escaped;
    }

    /// <summary>An argument of a macro.</summary>
    public static string Argument(string text) => $"\"{Text(text).Replace("\"", "\\(dq", StringComparison.Ordinal)}\"";
}
