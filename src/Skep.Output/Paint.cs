namespace Skep.Output;

/// <summary>Colours of a terminal, by what they mean.</summary>
public static class Paint
{
    public static string Dim(string text, bool on) => Wrap(text, "2", on);

    public static string Command(string text, bool on) => Wrap(text, "1;36", on);

    public static string Bad(string text, bool on) => Wrap(text, "31", on);

    public static string Good(string text, bool on) => Wrap(text, "32", on);

    private static string Wrap(string text, string code, bool on) => on ? $"\e[{code}m{text}\e[0m" : text;
}
