namespace Skep.Debug.Verify;

/// <summary>What libbpf's messages mean where the cause alone says too little.</summary>
internal static class LoaderText
{
    private const string Map = "map '", NoType = "missing BPF prog type",
        NoConfiguration = "failed to open system Kconfig", Extern = "extern ";

    /// <summary>The sentences; null where those of the cause do.</summary>
    public static string? Explain(string message) => message.Trim() switch
    {
        var text when text.StartsWith(Map, StringComparison.Ordinal) =>
            "libbpf creates all maps of a file before it loads a program, and the kernel refused this one.",
        var text when text.StartsWith(NoType, StringComparison.Ordinal) =>
            "libbpf knows no type of programs by this section's name; functions that others call lie in .text.",
        NoConfiguration => "The program reads the kernel's configuration, and there is neither /proc/config.gz nor /boot/config-RELEASE.",
        var text when IsValue(text) => "The program needs a variable, a symbol or a setting that this kernel does not have.",
        _ => null,
    };

    /// <summary>What to change; null where the cause's hint does.</summary>
    public static string? Hint(string message) => message.Trim() switch
    {
        var text when text.StartsWith(Map, StringComparison.Ordinal) =>
            "look at the map's type, the sizes of its keys and values, max_entries and flags (skep doctor prints the types of this kernel)",
        var text when text.StartsWith(NoType, StringComparison.Ordinal) => "put the program into a section of its type, as SEC(\"xdp\")",
        NoConfiguration => "install the configuration of the kernel, or boot one with CONFIG_IKCONFIG_PROC",
        var text when IsValue(text) => "declare it __weak, and compare its address with NULL before it is used",
        _ => null,
    };

    // Of a function it is another message.
    private static bool IsValue(string text) =>
        text.StartsWith(Extern, StringComparison.Ordinal) && !text.StartsWith("extern (func", StringComparison.Ordinal);
}
