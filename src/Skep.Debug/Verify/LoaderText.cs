namespace Skep.Debug.Verify;

/// <summary>What libbpf's messages mean where the cause alone says too little.</summary>
internal static class LoaderText
{
    private const string Map = "map '", NoType = "missing BPF prog type";

    /// <summary>The sentences; null where those of the cause do.</summary>
    public static string? Explain(string message) => message.Trim() switch
    {
        var text when text.StartsWith(Map, StringComparison.Ordinal) =>
            "libbpf creates all maps of a file before it loads a program, and the kernel refused this one.",
        var text when text.StartsWith(NoType, StringComparison.Ordinal) =>
            "libbpf knows no type of programs by this section's name; functions that others call lie in .text.",
        _ => null,
    };

    /// <summary>What to change; null where the cause's hint does.</summary>
    public static string? Hint(string message) => message.Trim() switch
    {
        var text when text.StartsWith(Map, StringComparison.Ordinal) =>
            "look at the map's type, the sizes of its keys and values, max_entries and flags (skep doctor prints the types of this kernel)",
        var text when text.StartsWith(NoType, StringComparison.Ordinal) => "put the program into a section of its type, as SEC(\"xdp\")",
        _ => null,
    };
}
